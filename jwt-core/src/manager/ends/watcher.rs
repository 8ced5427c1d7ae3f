//! The task that ends the connections of a manager.

use std::hash::{BuildHasher as _, RandomState};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::EndReason;
use super::connections::share;
use super::lookup::look_up;
use crate::JwtManager;
use crate::session::Consistency;

/// The resolution of Tokio's timer. A shorter pause would be none.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
/// How often to find out which connections give up, while they cannot be looked at.
const OUTAGE_TICK: Duration = Duration::from_secs(1);

/// Starts the task, unless it runs. Without a runtime, the connection has to end, because nothing would end it later.
pub(super) fn ensure(jwt: &JwtManager, runtime: Option<Handle>) -> Result<(), EndReason> {
    let Some(runtime) = runtime else {
        tracing::error!("a connection was closed, because its end can only be awaited in a Tokio runtime");
        return Err(EndReason::Unavailable);
    };
    if jwt.0.connections.claim_watch() {
        let watching = Watching { jwt: jwt.clone(), is_done: false };
        // It is never joined: it ends with the last connection, or with the runtime.
        drop(runtime.spawn(watch(watching)));
    }
    Ok(())
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
    let first_round = Instant::now().checked_add(interval);
    let (mut next_round, mut is_failing, mut lookups) = (first_round, false, JoinSet::new());
    loop {
        let next_expiry = connections.expire(jwt.time());
        let now = Instant::now();
        if is_failing || !lookups.is_empty() {
            connections.give_up(now);
        }
        if connections.stop_if_idle() {
            watching.is_done = true;
            return;
        }
        if lookups.is_empty() && jwt.can_revoke() {
            let (entries, consistency) = if next_round.is_none_or(|at| at <= now) {
                next_round = now.checked_add(some_of(interval));
                (connections.all(), Consistency::Local)
            } else {
                (connections.due(), Consistency::Source)
            };
            if !entries.is_empty() {
                lookups.spawn(look_up(jwt.clone(), entries, consistency));
            }
        }
        // Not longer than the interval, because the clock of the manager can jump.
        let mut pause = next_round.map_or(interval, |at| at.saturating_duration_since(now)).min(interval);
        if let Some(at) = next_expiry {
            pause = pause.min(at.duration_since(jwt.time()).unwrap_or_default());
        }
        if is_failing || !lookups.is_empty() {
            pause = pause.min(OUTAGE_TICK);
        }
        let pause = pause.max(SHORTEST_PAUSE);
        tokio::select! {
            () = sleep_until(now.checked_add(pause).unwrap_or(now)) => {}
            () = connections.changed.notified() => {}
            // A loader that panics is an outage.
            Some(saw_all) = lookups.join_next() => is_failing = !saw_all.unwrap_or(false),
        }
    }
}

/// Somewhat less than the interval, so that the nodes of a service do not all ask at the same time.
fn some_of(interval: Duration) -> Duration {
    interval.saturating_sub(share(interval, 10, RandomState::new().hash_one(())))
}
