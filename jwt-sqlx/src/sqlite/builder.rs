use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::time::{sleep, timeout};

use super::SqliteSessions;
use super::dialect::Sqlite;
use crate::Error;
use crate::maintenance::{OPENING, UPGRADING, is_old, migrate};
use crate::prefix::Prefix;
use crate::schema::Schema;
use crate::time::{LONGEST_LIMIT, time_limit};

const RETRY: Duration = Duration::from_millis(10);
/// Each connection is a thread. One writes at a time, and the others read.
const CONNECTIONS: u32 = 8;

/// A builder for [`SqliteSessions`].
///
/// # Example
///
/// ```no_run
/// use std::time::Duration;
///
/// use jwt_sqlx::SqliteSessions;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = SqliteSessions::builder()
///     .table_prefix("auth_")
///     .time_limit(Duration::from_secs(1))
///     .open("sessions.db")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteSessionsBuilder {
    prefix: String,
    time_limit: Duration,
    upgrade_time_limit: Duration,
}

impl SqliteSessionsBuilder {
    pub(super) fn new() -> Self {
        Self { prefix: "jwt_".to_owned(), time_limit: Duration::from_secs(2), upgrade_time_limit: UPGRADING }
    }

    /// Sets the prefix of the table names. Default: `jwt_`.
    ///
    /// A prefix has 1 to 32 characters: ASCII letters, digits, and underscores. It must not start with a digit or
    /// `sqlite_`. Opening the store with an invalid prefix returns an error. SQLite ignores the case of the prefix.
    /// Stores with different prefixes share nothing, even in the same file.
    #[must_use]
    pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long each call can take, from 1 millisecond to 1 hour. Default: 2 seconds. Other values are clamped.
    ///
    /// The limit includes waiting for a connection and for locks. A call that takes longer returns
    /// [`Error::TimeLimit`]. [`purge`](SqliteSessions::purge) applies the limit to each of its steps. Opening the store
    /// has a fixed limit of 10 seconds, unless it [upgrades](Self::upgrade_time_limit) the tables.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = time_limit(limit);
        self
    }

    /// Sets how long an upgrade of the tables can take, from 1 millisecond to 1 hour. Default: 10 minutes. Other values are
    /// clamped.
    ///
    /// A store upgrades the tables when it opens them, if an older version of this crate created them. If that takes longer,
    /// opening the store returns [`Error::TimeLimit`], and the tables are unchanged. You can also [run the statements
    /// first](crate#upgrading).
    #[must_use]
    pub fn upgrade_time_limit(mut self, limit: Duration) -> Self {
        self.upgrade_time_limit = time_limit(limit);
        self
    }

    /// Opens a file. Creates the file and its tables if they are missing.
    ///
    /// # Errors
    /// - [`Error::TablePrefix`] if the prefix is invalid.
    /// - [`Error::NewerSchema`] if a newer version of this crate created the tables.
    /// - [`Error::NotWal`] if the database cannot use a write-ahead log.
    /// - [`Error::TimeLimit`] if other processes keep the file locked.
    /// - [`Error::Database`] if the file cannot be opened.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteSessions, Error> {
        self.connect(SqliteConnectOptions::new().filename(path).create_if_missing(true)).await
    }

    /// Opens a database with sqlx's connection options.
    ///
    /// This method overrides the journal mode, `synchronous`, and the busy timeout in the options.
    ///
    /// # Errors
    /// Returns the same errors as [`open`](Self::open).
    pub async fn connect(self, options: SqliteConnectOptions) -> Result<SqliteSessions, Error> {
        self.connect_as(options, Schema::sessions::<Sqlite>).await
    }

    pub(super) async fn connect_as(
        self,
        options: SqliteConnectOptions,
        schema: fn(&Prefix) -> Schema,
    ) -> Result<SqliteSessions, Error> {
        let prefix = Prefix::new(&self.prefix)?;
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(self.time_limit);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(LONGEST_LIMIT)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options);
        let store = SqliteSessions::new(pool, &prefix, self.time_limit);
        ready(store, &schema(&prefix), true, self.upgrade_time_limit).await
    }

    /// Uses your application's pool. The pool's options determine how durable the store is: see the
    /// [crate](crate#your-own-pool) documentation.
    ///
    /// # Errors
    /// Returns the same errors as [`open`](Self::open), except that WAL is not required. Returns
    /// [`Error::NotSynchronous`] if `synchronous` is `OFF`.
    pub async fn pool(self, pool: SqlitePool) -> Result<SqliteSessions, Error> {
        self.pool_as(pool, Schema::sessions::<Sqlite>).await
    }

    pub(super) async fn pool_as(
        self,
        pool: SqlitePool,
        schema: fn(&Prefix) -> Schema,
    ) -> Result<SqliteSessions, Error> {
        let prefix = Prefix::new(&self.prefix)?;
        let store = SqliteSessions::new(pool, &prefix, self.time_limit);
        ready(store, &schema(&prefix), false, self.upgrade_time_limit).await
    }
}

async fn ready(
    store: SqliteSessions,
    schema: &Schema,
    wal: bool,
    upgrade: Duration,
) -> Result<SqliteSessions, Error> {
    let begun = Instant::now();
    let (limit, left) = if retried(OPENING, || prepare(&store, schema, wal)).await? {
        (upgrade, upgrade)
    } else {
        (OPENING, OPENING.saturating_sub(begun.elapsed()))
    };
    retried(left, || migrate(&store, schema, limit)).await?;
    Ok(store)
}

/// Retries while the database is busy. SQLite does not wait for the lock that switching to WAL takes, so one of two
/// processes that create a file at the same time gets an error.
async fn retried<T, F>(limit: Duration, work: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let done = timeout(limit, async {
        loop {
            match work().await {
                Err(error) if is_busy(&error) => sleep(RETRY).await,
                other => return other,
            }
        }
    });
    done.await.unwrap_or(Err(Error::TimeLimit))
}

/// Returns whether the tables have to be upgraded.
async fn prepare(store: &SqliteSessions, schema: &Schema, wal: bool) -> Result<bool, Error> {
    let mut connection = store.pool().acquire().await?;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await?;
    if wal && mode != "wal" {
        return Err(Error::NotWal);
    }
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *connection).await?;
    if synchronous == 0 {
        return Err(Error::NotSynchronous);
    }
    drop(connection);
    is_old(store, schema).await
}

fn is_busy(error: &Error) -> bool {
    const SQLITE_BUSY: u32 = 5;
    let Error::Database(sqlx::Error::Database(error)) = error else { return false };
    // The low byte of an extended code is the primary code.
    error.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == SQLITE_BUSY)
}
