use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sqlx::SqlitePool;
use tokio::sync::Mutex;

use super::SqliteSessionsBuilder;
use super::dialect::Sqlite;
use super::statements::rows;
use super::writing::Transaction;
use crate::backend::{Backend, Value, Writing};
use crate::prefix::Prefix;
use crate::rows::SessionRow;
use crate::sql::Sql;
use crate::{Error, maintenance};

/// Sessions and revoked tokens in SQLite. Clones share one pool.
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

    /// With options.
    #[must_use]
    pub fn builder() -> SqliteSessionsBuilder {
        SqliteSessionsBuilder::new()
    }

    /// Opens a file, and makes it and its tables if they are missing.
    ///
    /// # Errors
    /// As [`SqliteSessionsBuilder::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().open(path).await
    }

    /// Takes an application's own pool. Its options decide what survives: see the [crate](crate#your-own-pool).
    ///
    /// # Errors
    /// As [`SqliteSessionsBuilder::pool`].
    pub async fn from_pool(pool: SqlitePool) -> Result<Self, Error> {
        Self::builder().pool(pool).await
    }

    /// Removes sessions whose absolute limit has passed, ended or not, and revoked tokens whose time has, and says how many
    /// rows that were. To be called regularly, for instance every hour, or nothing is ever removed. A removed session is
    /// [`Unknown`](jwt_session::SessionState::Unknown), never alive again. Cutoffs stay: one row for each subject
    /// that was ever cut off.
    ///
    /// It goes in steps of 1000 rows, between which others can write.
    ///
    /// # Errors
    /// [`Error::TimeLimit`] and [`Error::Database`]; the steps before have been made then.
    pub async fn purge(&self, now: SystemTime) -> Result<u64, Error> {
        maintenance::purge(self, now).await
    }

    /// Closes the pool, also one that was given, and waits for calls that are under way. Calls afterwards fail.
    pub async fn close(&self) {
        self.inner.pool.close().await;
    }

    pub(super) fn pool(&self) -> &SqlitePool {
        &self.inner.pool
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

    async fn begin(&self, _limit: Duration) -> Result<impl Writing, Error> {
        Transaction::begin(&self.inner.pool, &self.inner.turns).await
    }

    async fn numbers(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<i64>, Error> {
        let rows: Vec<(i64,)> = rows(&self.inner.pool, statement, values).await?;
        Ok(rows.into_iter().map(|(number,)| number).collect())
    }

    async fn sessions(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<SessionRow>, Error> {
        rows(&self.inner.pool, statement, values).await
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
