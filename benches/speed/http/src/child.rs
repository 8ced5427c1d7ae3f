//! Servers in their own processes, which end with this one.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::{Deserialize, Serialize};

/// How long a server may take to stop.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a server prints when it is ready.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Ready {
    /// The process that serves requests, which can be a child of the one that was started.
    pub(crate) pid: u32,
    /// The address of each route.
    pub(crate) ports: BTreeMap<String, u16>,
}

#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    ready: Ready,
}

impl Server {
    /// Starts a process that runs [`serve`](crate::serve), with this many workers.
    pub(crate) fn start(name: &str, workers: usize, cores: &CpuSet) -> Result<Self> {
        // This path is the running program, even if cargo has replaced the file.
        let mut command = Command::new("/proc/self/exe");
        command.args(["serve", name, &workers.to_string()]);
        Self::spawn(command, cores).with_context(|| format!("the server {name}"))
    }

    /// A child inherits the cores of the thread that starts it.
    pub(crate) fn spawn(mut command: Command, cores: &CpuSet) -> Result<Self> {
        let own = sched_getaffinity(None)?;
        sched_setaffinity(None, cores)?;
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        sched_setaffinity(None, &own)?;
        let mut server = Self { child: child?, ready: Ready { pid: 0, ports: BTreeMap::new() } };
        let mut line = String::new();
        BufReader::new(server.child.stdout.take().context("no standard output")?).read_line(&mut line)?;
        server.ready =
            serde_json::from_str(&line).context("the server did not start; see its output above")?;
        Ok(server)
    }

    pub(crate) fn port(&self, route: &str) -> Result<u16> {
        self.ready.ports.get(route).copied().with_context(|| format!("no route {route}"))
    }

    /// Returns the CPU time of all its threads so far, in nanoseconds.
    pub(crate) fn cpu(&self) -> Result<u64> {
        let mut spent = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.ready.pid))? {
            let times = fs::read_to_string(thread?.path().join("schedstat"))?;
            spent += times.split(' ').next().unwrap_or_default().parse::<u64>()?;
        }
        ensure!(spent > 0, "this kernel does not report the CPU time of threads");
        Ok(spent)
    }

    /// Returns its resident memory, in bytes.
    pub(crate) fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.ready.pid))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(resident.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // gunicorn only stops its workers on a signal. The other servers stop when their input ends.
        drop(self.child.stdin.take());
        if let Some(pid) = Pid::from_raw(self.child.id().cast_signed()) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The core for servers and the core for the load. They are the same if the machine has only one.
pub(crate) struct Cores {
    pub(crate) all: CpuSet,
    pub(crate) server: CpuSet,
}

impl Cores {
    /// All cores, for both.
    pub(crate) fn shared() -> Result<CpuSet> {
        Ok(sched_getaffinity(None)?)
    }

    /// Pins this thread to the core for the load, until the cores are dropped.
    pub(crate) fn divide() -> Result<Self> {
        let all = sched_getaffinity(None)?;
        let mut single = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core)).map(|core| {
            let mut cores = CpuSet::new();
            cores.set(core);
            cores
        });
        match (single.next(), single.next()) {
            (Some(server), Some(load)) => {
                sched_setaffinity(None, &load)?;
                Ok(Self { all, server })
            }
            _ => Ok(Self { all, server: all }),
        }
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        let _ = sched_setaffinity(None, &self.all);
    }
}
