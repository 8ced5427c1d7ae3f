use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jwt_core::BoxError;
use sqlx::SqlitePool;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::SqliteSessionsBuilder;
use super::writing::Writing;
use crate::Error;
use crate::prefix::Prefix;
use crate::schema;
use crate::sql::Sql;
use crate::time::millis;

/// So many rows are purged at once: more would keep other writers waiting.
const PURGED_AT_ONCE: i64 = 1000;

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
        let (sql, prefix) = (Sql::new(prefix), prefix.clone());
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
    /// [`Unknown`](jwt_core::session::SessionState::Unknown), never alive again. Cutoffs stay: one row for each subject
    /// that was ever cut off.
    ///
    /// It goes in steps of 1000 rows, between which others can write.
    ///
    /// # Errors
    /// [`Error::TimeLimit`] and [`Error::Database`]; the steps before have been made then.
    pub async fn purge(&self, now: SystemTime) -> Result<u64, Error> {
        let sql = self.sql();
        let sessions = self.purge_with(&sql.purge_sessions, now).await?;
        let revoked = self.purge_with(&sql.purge_revoked, now).await?;
        Ok(sessions.saturating_add(revoked))
    }

    async fn purge_with(&self, statement: &str, now: SystemTime) -> Result<u64, Error> {
        let mut removed = 0_u64;
        loop {
            let step = self.limited(async {
                let mut writing = self.write().await?;
                let query = sqlx::query(statement).bind(millis(now)).bind(PURGED_AT_ONCE);
                let rows = query.execute(writing.connection()).await?.rows_affected();
                writing.commit().await?;
                Ok(rows)
            });
            match step.await? {
                0 => return Ok(removed),
                rows => removed = removed.saturating_add(rows),
            }
        }
    }

    /// Closes the pool, also one that was given, and waits for calls that are under way. Calls afterwards fail.
    pub async fn close(&self) {
        self.inner.pool.close().await;
    }

    pub(super) fn pool(&self) -> &SqlitePool {
        &self.inner.pool
    }

    pub(super) fn sql(&self) -> &Sql {
        &self.inner.sql
    }

    pub(super) async fn write(&self) -> Result<Writing<'_>, Error> {
        Writing::begin(&self.inner.pool, &self.inner.turns).await
    }

    /// An error when the time is over.
    pub(super) async fn limited<T>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        timeout(self.inner.time_limit, work).await.unwrap_or(Err(Error::TimeLimit))
    }

    /// [`limited`](Self::limited), for the traits.
    pub(super) async fn answer<T>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, BoxError> {
        Ok(self.limited(work).await?)
    }

    /// Makes the tables or brings them up to date, all in one transaction: of two processes, one waits for the other.
    pub(super) async fn migrate(&self) -> Result<(), Error> {
        let (prefix, sql) = (&self.inner.prefix, self.sql());
        let mut writing = self.write().await?;
        sqlx::query(&schema::versions(prefix)).persistent(false).execute(writing.connection()).await?;
        let found: Option<i64> = sqlx::query_scalar(&sql.version).fetch_one(writing.connection()).await?;
        let found = found.unwrap_or(0);
        let mut version = 0_i64;
        for step in schema::steps(prefix) {
            version = version.saturating_add(1);
            if version > found {
                for statement in step {
                    sqlx::query(&statement).persistent(false).execute(writing.connection()).await?;
                }
                sqlx::query(&sql.add_version).bind(version).execute(writing.connection()).await?;
            }
        }
        if found > version {
            return Err(Error::NewerSchema { found, known: version });
        }
        writing.commit().await
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
