use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::process::Process;

/// `ChromeDriver`, which starts Chromium. The browsers end with it.
#[derive(Debug)]
pub struct ChromeDriver {
    process: Process,
    port: u16,
}

impl ChromeDriver {
    /// Starts it on a free port.
    ///
    /// # Panics
    /// Panics if `chromedriver` is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        assert!(
            Command::new("chromedriver").arg("--version").output().is_ok(),
            "chromedriver is missing, and this test needs it: install the packages chromium and chromium-driver"
        );
        // It chooses a port that is free for IPv6, and ends if the port is not free for IPv4.
        let mut attempts = 0;
        loop {
            attempts += 1;
            match Self::run() {
                Ok(driver) => return driver,
                Err(why) => assert!(attempts < 10, "{why}"),
            }
        }
    }

    fn run() -> Result<Self, String> {
        let mut process = Process::new("chromedriver");
        let mut command = Command::new("chromedriver");
        // The browsers put all their files into the folder, too.
        command.arg("--port=0").env("TMPDIR", process.folder());
        let (log, port) = (process.log(), OnceLock::new());
        process.try_start(command, || match port_in(&log) {
            Some(found) => port.set(found).is_ok(),
            None => false,
        })?;
        Ok(Self { process, port: port.into_inner().expect("a port in the log") })
    }

    /// The port that it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its folder, for the profile of a browser.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.process.folder()
    }
}

/// Finds the port that the system has chosen.
fn port_in(log: &Path) -> Option<u16> {
    let log = fs::read_to_string(log).ok()?;
    let (_, rest) = log.split_once("started successfully on port ")?;
    rest.split_once('.')?.0.parse().ok()
}
