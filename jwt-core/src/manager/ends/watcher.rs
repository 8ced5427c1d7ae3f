//! The task that ends the connections of a manager.

use std::hash::{BuildHasher as _, RandomState};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::EndReason;
use super::connections::{Entry, jitter};
use super::lookup::look_up;
use crate::JwtManager;
use crate::session::Consistency;

/// Tokio rounds shorter pauses, so the watcher would not pause.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
/// The clock of the manager can jump, so a pause before an expiry must not be longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How many sets of connections that are due can be checked at the same time.
const MOST_DUE: usize = 16;
/// How often to retry what is due, and to find out which connections give up, while checks fail.
const OUTAGE_TICK: Duration = Duration::from_secs(1);

/// Starts the task. Without a runtime, the connection has to end, because nothing would end it later.
pub(super) fn start(jwt: &JwtManager) -> Result<(), EndReason> {
    let watching = Watching { jwt: jwt.clone(), is_done: false };
    let Ok(runtime) = Handle::try_current() else {
        tracing::error!("a connection was closed, because its end can only be awaited in a Tokio runtime");
        return Err(EndReason::Unavailable);
    };
    let task = runtime.spawn(watch(watching));
    // The runtime is shutting down.
    if task.is_finished() { Err(EndReason::Unavailable) } else { Ok(()) }
}

/// A watch that has begun. If it is dropped while there are connections, another one begins.
struct Watching {
    jwt: JwtManager,
    is_done: bool,
}

impl Drop for Watching {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        if thread::panicking() {
            // Another watch would panic as well, for example because the runtime has no timer.
            self.jwt.0.connections.end_all(EndReason::Unavailable);
        }
        self.jwt.0.connections.abandon();
    }
}

async fn watch(mut watching: Watching) {
    let jwt = watching.jwt.clone();
    let connections = &jwt.0.connections;
    let interval = jwt.session_rules().check_interval;
    let after = |now: Instant, pause| now.checked_add(pause).unwrap_or(now);
    let (mut round, mut due) = (JoinSet::new(), JoinSet::new());
    let started = Instant::now();
    let (mut next_round, mut next_due) = (after(started, shortened(interval)), started);
    loop {
        let next_expiry = connections.expire(jwt.time());
        let now = Instant::now();
        let is_failing = connections.give_up(now);
        if connections.stop_if_idle() {
            watching.is_done = true;
            return;
        }
        if jwt.can_revoke() {
            // A round can take long, and so can a check of one token. A logout must not wait for either.
            if due.len() < MOST_DUE && next_due <= now {
                let (entries, has_rest) = connections.due();
                spawn(&mut due, &jwt, entries, Consistency::Source);
                if has_rest {
                    next_due = after(now, OUTAGE_TICK);
                }
            }
            if round.is_empty() && next_round <= now {
                next_round = after(now, shortened(interval));
                spawn(&mut round, &jwt, connections.all(), Consistency::Local);
            }
        }
        let mut pause = LONGEST_PAUSE;
        // While a round runs, its end wakes the watcher. Without anything to ask, there is no next round.
        if jwt.can_revoke() && round.is_empty() {
            pause = pause.min(next_round.saturating_duration_since(now));
        }
        if let Some(at) = next_expiry {
            pause = pause.min(at.duration_since(jwt.time()).unwrap_or_default());
        }
        if is_failing || next_due > now {
            pause = pause.min(OUTAGE_TICK);
        }
        let pause = pause.max(SHORTEST_PAUSE);
        tokio::select! {
            () = sleep_until(after(now, pause)) => {}
            () = connections.changed.notified() => {}
            Some(_) = round.join_next() => {}
            Some(unchecked) = due.join_next() => match unchecked {
                Ok(unchecked) if unchecked.is_empty() => {}
                unchecked => {
                    next_due = after(Instant::now(), OUTAGE_TICK);
                    connections.retry(unchecked.unwrap_or_default());
                }
            },
        }
    }
}

fn spawn(tasks: &mut JoinSet<Vec<u64>>, jwt: &JwtManager, entries: Vec<Entry>, consistency: Consistency) {
    if !entries.is_empty() {
        tasks.spawn(look_up(jwt.clone(), entries, consistency));
    }
}

/// Somewhat less than the interval, so that the nodes of a service do not all ask at the same time.
fn shortened(interval: Duration) -> Duration {
    interval.saturating_sub(jitter(interval, 10, RandomState::new().hash_one(())))
}
