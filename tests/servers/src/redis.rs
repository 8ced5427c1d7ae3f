use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::process::{Process, free_port};

/// A Redis server. Without other settings it keeps nothing beyond its end.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    port: u16,
    settings: Vec<String>,
}

impl Redis {
    /// Starts one without any persistence.
    ///
    /// # Panics
    /// If `redis-server` is not installed, or does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::with(&["--appendonly", "no"])
    }

    /// Starts one that has written what it acknowledges (`appendfsync always`).
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn durable() -> Self {
        Self::with(&["--appendonly", "yes", "--appendfsync", "always"])
    }

    /// Starts one with more settings, as on its command line.
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

    /// One for all tests of this process, which ends with it.
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

    /// Where it listens.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Kills it: it cannot write anything more.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again after [`kill`](Self::kill), on the same port, with the files that it has.
    pub fn restart(&mut self) {
        self.kill();
        self.run();
    }

    /// Sends it a command, in words.
    ///
    /// # Panics
    /// If it answers with an error.
    pub fn command(&self, words: &str) {
        let answer = ask(self.port, words).expect("an answer");
        assert!(!answer.starts_with('-'), "{words}: {answer}");
    }

    /// Stops it (`SIGSTOP`): connections stay open, and nothing is answered.
    pub fn pause(&self) {
        self.process.signal("STOP");
    }

    /// Lets it go on (`SIGCONT`).
    pub fn resume(&self) {
        self.process.signal("CONT");
    }
}

/// Whether it has read its files and serves.
pub(crate) fn answers(port: u16) -> bool {
    ask(port, "PING").is_ok_and(|answer| answer == "+PONG\r\n")
}

/// What a server says to a command of plain words: as much as comes at once.
pub(crate) fn ask(port: u16, command: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut answer = vec![0; 16 * 1024];
    let length = stream.read(&mut answer)?;
    answer.truncate(length);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
