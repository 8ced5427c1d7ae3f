//! The methods that the audit logs and their builders have for every database.

use std::fmt;
use std::time::{Duration, SystemTime};

use jwt_session::{AuditEvent, AuditSink, Subject};

use super::AuditEntry;
use super::entry::Entry;
use crate::Error;

macro_rules! audit {
    ($audit:ident, $builder:ident) => {
        impl $audit {
            /// Returns a builder with default options.
            #[must_use]
            pub fn builder() -> $builder {
                $builder::default()
            }

            /// Waits until every event that has been recorded before this call is in the table, except those that were
            /// [dropped](Self::dropped). Tries again at once if the database has failed.
            ///
            /// During an outage, this waits until it ends, so limit the time. Call this before the application exits.
            ///
            /// # Errors
            /// Returns [`Error::AuditStopped`] if the runtime on which the log was opened has stopped.
            pub async fn flush(&self) -> Result<(), Error> {
                self.log.flush().await
            }

            /// Returns how many events are lost, because the [queue] was full, or because the database did not accept a
            /// value. Export it as a metric.
            ///
            /// The first one is also logged at the `ERROR` level, and again after the queue was empty in the meantime.
            ///
            #[doc = concat!("[queue]: ", stringify!($builder), "::queue")]
            #[must_use]
            pub fn dropped(&self) -> u64 {
                self.log.queue.dropped()
            }

            /// Returns the latest events of a subject, the newest first. `limit` is the length of the page, from 1 to
            /// [`PAGE_LIMIT`](jwt_session::PAGE_LIMIT). For the next page, pass the `id` of the last event as `before`.
            ///
            /// The events of the last moments can still be in the queue; see [`flush`](Self::flush).
            ///
            /// This does not check who calls it. A handler that shows the events has to take the subject from the token
            /// of the request, never from a parameter. Otherwise, every user can read the activity of all others.
            ///
            /// # Errors
            /// - [`Error::LongName`] if the issuer or the name has more than [256](AuditEvent::MAX_CHARS) characters,
            ///   because events of other subjects look the same.
            /// - [`Error::TimeLimit`] or [`Error::Database`].
            pub async fn of_subject(
                &self,
                subject: Subject<'_>,
                limit: usize,
                before: Option<i64>,
            ) -> Result<Vec<AuditEntry>, Error> {
                self.log.of_subject(subject, limit, before).await
            }

            /// Removes the events before a moment. Returns how many it removed.
            ///
            /// The rows are removed in steps of 1000, each in its own transaction.
            ///
            /// # Errors
            /// Returns [`Error::TimeLimit`] or [`Error::Database`]. Rows that earlier steps removed are not restored.
            pub async fn purge(&self, older_than: SystemTime) -> Result<u64, Error> {
                self.log.purge(older_than).await
            }
        }

        /// Adds the event to the queue. This never waits, and never fails.
        impl AuditSink for $audit {
            fn record(&self, event: &AuditEvent<'_>) {
                self.log.queue.push(Entry::from(event));
            }
        }

        impl fmt::Debug for $audit {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($audit)).field("dropped", &self.dropped()).finish_non_exhaustive()
            }
        }

        impl $builder {
            /// Sets the prefix of the table names, as for the sessions. Default: `jwt_`.
            #[must_use]
            pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
                self.store = self.store.table_prefix(prefix);
                self
            }

            /// Sets how long each transaction can take, as for the sessions. Default: 2 seconds.
            #[must_use]
            pub fn time_limit(mut self, limit: Duration) -> Self {
                self.store = self.store.time_limit(limit);
                self
            }

            /// Sets the number of events that can wait to be written, at least 1. Default: 10,000.
            ///
            /// An event takes up to 10 KB of memory, and usually 200 bytes. If the queue is full, further events are
            /// [dropped].
            ///
            #[doc = concat!("[dropped]: ", stringify!($audit), "::dropped")]
            #[must_use]
            pub fn queue(mut self, events: usize) -> Self {
                self.options.capacity = events.max(1);
                self
            }

            /// Sets how long events are kept. Default: forever.
            ///
            /// A task removes older events when the log is opened, and then every hour.
            #[must_use]
            pub fn retention(mut self, keep: Duration) -> Self {
                self.options.keep = Some(keep);
                self
            }

            /// Sets the clock that determines what is older than the [retention](Self::retention), for tests. Default:
            /// [`SystemTime::now`]. The time of an event is that of the manager's clock.
            #[must_use]
            pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
                self.options.clock = std::sync::Arc::new(clock);
                self
            }
        }

        impl fmt::Debug for $builder {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($builder)).field("store", &self.store).finish_non_exhaustive()
            }
        }
    };
}

#[cfg(feature = "postgres")]
use crate::{PostgresAudit, PostgresAuditBuilder};
#[cfg(feature = "sqlite")]
use crate::{SqliteAudit, SqliteAuditBuilder};

#[cfg(feature = "postgres")]
audit!(PostgresAudit, PostgresAuditBuilder);
#[cfg(feature = "sqlite")]
audit!(SqliteAudit, SqliteAuditBuilder);
