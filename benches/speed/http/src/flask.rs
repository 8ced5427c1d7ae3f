//! Runs flask-jwt-extended with gunicorn. It is installed once, in its own folder in the target directory.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rustix::thread::CpuSet;

use crate::child::Server;
use crate::tokens::SECRET;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/flask");
const REQUIREMENTS: &str = include_str!("../flask/requirements.txt");

/// How gunicorn serves several connections with one process.
#[derive(Clone, Copy)]
pub(crate) enum Worker {
    /// Four threads, which keep connections open.
    Threads,
    /// One request at a time, each on a new connection.
    Sync,
}

/// The folder with the packages.
pub(crate) struct Packages(PathBuf);

impl Packages {
    pub(crate) fn install() -> Result<Self> {
        let tag = output(python().args(["-c", "import sys; print(sys.implementation.cache_tag)"]))
            .context("cannot run python3: install Python 3.10 or later with pip, or use --no-flask")?;

        // The name depends on the contents. The folder only exists if it is complete.
        let mut hasher = DefaultHasher::new();
        (REQUIREMENTS, &tag).hash(&mut hasher);
        let program = std::env::current_exe()?;
        let target = program.parent().context("the program is not in a folder")?;
        let folder = target.join(format!("flask-{:016x}", hasher.finish()));
        if folder.exists() {
            return Ok(Self(folder));
        }
        eprintln!("installing flask-jwt-extended …");
        let unfinished = folder.with_extension("unfinished");
        // An interrupted run may have left this folder.
        let _ = fs::remove_dir_all(&unfinished);
        let mut pip = python();
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        pip.args(["--requirement", &format!("{FOLDER}/requirements.txt"), "--target"]).arg(&unfinished);
        output(&mut pip).context("pip cannot install flask-jwt-extended: use --no-flask to skip it")?;
        fs::rename(&unfinished, &folder)?;
        Ok(Self(folder))
    }

    fn program(&self) -> Command {
        let mut command = python();
        command.env("PYTHONPATH", &self.0);
        command
    }

    pub(crate) fn serve(&self, worker: Worker, cores: &CpuSet) -> Result<Server> {
        let mut command = self.program();
        command.args(["-m", "gunicorn", "--log-level", "warning", "--chdir", FOLDER]);
        command.args(["--config", &format!("{FOLDER}/gunicorn.conf.py")]);
        match worker {
            Worker::Threads => command.args(["--worker-class", "gthread", "--threads", "4"]),
            Worker::Sync => command.args(["--worker-class", "sync"]),
        };
        command.arg("app:app").env("JWT_SECRET_KEY", SECRET).env("PYTHONDONTWRITEBYTECODE", "1");
        Server::spawn(command, cores).context("gunicorn")
    }

    /// Returns the versions of Python and of the required packages.
    pub(crate) fn versions(&self) -> Result<String> {
        let python = output(self.program().arg("--version"))?;
        let pinned =
            REQUIREMENTS.lines().filter(|line| line.contains("==")).map(|line| line.replace("==", " "));
        Ok([python].into_iter().chain(pinned).collect::<Vec<_>>().join(", "))
    }
}

fn python() -> Command {
    let mut command = Command::new("python3");
    command.args(["-s", "-X", "utf8"]);
    command
}

/// Returns the standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
