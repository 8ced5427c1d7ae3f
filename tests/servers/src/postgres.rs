use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{env, fs};

use crate::process::{Process, free_port};

/// The user `nobody`, which every Unix that these tests support has. PostgreSQL does not run as root.
const NOBODY: u32 = 65534;

/// A PostgreSQL server with a new, empty cluster.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    programs: PathBuf,
    port: u16,
    settings: Vec<String>,
}

impl Postgres {
    /// Starts a server. It writes to disk before it acknowledges, as by default.
    ///
    /// # Panics
    /// Panics if the PostgreSQL server is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts a server with more settings, each as `name=value`.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn with(settings: &[&str]) -> Self {
        let programs = programs();
        let process = Process::new("postgres");
        let folder = process.folder();
        if is_root() {
            std::os::unix::fs::chown(folder, Some(NOBODY), Some(NOBODY)).expect("a folder for the server");
        }
        let made = as_nobody(Command::new(programs.join("initdb")))
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"])
            .arg("--pgdata")
            .arg(folder.join("data"))
            .output()
            .expect("initdb");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let mut server = Self { process, programs, port: free_port(), settings };
        server.run();
        server
    }

    /// Returns a server that all tests in this process share. It stops with the process, and does not wait for the
    /// disk.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| Self::with(&["max_connections=500", "fsync=off"]))
    }

    fn run(&mut self) {
        let folder = self.process.folder();
        let mut command = as_nobody(Command::new(self.programs.join("postgres")));
        command.arg("-D").arg(folder.join("data")).args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        command.arg("-k").arg(folder);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let (ready, port) = (self.programs.join("pg_isready"), self.port.to_string());
        self.process.start(command, || {
            let mut asked = Command::new(&ready);
            asked.args(["-h", "127.0.0.1", "-p", &port]).stdout(Stdio::null()).stderr(Stdio::null());
            asked.status().expect("pg_isready").success()
        });
    }

    /// `postgres://postgres@127.0.0.1:PORT/postgres`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The port that it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Kills the server with all its processes. They cannot write anything more.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Restarts the server after [`kill`](Self::kill), on the same port and with its existing files.
    pub fn restart(&mut self) {
        self.kill();
        self.run();
    }

    /// Stops the server and all its processes with `SIGSTOP`. Connections stay open, but it does not respond.
    pub fn pause(&self) {
        self.process.signal("STOP");
    }

    /// Resumes the server with `SIGCONT`.
    pub fn resume(&self) {
        self.process.signal("CONT");
    }
}

/// Finds the server's programs. Debian does not put them on the PATH.
fn programs() -> PathBuf {
    let of_debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let of_debian = of_debian.map(|version| version.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = of_debian.chain(env::split_paths(&path)).collect();
    folders.retain(|folder| folder.join("initdb").exists() && folder.join("postgres").exists());
    folders
        .into_iter()
        .next()
        .expect("PostgreSQL's server is missing, and this test needs it: install the package postgresql")
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("the user's number");
    id.stdout.trim_ascii() == b"0"
}

/// Runs a program as [`NOBODY`] if this user is root, in a folder that any user can enter.
fn as_nobody(mut command: Command) -> Command {
    command.current_dir("/");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}
