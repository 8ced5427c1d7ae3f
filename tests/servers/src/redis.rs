use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::process::{Process, free_port, wait_for};

/// A Redis server. With default settings, it does not persist anything.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    port: u16,
    settings: Vec<String>,
}

impl Redis {
    /// Starts a server without persistence.
    ///
    /// # Panics
    /// Panics if `redis-server` is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::with(&["--appendonly", "no"])
    }

    /// Starts a server that writes to disk before it acknowledges (`appendfsync always`).
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn durable() -> Self {
        Self::with(&["--appendonly", "yes", "--appendfsync", "always"])
    }

    /// Starts a server with more settings, as on its command line.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn with(settings: &[&str]) -> Self {
        assert!(
            Command::new("redis-server").arg("--version").output().is_ok(),
            "redis-server is missing, and this test needs it: install the package redis-server"
        );
        let process = Process::new("redis");
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let mut server = Self { process, port: free_port(), settings };
        server.run();
        server
    }

    /// Starts a replica of this server with more settings, and waits until it has all data.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn replica(&self, settings: &[&str]) -> Self {
        // Otherwise, the first synchronization waits for other replicas.
        self.command("CONFIG SET repl-diskless-sync-delay 0");
        let port = self.port.to_string();
        let replica = Self::with(&[&["--replicaof", "127.0.0.1", &*port], settings].concat());
        wait_for("a replica", || {
            let is_up = |port, line| ask(port, "INFO replication").is_ok_and(|info| info.contains(line));
            is_up(replica.port, "master_link_status:up") && is_up(self.port, "state=online")
        });
        replica
    }

    /// Waits until this replica has received everything that its master has acknowledged.
    ///
    /// # Panics
    /// Panics if that takes too long.
    pub fn wait_for_data_of(&self, master: &Self) {
        let offset = |port, field| {
            let info = ask(port, "INFO replication").ok()?;
            let line = info.lines().find_map(|line| line.strip_prefix(field))?;
            line.trim().parse::<u64>().ok()
        };
        let sent = offset(master.port, "master_repl_offset:").expect("the offset of a master");
        wait_for("replication", || {
            offset(self.port, "slave_repl_offset:").is_some_and(|offset| offset >= sent)
        });
    }

    /// Makes this replica a master. The old master continues to run, without this replica.
    ///
    /// # Panics
    /// Panics if the server responds with an error.
    pub fn promote(&self) {
        self.command("REPLICAOF NO ONE");
    }

    /// Returns a server that all tests in this process share. It stops with the process.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Redis> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn run(&mut self) {
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", ""])
            .args(["--daemonize", "no", "--dir"])
            .arg(self.process.folder())
            .args(&self.settings);
        let port = self.port;
        self.process.start(command, || answers(port));
    }

    /// `redis://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The port that it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Kills the server. It cannot write anything more.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Restarts the server after [`kill`](Self::kill), on the same port and with its existing files.
    pub fn restart(&mut self) {
        self.kill();
        self.run();
    }

    /// Sends a command, as words.
    ///
    /// # Panics
    /// Panics if the server responds with an error.
    pub fn command(&self, words: &str) {
        let answer = ask(self.port, words).expect("an answer");
        assert!(!answer.starts_with('-'), "{words}: {answer}");
    }

    /// Stops the server with `SIGSTOP`. Connections stay open, but it does not respond.
    pub fn pause(&self) {
        self.process.signal("STOP");
    }

    /// Resumes the server with `SIGCONT`.
    pub fn resume(&self) {
        self.process.signal("CONT");
    }
}

/// Returns whether the server has loaded its files and is ready.
pub(crate) fn answers(port: u16) -> bool {
    ask(port, "PING").is_ok_and(|answer| answer == "+PONG\r\n")
}

/// Sends a command in plain words and returns the first part of the response.
pub(crate) fn ask(port: u16, command: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut answer = vec![0; 16 * 1024];
    let length = stream.read(&mut answer)?;
    answer.truncate(length);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
