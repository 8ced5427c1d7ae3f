use std::sync::OnceLock;

use crate::Redis;
use crate::process::{free_port, wait_for};
use crate::redis::ask;

const MASTERS: usize = 3;
const SLOTS: usize = 16_384;

/// A Redis Cluster of three masters, at first without replicas, each with a third of the slots. If one of them fails, the others
/// continue.
#[derive(Debug)]
pub struct RedisCluster {
    masters: Vec<Redis>,
    replicas: Vec<Redis>,
}

impl RedisCluster {
    /// Starts a cluster without persistence of data. A master that is restarted still belongs to the cluster.
    ///
    /// # Panics
    /// Panics if `redis-server` is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        let buses: Vec<u16> = (0..MASTERS).map(|_| free_port()).collect();
        let masters: Vec<Redis> = buses.iter().map(|&bus| master(bus)).collect();
        let say = |master: &Redis, command: String| {
            let answer = ask(master.port(), &command).expect("an answer of a master");
            assert_eq!(answer, "+OK\r\n", "{command}");
        };
        for (number, master) in masters.iter().enumerate() {
            let (first, last) = (number * SLOTS / MASTERS, (number + 1) * SLOTS / MASTERS - 1);
            say(master, format!("CLUSTER ADDSLOTSRANGE {first} {last}"));
            say(master, format!("CLUSTER SET-CONFIG-EPOCH {}", number + 1));
        }
        for (other, bus) in masters.iter().zip(buses).skip(1) {
            say(&masters[0], format!("CLUSTER MEET 127.0.0.1 {} {bus}", other.port()));
        }
        let cluster = Self { masters, replicas: Vec::new() };
        for number in 0..MASTERS {
            cluster.wait_for(number);
        }
        cluster
    }

    /// Returns a cluster that all tests in this process share. It stops with the process.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<RedisCluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Waits until a master knows all slots.
    fn wait_for(&self, number: usize) {
        let port = self.masters[number].port();
        wait_for("a cluster", || {
            ask(port, "CLUSTER INFO").is_ok_and(|info| {
                ["cluster_state:ok", "cluster_slots_ok:16384", "cluster_known_nodes:3"]
                    .iter()
                    .all(|line| info.contains(line))
            })
        });
    }

    /// `redis://127.0.0.1:PORT` of each master.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.masters.iter().map(Redis::url).collect()
    }

    /// Starts a replica of one of the masters.
    ///
    /// # Panics
    /// Panics if `redis-server` is not installed or does not start.
    pub fn add_replica(&mut self, number: usize) {
        let bus = free_port();
        let replica = master(bus);
        let port = replica.port();
        let of = &self.masters[number];
        of.command("CONFIG SET repl-diskless-sync-delay 0");
        of.command(&format!("CLUSTER MEET 127.0.0.1 {port} {bus}"));
        let id = ask(of.port(), "CLUSTER MYID").expect("an id");
        let id = id.lines().nth(1).expect("an id");
        let is_done = |port, command: &str| ask(port, command).is_ok_and(|answer| answer.starts_with("+OK"));
        // The node does not know the master at first.
        wait_for("a replica of a cluster", || is_done(port, &format!("CLUSTER REPLICATE {id}")));
        wait_for("a synchronized replica", || {
            ask(of.port(), "INFO replication").is_ok_and(|info| info.contains("state=online"))
        });
        // Only a replica that the other masters know gets their votes.
        let line = format!("127.0.0.1:{port}@{bus} slave {id} ");
        for master in &self.masters {
            wait_for("a replica that all masters know", || {
                ask(master.port(), "CLUSTER NODES").is_ok_and(|nodes| nodes.contains(&line))
            });
        }
        self.replicas.push(replica);
    }

    /// Promotes the replica that was added at this position, and waits until its master has become its replica.
    ///
    /// # Panics
    /// Panics if the replica refuses, or if that takes too long.
    pub fn promote(&self, replica: usize) {
        let port = self.replicas[replica].port();
        self.replicas[replica].command("CLUSTER FAILOVER");
        wait_for("a promoted replica", || {
            ask(port, "INFO replication")
                .is_ok_and(|info| info.contains("role:master") && info.contains("state=online"))
        });
    }

    /// `redis://127.0.0.1:PORT` of each replica.
    #[must_use]
    pub fn replica_urls(&self) -> Vec<String> {
        self.replicas.iter().map(Redis::url).collect()
    }

    /// Kills one of the masters.
    pub fn kill(&mut self, number: usize) {
        self.masters[number].kill();
    }

    /// Restarts it without data, and waits until it is ready.
    ///
    /// # Panics
    /// Panics if it does not become ready.
    pub fn restart(&mut self, number: usize) {
        self.masters[number].restart();
        self.wait_for(number);
    }
}

fn master(bus: u16) -> Redis {
    let bus = bus.to_string();
    Redis::with(&[
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        &bus,
        "--cluster-node-timeout",
        "1000",
        "--cluster-require-full-coverage",
        "no",
    ])
}
