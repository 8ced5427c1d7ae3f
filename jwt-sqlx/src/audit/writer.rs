//! The task that writes and purges an audit log.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jwt_session::millis;
use tokio::sync::watch;
use tokio::time::timeout;

use super::entry::Entry;
use super::queue::Queue;
use super::sql::{AuditSql, PURGED_AT_ONCE};
use crate::Error;
use crate::backend::Value::Number;
use crate::backend::{Backend, Writing};
use crate::contract::limited;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often a write fails after the last handle was dropped, before what is left is lost.
const LAST_TRIES: u32 = 5;

const PURGE_EVERY: Duration = Duration::from_secs(3600);

/// How long events are kept.
pub(super) struct Retention {
    pub(super) keep: Duration,
    pub(super) clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

pub(super) struct Writer<B> {
    pub(super) backend: B,
    pub(super) sql: Arc<AuditSql>,
    pub(super) queue: Arc<Queue>,
    /// How many of the accepted events are in the table, or never will be.
    pub(super) done: watch::Sender<u64>,
    pub(super) retention: Option<Retention>,
    /// When the last purge began that has removed everything or failed.
    pub(super) purged_at: Option<SystemTime>,
}

impl<B: Backend> Writer<B> {
    pub(super) async fn run(mut self) {
        loop {
            self.wait().await;
            self.keep_to_retention().await;
            let events = self.queue.take();
            if events.is_empty() {
                if self.queue.is_closed() {
                    return;
                }
            } else if !self.write_all(events).await {
                return;
            }
        }
    }

    /// Waits until there is an event, until the last handle is dropped, or until it can be time for a purge.
    async fn wait(&self) {
        while !self.queue.has_work() {
            let work = self.queue.work.notified();
            if self.retention.is_none() {
                work.await;
            } else if self.due().is_some() || timeout(PURGE_EVERY, work).await.is_err() {
                return;
            }
        }
    }

    /// Returns the time, and before when events are removed, if a purge is due.
    fn due(&self) -> Option<(SystemTime, SystemTime)> {
        let Retention { keep, clock } = self.retention.as_ref()?;
        let now = clock();
        // If the clock was set back, the last purge is not a reason to wait.
        let is_early = self
            .purged_at
            .is_some_and(|last| now.duration_since(last).is_ok_and(|elapsed| elapsed < PURGE_EVERY));
        if is_early { None } else { Some((now, now.checked_sub(*keep)?)) }
    }

    /// Purges one step, so the events that wait are not delayed by many.
    async fn keep_to_retention(&mut self) {
        let Some((now, until)) = self.due() else { return };
        match purge_step(&self.backend, &self.sql, until).await {
            Ok(PURGED_AT_ONCE) => {}
            Ok(_) => self.purged_at = Some(now),
            Err(error) => {
                self.purged_at = Some(now);
                tracing::warn!(target: "jwt", cause = error.describe(), "cannot purge the audit log");
            }
        }
    }

    /// Writes events in their order. Returns `false` if the rest is lost, because nobody waits for it.
    async fn write_all(&self, events: Vec<Entry>) -> bool {
        let mut batches = vec![events];
        let (mut failures, mut tries_left) = (0_u32, LAST_TRIES);
        while let Some(mut batch) = batches.pop() {
            let Err(error) = limited(&self.backend, insert(&self.backend, &self.sql, &batch)).await else {
                if failures > 0 {
                    failures = 0;
                    tracing::info!(target: "jwt", "audit events are written again");
                }
                self.done(batch.len());
                continue;
            };
            let is_rejected = error.rejects_values();
            if is_rejected && batch.len() == 1 {
                self.queue.reject(&error.describe());
                self.done(1);
                continue;
            }
            // One of the values is the cause, or the batch is too large for the time limit.
            if is_rejected || error.is_slow() {
                let second = batch.split_off(batch.len().div_ceil(2));
                if !second.is_empty() {
                    batches.push(second);
                }
            }
            batches.push(batch);
            if is_rejected {
                continue;
            }
            if failures == 0 {
                tracing::warn!(target: "jwt", cause = error.describe(), "cannot write audit events, so they wait");
            }
            failures = failures.saturating_add(1);
            if self.queue.is_closed() {
                tries_left = tries_left.saturating_sub(1);
                if tries_left == 0 {
                    return false;
                }
            }
            self.pause(failures).await;
        }
        true
    }

    async fn pause(&self, failures: u32) {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let pause = FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE);
        // It does not matter which of the two it was.
        let _ = timeout(pause, self.queue.hurry.notified()).await;
    }

    fn done(&self, count: usize) {
        self.queue.done(count);
        self.done.send_modify(|done| *done = done.saturating_add(u64::try_from(count).unwrap_or(u64::MAX)));
    }
}

/// The runtime can drop the task at any time.
impl<B> Drop for Writer<B> {
    fn drop(&mut self) {
        self.queue.stop();
    }
}

async fn insert(backend: &impl Backend, sql: &AuditSql, events: &[Entry]) -> Result<(), Error> {
    let mut writing = backend.begin(backend.time_limit()).await?;
    let mut rest = events;
    for (rows, statement) in &sql.inserts {
        while let Some((next, later)) = rest.split_at_checked(*rows) {
            let values: Vec<_> = next.iter().flat_map(Entry::values).collect();
            writing.execute(statement, &values).await?;
            rest = later;
        }
    }
    writing.commit().await
}

/// Removes some of the events before a moment. Returns how many.
pub(super) async fn purge_step(
    backend: &impl Backend,
    sql: &AuditSql,
    until: SystemTime,
) -> Result<u64, Error> {
    let step = async {
        let until = [Number(Some(millis(until)))];
        let mut writing = backend.begin(backend.time_limit()).await?;
        if let Some(lock) = &sql.lock_purge {
            writing.execute(lock, &[]).await?;
        }
        writing.execute(&sql.permit_purge, &until).await?;
        let removed = writing.execute(&sql.purge, &until).await?;
        writing.execute(&sql.end_purge, &[]).await?;
        writing.commit().await?;
        Ok(removed)
    };
    limited(backend, step).await
}
