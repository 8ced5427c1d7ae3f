use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, SqlitePool};
use tokio::sync::Mutex;

use super::SqliteSessionsBuilder;
use super::connection::Connection;
use super::dialect::Sqlite;
use super::statements::rows;
use super::writing::Transaction;
use crate::backend::{Backend, Value, Writing};
use crate::prefix::Prefix;
use crate::rows::{AuditRow, SessionRow};
use crate::sql::Sql;
use crate::{Error, maintenance};

/// A store of sessions and revoked tokens in SQLite.
///
/// Clones are cheap and share one pool. The [crate](crate#sqlite) documentation describes durability and settings.
///
/// # Example
///
/// ```
/// use jwt_core::{Config, JwtManager};
/// use jwt_sqlx::SqliteSessions;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let folder = std::env::temp_dir().join(format!("jwt-sqlx-sessions-{}", std::process::id()));
/// # std::fs::create_dir(&folder)?;
/// # let path = folder.join("sessions.db");
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let store = SqliteSessions::open(&path).await?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).session_store(store.clone()).build()?;
///
/// let login = jwt.log_in("alice").await?;
/// // The session is still there when the file is opened again.
/// store.close().await;
/// let store = SqliteSessions::open(&path).await?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).session_store(store.clone()).build()?;
/// jwt.rotate(&jwt.decode(login.refresh())?).await?;
/// # store.close().await;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteSessions {
    inner: Arc<Inner>,
}

struct Inner {
    pool: SqlitePool,
    turns: Mutex<()>,
    time_limit: Duration,
    prefix: Prefix,
    sql: Sql,
}

impl SqliteSessions {
    pub(super) fn new(pool: SqlitePool, prefix: &Prefix, time_limit: Duration) -> Self {
        let (sql, prefix) = (Sql::new::<Sqlite>(prefix), prefix.clone());
        Self { inner: Arc::new(Inner { pool, turns: Mutex::new(()), time_limit, prefix, sql }) }
    }

    /// Returns a builder with default options.
    #[must_use]
    pub fn builder() -> SqliteSessionsBuilder {
        SqliteSessionsBuilder::new()
    }

    /// Opens a file with default options. Creates the file and its tables if they are missing.
    ///
    /// # Errors
    /// Returns the same errors as [`SqliteSessionsBuilder::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().open(path).await
    }

    /// Uses your application's pool, with default options. The pool's options determine how durable the store is: see
    /// the [crate](crate#your-own-pool) documentation.
    ///
    /// # Errors
    /// Returns the same errors as [`SqliteSessionsBuilder::pool`].
    pub async fn from_pool(pool: SqlitePool) -> Result<Self, Error> {
        Self::builder().pool(pool).await
    }

    /// Removes sessions that have passed their absolute limit, whether or not they have ended, and revoked tokens that
    /// have expired. Returns how many rows it removed.
    ///
    /// Call this regularly, for example every hour, because the store removes nothing by itself. A removed session is
    /// [`Unknown`](jwt_session::SessionState::Unknown) and cannot become live again. Cutoffs are kept: one row for each
    /// subject that was ever cut off.
    ///
    /// The rows are removed in steps of 1000. Other calls can write between two steps.
    ///
    /// # Errors
    /// Returns [`Error::TimeLimit`] or [`Error::Database`]. Rows that earlier steps removed are not restored.
    pub async fn purge(&self, now: SystemTime) -> Result<u64, Error> {
        maintenance::purge(self, now).await
    }

    /// Closes the pool, even if it is your application's pool, and waits for running calls. Later calls return errors.
    pub async fn close(&self) {
        self.inner.pool.close().await;
    }

    pub(super) fn pool(&self) -> &SqlitePool {
        &self.inner.pool
    }

    /// Lists are the only lookups whose work grows with the number of rows, so SQLite stops them at the limit.
    async fn list<T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin>(
        &self,
        statement: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<T>, Error> {
        let mut connection = Connection::acquire(&self.inner.pool, self.inner.time_limit).await?;
        let rows = rows(&mut *connection, statement, values).await?;
        connection.give_back().await?;
        Ok(rows)
    }
}

impl Backend for SqliteSessions {
    type Dialect = Sqlite;

    fn sql(&self) -> &Sql {
        &self.inner.sql
    }

    fn prefix(&self) -> &Prefix {
        &self.inner.prefix
    }

    fn time_limit(&self) -> Duration {
        self.inner.time_limit
    }

    async fn begin(&self, limit: Duration) -> Result<impl Writing, Error> {
        Transaction::begin(&self.inner.pool, &self.inner.turns, limit).await
    }

    async fn numbers(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<i64>, Error> {
        let rows: Vec<(i64,)> = rows(&self.inner.pool, statement, values).await?;
        Ok(rows.into_iter().map(|(number,)| number).collect())
    }

    async fn sessions(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<SessionRow>, Error> {
        self.list(statement, values).await
    }

    async fn audited(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<AuditRow>, Error> {
        self.list(statement, values).await
    }
}

impl fmt::Debug for SqliteSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { prefix, time_limit, .. } = &*self.inner;
        f.debug_struct("SqliteSessions")
            .field("prefix", prefix)
            .field("time_limit", time_limit)
            .finish_non_exhaustive()
    }
}
