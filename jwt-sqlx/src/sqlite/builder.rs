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
/// Each is a thread. One writes at a time, the others read.
const CONNECTIONS: u32 = 8;

/// Options of [`SqliteSessions`].
#[derive(Clone, Debug)]
pub struct SqliteSessionsBuilder {
    prefix: String,
    time_limit: Duration,
}

impl SqliteSessionsBuilder {
    pub(super) fn new() -> Self {
        Self { prefix: "jwt_".to_owned(), time_limit: Duration::from_secs(2) }
    }

    /// What the names of the tables start with, `jwt_` by default: 1 to 32 ASCII letters, digits and underscores, the
    /// first no digit. Stores with different prefixes in one file know nothing of each other. SQLite does not tell large
    /// letters from small ones.
    #[must_use]
    pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long each call may take, 2 seconds by default; from a millisecond to an hour. Waiting for a connection and for locks
    /// counts. What takes longer is [`Error::TimeLimit`]. [`purge`](SqliteSessions::purge) has this time for each of its
    /// steps; opening has 10 seconds.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = time_limit(limit);
        self
    }

    /// Opens a file, and makes it and its tables if they are missing.
    ///
    /// # Errors
    /// [`Error::TablePrefix`], [`Error::NewerSchema`], [`Error::NotWal`], [`Error::TimeLimit`] when others keep the file
    /// locked, [`Error::Database`] when it cannot be opened.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteSessions, Error> {
        self.connect(SqliteConnectOptions::new().filename(path).create_if_missing(true)).await
    }

    /// Opens a database with one's own options. The journal mode, `synchronous` and the busy timeout are set to what is
    /// needed here, whatever they are.
    ///
    /// # Errors
    /// As [`open`](Self::open).
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

    /// Takes an application's own pool. Its options decide what survives: see the [crate](crate#your-own-pool).
    ///
    /// # Errors
    /// As [`open`](Self::open), but WAL is not asked for; [`Error::NotSynchronous`] with `synchronous = OFF`.
    pub async fn pool(self, pool: SqlitePool) -> Result<SqliteSessions, Error> {
        let prefix = Prefix::new(&self.prefix)?;
        ready(SqliteSessions::new(pool, &prefix, self.time_limit), false).await
    }
}

/// SQLite does not wait for the lock that switching to WAL takes, so that two processes that make a file at once get in
/// each other's way: here they try again.
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
    // The low byte of an extended code is the plain one.
    error.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == SQLITE_BUSY)
}
