//! A table of audit events.

mod entry;
mod handle;
mod queue;
mod sql;
mod writer;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jwt_session::{AuditEvent, PAGE_LIMIT, Subject};
use tokio::sync::watch;

use crate::Error;
use crate::backend::Backend;
use crate::backend::Value::{Number, Plain};
use crate::contract::limited;
use queue::Queue;
use sql::PURGED_AT_ONCE;
use writer::{Retention, Writer};

pub use entry::AuditEntry;
pub(crate) use sql::AuditSql;

/// What the builders of both databases set.
#[derive(Clone)]
pub(crate) struct Options {
    capacity: usize,
    keep: Option<Duration>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self { capacity: 10_000, keep: None, clock: Arc::new(SystemTime::now) }
    }
}

/// What all clones of a handle share. Dropping it ends the task once it has written what waits.
pub(crate) struct Log<B> {
    backend: B,
    sql: Arc<AuditSql>,
    queue: Arc<Queue>,
    done: watch::Receiver<u64>,
}

impl<B: Backend + Clone + 'static> Log<B> {
    /// Starts the task on the current runtime.
    pub(crate) fn start(backend: B, options: Options) -> Self {
        let Options { capacity, keep, clock } = options;
        let sql = Arc::new(AuditSql::new::<B::Dialect>(backend.prefix()));
        let queue = Arc::new(Queue::new(capacity));
        let (sender, done) = watch::channel(0);
        let writer = Writer {
            backend: backend.clone(),
            sql: Arc::clone(&sql),
            queue: Arc::clone(&queue),
            done: sender,
            retention: keep.map(|keep| Retention { keep, clock }),
            purged_at: None,
        };
        tokio::spawn(writer.run());
        Self { backend, sql, queue, done }
    }

    async fn flush(&self) -> Result<(), Error> {
        let accepted = self.queue.accepted();
        self.queue.hurry.notify_one();
        self.done.clone().wait_for(|done| *done >= accepted).await.map(drop).map_err(|_| Error::AuditStopped)
    }

    async fn of_subject(
        &self,
        subject: Subject<'_>,
        limit: usize,
        before: Option<i64>,
    ) -> Result<Vec<AuditEntry>, Error> {
        let is_long = |name: &str| name.chars().nth(AuditEvent::MAX_CHARS).is_some();
        if is_long(subject.name) || is_long(subject.issuer) {
            return Err(Error::LongName);
        }
        let (name, issuer) = (AuditEvent::escaped(subject.name), AuditEvent::escaped(subject.issuer));
        let limit = i64::try_from(limit.clamp(1, PAGE_LIMIT)).unwrap_or(i64::MAX);
        let issuer = Some(&*issuer).filter(|issuer| !issuer.is_empty());
        let first = [Plain(Some(&name)), Plain(issuer), Number(Some(limit))];
        let rows = async {
            match before {
                None => self.backend.audited(&self.sql.of_subject, &first).await,
                Some(_) => {
                    let values = [&first[..], &[Number(before)]].concat();
                    self.backend.audited(&self.sql.of_subject_before, &values).await
                }
            }
        };
        let rows = limited(&self.backend, rows).await?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }

    async fn purge(&self, older_than: SystemTime) -> Result<u64, Error> {
        let mut removed = 0_u64;
        loop {
            let rows = writer::purge_step(&self.backend, &self.sql, older_than).await?;
            removed = removed.saturating_add(rows);
            if rows < PURGED_AT_ONCE {
                return Ok(removed);
            }
        }
    }
}

impl<B> Drop for Log<B> {
    fn drop(&mut self) {
        self.queue.close();
    }
}
