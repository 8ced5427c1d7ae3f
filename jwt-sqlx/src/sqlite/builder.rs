use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::time::{sleep, timeout};

use super::SqliteSessions;
use crate::Error;
use crate::maintenance::{OPENING, migrate};
use crate::prefix::Prefix;
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
}

impl SqliteSessionsBuilder {
    pub(super) fn new() -> Self {
        Self { prefix: "jwt_".to_owned(), time_limit: Duration::from_secs(2) }
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
    /// has a fixed limit of 10 seconds.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = time_limit(limit);
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
        ready(SqliteSessions::new(pool, &prefix, self.time_limit), true).await
    }

    /// Uses your application's pool. The pool's options determine how durable the store is: see the
    /// [crate](crate#your-own-pool) documentation.
    ///
    /// # Errors
    /// Returns the same errors as [`open`](Self::open), except that WAL is not required. Returns
    /// [`Error::NotSynchronous`] if `synchronous` is `OFF`.
    pub async fn pool(self, pool: SqlitePool) -> Result<SqliteSessions, Error> {
        let prefix = Prefix::new(&self.prefix)?;
        ready(SqliteSessions::new(pool, &prefix, self.time_limit), false).await
    }
}

/// Retries while the database is busy. SQLite does not wait for the lock that switching to WAL takes, so one of two
/// processes that create a file at the same time gets an error.
async fn ready(store: SqliteSessions, wal: bool) -> Result<SqliteSessions, Error> {
    let opened = timeout(OPENING, async {
        loop {
            match prepare(&store, wal).await {
                Err(error) if is_busy(&error) => sleep(RETRY).await,
                other => return other,
            }
        }
    });
    opened.await.unwrap_or(Err(Error::TimeLimit))?;
    Ok(store)
}

async fn prepare(store: &SqliteSessions, wal: bool) -> Result<(), Error> {
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
    migrate(store).await
}

fn is_busy(error: &Error) -> bool {
    const SQLITE_BUSY: u32 = 5;
    let Error::Database(sqlx::Error::Database(error)) = error else { return false };
    // The low byte of an extended code is the primary code.
    error.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == SQLITE_BUSY)
}
