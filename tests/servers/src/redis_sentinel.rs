use std::fs;
use std::process::Command;

use crate::Redis;
use crate::process::{Process, free_port, wait_for};
use crate::redis::{answers, ask};

/// A Redis master with a replica, and a sentinel that promotes the replica if the master fails.
#[derive(Debug)]
pub struct RedisSentinel {
    master: Redis,
    _replica: Redis,
    _sentinel: Process,
    port: u16,
}

impl RedisSentinel {
    /// Starts the servers, and waits until the sentinel knows all of them.
    ///
    /// # Panics
    /// Panics if `redis-server` is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        let master = Redis::with(&["--repl-diskless-sync-delay", "0"]);
        let replica = Redis::with(&["--replicaof", "127.0.0.1", &master.port().to_string()]);
        wait_for("a replica", || {
            ask(replica.port(), "INFO replication").is_ok_and(|info| info.contains("master_link_status:up"))
        });
        let mut sentinel = Process::new("sentinel");
        let (port, settings) = (free_port(), sentinel.folder().join("sentinel.conf"));
        let lines = [
            "bind 127.0.0.1".to_owned(),
            format!("port {port}"),
            format!("sentinel monitor {} 127.0.0.1 {} 1", Self::NAME, master.port()),
            format!("sentinel down-after-milliseconds {} 300", Self::NAME),
            format!("sentinel failover-timeout {} 3000", Self::NAME),
        ];
        fs::write(&settings, lines.join("\n")).expect("the settings of a sentinel");
        let mut command = Command::new("redis-server");
        command.arg(&settings).arg("--sentinel").current_dir(sentinel.folder());
        sentinel.start(command, || answers(port));
        wait_for("a sentinel that knows the replica", || {
            ask(port, &format!("SENTINEL REPLICAS {}", Self::NAME))
                .is_ok_and(|info| info.contains("master-link-status\r\n$2\r\nok"))
        });
        Self { master, _replica: replica, _sentinel: sentinel, port }
    }

    /// The name that the sentinel uses for the master.
    pub const NAME: &str = "tests";

    /// `redis://127.0.0.1:PORT` of the sentinel.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// `redis://127.0.0.1:PORT` of the first master.
    #[must_use]
    pub fn master_url(&self) -> String {
        self.master.url()
    }

    /// Kills the first master.
    pub fn kill_master(&mut self) {
        self.master.kill();
    }
}
