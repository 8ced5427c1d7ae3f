//! Installs flask-jwt-extended once, in its own folder in the target directory.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/crossover");
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// Runs crossover.py with Python. It reads and writes UTF-8 in any locale.
pub(crate) fn program() -> Command {
    let mut command = python(&[&format!("{FOLDER}/crossover.py")]);
    command.env("PYTHONPATH", packages());
    command
}

/// The packages that are pinned to one version, and that version.
pub(crate) fn pinned() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = REQUIREMENTS.lines().filter_map(|line| line.split_once("=="));
    lines.map(|(name, version)| (name.split('[').next().unwrap_or(name), version))
}

fn python(arguments: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.args(["-s", "-X", "utf8"]).args(arguments);
    command
}

/// The folder with the packages, shared by all tests of a run.
fn packages() -> &'static Path {
    static PACKAGES: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PACKAGES.get_or_init(install).as_ref().unwrap_or_else(|why| panic!("{why}"))
}

fn install() -> Result<PathBuf, String> {
    let tag = run(&mut python(&["-c", "import sys; print(sys.implementation.cache_tag)"]))
        .map_err(|why| format!("python3 does not run: install Python 3.10 or later, with pip\n{why}"))?;
    run(&mut python(&["-m", "pip", "--version"])).map_err(|why| {
        format!("python3 has no pip: install it, such as by its package python3-pip\n{why}")
    })?;

    // The name depends on the contents. The folder only exists if it is complete.
    let mut hasher = DefaultHasher::new();
    (REQUIREMENTS, &tag).hash(&mut hasher);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("flask-{:016x}", hasher.finish()));
    if folder.exists() {
        return Ok(folder);
    }
    let unfinished = folder.with_extension(std::process::id().to_string());
    let file = format!("{FOLDER}/requirements.txt");
    let mut pip = python(&["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
    // Packages that have to be compiled would require more than Python.
    pip.args(["--only-binary=:all:", "--requirement", &file, "--target"]).arg(&unfinished);
    // An interrupted run with the same process id may have left this folder.
    let _ = fs::remove_dir_all(&unfinished);
    let installed = run(&mut pip)
        .map_err(|why| format!("pip cannot install flask-jwt-extended\n{why}"))
        .and_then(|_| fs::rename(&unfinished, &folder).map_err(|why| format!("{}: {why}", folder.display())));
    let _ = fs::remove_dir_all(&unfinished);
    match installed {
        // Another run was faster and created it.
        Err(_) if folder.exists() => Ok(folder),
        installed => installed.map(|()| folder),
    }
}

/// Returns the standard output, or why the command failed.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
