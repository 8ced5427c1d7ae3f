//! A server as a child process.

use std::fs::File;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// The time limit for servers. Only one that hangs reaches it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Shell code that sets `family` to the ids of the children of the process `$1`, its group, and itself. Every thread has
/// its own list of children. `kill` is built into every shell.
const FAMILY: &str = r#"family="$(cat "/proc/$1/task/"*/children 2>/dev/null) -$1 $1""#;

/// Reads process ids, one per line, until all writers are gone. Then kills the last process with its children and its
/// group, and removes the folder.
const WATCHDOG: &str = r#"
folder=$1
last=none
while read -r line; do last=$line; done
if [ "$last" != none ]; then
    set -- "$last"
    FAMILY
    for one in $family; do kill -s KILL -- "$one" 2>/dev/null; done
fi
rm -rf "$folder"
"#;

/// A process with a folder. On drop, the process is killed and the folder is removed.
#[derive(Debug)]
pub(crate) struct Process {
    child: Option<Child>,
    watchdog: Child,
    folder: PathBuf,
}

impl Process {
    /// Creates the folder. No process runs yet.
    pub(crate) fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("jwt-{name}-{}-{number}", process::id()));
        fs::create_dir(&folder).expect("a folder for a server");
        let watchdog = Command::new("sh")
            .args(["-c", &WATCHDOG.replace("FAMILY", FAMILY), "sh"])
            .arg(&folder)
            // Control-C must not stop the watchdog together with the tests.
            .process_group(0)
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        Self { child: None, watchdog, folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of the server's log.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Runs the command and waits until the server responds.
    pub(crate) fn start(&mut self, command: Command, is_ready: impl Fn() -> bool) {
        if let Err(why) = self.try_start(command, is_ready) {
            panic!("{why}");
        }
    }

    /// The same, but returns why the server does not respond.
    pub(crate) fn try_start(
        &mut self,
        mut command: Command,
        is_ready: impl Fn() -> bool,
    ) -> Result<(), String> {
        let log = File::options().create(true).append(true).open(self.log()).expect("a log");
        command.process_group(0).stdin(Stdio::null()).stdout(log.try_clone().expect("the log")).stderr(log);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        self.watch(&child.id().to_string());
        self.child = Some(child);
        let end = Instant::now() + PATIENCE;
        while !is_ready() {
            let ended = self.child.as_mut().expect("a child").try_wait().expect("its state");
            if ended.is_some() || Instant::now() > end {
                if ended.is_some() {
                    self.child = None;
                    self.watch("none");
                }
                let log = fs::read_to_string(self.log()).unwrap_or_default();
                return Err(format!("{command:?} does not serve ({ended:?}):\n{log}"));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn watch(&mut self, process: &str) {
        let watchdog = self.watchdog.stdin.as_mut().expect("a pipe");
        writeln!(watchdog, "{process}").expect("the watchdog listens");
    }

    /// Sends a signal to the process, its children, and its group.
    pub(crate) fn signal(&self, signal: &str) {
        let process = self.child.as_ref().expect("a running server").id().to_string();
        // The process is stopped first, so it cannot start more children. Some children may already have ended.
        let script = r#"kill -s STOP "$1" && FAMILY && for one in $family; do
            kill -s "$2" -- "$one" 2>/dev/null
        done; kill -s "$2" "$1""#;
        let script = script.replace("FAMILY", FAMILY);
        let sent = Command::new("sh").args(["-c", &script, "sh", &process, signal]).status();
        assert!(sent.expect("a shell").success(), "{signal} to a server");
    }

    /// Kills the process if it runs. It cannot clean up.
    pub(crate) fn kill(&mut self) {
        if self.child.is_none() {
            return;
        }
        // A stopped process cannot start more children.
        self.signal("STOP");
        let id = self.child.as_ref().expect("a running server").id();
        let children = children(id);
        self.signal("KILL");
        let mut child = self.child.take().expect("a running server");
        child.wait().expect("its end");
        // The children end a moment later. Until then, they hold resources that a new server needs.
        for child in children.split_whitespace() {
            let is_over = || {
                let state = fs::read_to_string(format!("/proc/{child}/stat"));
                state.map_or(true, |state| state.contains(") Z "))
            };
            wait_for("the end of a server's child", is_over);
        }
        self.watch("none");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.kill();
        }
        // The watchdog does the rest.
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
        if let Some(mut child) = self.child.take() {
            let _ = child.wait();
        }
    }
}

/// Returns the ids of the children of all threads of a process, separated by spaces.
fn children(process: u32) -> String {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok()).collect()
}

/// Waits until a condition holds.
pub(crate) fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "{what}: not after {PATIENCE:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Returns a port that is free, as far as one can tell without binding it.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("the port").port()
}
