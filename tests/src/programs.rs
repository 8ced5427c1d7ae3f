//! Builds, starts, watches, and stops the examples as programs.

use std::env::{self, consts::EXE_SUFFIX};
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// All examples, so that they are built with one command.
const PACKAGES: [&str; 13] = [
    "mcp-server",
    "observability",
    "openapi",
    "quickstart",
    "quickstart-actix",
    "quickstart-warp",
    "resource-server",
    "resource-server-actix",
    "resource-server-warp",
    "sessions",
    "stores",
    "websocket",
    "worker",
];
/// The time limit for programs. Only a program that hangs reaches it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A started program. It is killed on drop, so a failed test leaves nothing behind.
#[derive(Debug)]
pub struct Program {
    child: Child,
    printed: mpsc::Receiver<String>,
}

impl Program {
    /// Starts the program of a package, with a secret or without one.
    ///
    /// # Panics
    /// Panics if it cannot be built or started.
    #[must_use]
    pub fn start(package: &str, args: &[&str], secret: Option<&str>) -> Self {
        let mut command = Command::new(build(package));
        command.args(args).env_remove("JWT_SECRET_KEY").envs(secret.map(|secret| ("JWT_SECRET_KEY", secret)));
        Self::run(command)
    }

    /// Starts any program.
    ///
    /// # Panics
    /// Panics if it cannot be started.
    #[must_use]
    pub fn run(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("a program");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, printed) = mpsc::channel();
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, printed }
    }

    /// Returns the next line that the program prints, or `None` if it has ended.
    ///
    /// # Panics
    /// Panics if it neither prints nor ends within the time limit.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        match self.printed.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("neither prints nor ends"),
        }
    }

    /// Kills the program. It cannot clean up.
    pub fn end(&mut self) {
        // This only fails if the program has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits until the program ends, and returns its exit code.
    ///
    /// # Panics
    /// Panics if waiting fails.
    pub fn code(&mut self) -> Option<i32> {
        self.child.wait().expect("its end").code()
    }

    /// Returns what the program wrote to standard error. The program must have ended.
    ///
    /// # Panics
    /// Panics if the output is not UTF-8, or if this was called before.
    pub fn complaints(&mut self) -> String {
        let mut text = String::new();
        let mut complaints = self.child.stderr.take().expect("its complaints");
        complaints.read_to_string(&mut text).expect("text");
        text
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs a program that should fail before it serves. Returns its exit code and standard error.
///
/// # Panics
/// Panics if it prints anything to standard output.
#[must_use]
pub fn fail(package: &str, args: &[&str], secret: &str) -> (Option<i32>, String) {
    let mut program = Program::start(package, args, Some(secret));
    assert_eq!(program.line(), None, "it has nothing to print");
    (program.code(), program.complaints())
}

/// Builds the program of a package with the same profile and target directory as these tests. If the variable
/// `JWT_TESTS_PROGRAMS` names a folder, uses the programs there instead.
///
/// # Panics
/// Panics if the build fails.
#[must_use]
pub fn build(package: &str) -> PathBuf {
    // Build all of them at once, so shared dependencies are only built once.
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let directory = BUILT.get_or_init(|| {
        if let Some(directory) = env::var_os("JWT_TESTS_PROGRAMS") {
            return PathBuf::from(directory);
        }
        let test = env::current_exe().expect("this program");
        let directory = test.ancestors().nth(2).expect("the directory above deps");
        let profile = match directory.file_name().and_then(OsStr::to_str) {
            Some("debug") => "dev",
            profile => profile.expect("a profile"),
        };
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--profile", profile]);
        cargo.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
        cargo.arg("--target-dir").arg(directory.parent().expect("the target directory"));
        assert!(cargo.status().expect("cargo").success(), "the examples do not build");
        directory.to_owned()
    });
    directory.join(format!("{package}{EXE_SUFFIX}"))
}
