use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool};

use super::PostgresSessionsBuilder;
use super::connection::{Connection, Tries};
use super::dialect::Postgres;
use super::names::unescaped;
use super::statements::rows;
use super::writing::Transaction;
use crate::backend::{Backend, Value, Writing};
use crate::prefix::Prefix;
use crate::rows::SessionRow;
use crate::sql::Sql;
use crate::{Error, maintenance};

/// Sessions and revoked tokens in PostgreSQL. Clones share one pool.
#[derive(Clone)]
pub struct PostgresSessions {
    inner: Arc<Inner>,
}

struct Inner {
    pool: PgPool,
    time_limit: Duration,
    prefix: Prefix,
    sql: Sql,
}

impl PostgresSessions {
    pub(super) fn new(pool: PgPool, prefix: Prefix, time_limit: Duration) -> Self {
        let sql = Sql::new::<Postgres>(&prefix);
        Self { inner: Arc::new(Inner { pool, time_limit, prefix, sql }) }
    }

    /// With options.
    #[must_use]
    pub fn builder() -> PostgresSessionsBuilder {
        PostgresSessionsBuilder::new()
    }

    /// Opens a database by its URL, `postgres://user:password@host/database`, and makes the tables if they are missing.
    ///
    /// # Errors
    /// As [`PostgresSessionsBuilder::connect`].
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::builder().connect(url).await
    }

    /// Takes an application's own pool.
    ///
    /// # Errors
    /// As [`PostgresSessionsBuilder::pool`].
    pub async fn from_pool(pool: PgPool) -> Result<Self, Error> {
        Self::builder().pool(pool).await
    }

    /// Removes sessions whose absolute limit has passed, ended or not, and revoked tokens whose time has, and says how many
    /// rows that were. To be called regularly, for instance every hour, or nothing is ever removed. A removed session is
    /// [`Unknown`](jwt_session::SessionState::Unknown), never alive again. Cutoffs stay: one row for each subject
    /// that was ever cut off.
    ///
    /// It goes in steps of 1000 rows, each a transaction, and leaves rows that somebody is changing to the next time. Several
    /// machines may do it at once.
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

    pub(super) fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    /// The rows of a statement that changes nothing, and can be asked again.
    async fn read<T: for<'r> FromRow<'r, PgRow> + Send>(
        &self,
        statement: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<T>, Error> {
        let pool = &self.inner.pool;
        let mut tries = Tries::new(pool);
        loop {
            let mut connection = Connection::acquire(pool).await?;
            match rows(&mut connection, statement, values).await {
                Ok(rows) => {
                    connection.give_back();
                    return Ok(rows);
                }
                Err(error) => tries.again(error)?,
            }
        }
    }
}

impl Backend for PostgresSessions {
    type Dialect = Postgres;

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
        Transaction::begin(&self.inner.pool, limit).await
    }

    async fn numbers(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<i64>, Error> {
        let rows: Vec<(i64,)> = self.read(statement, values).await?;
        Ok(rows.into_iter().map(|(number,)| number).collect())
    }

    async fn sessions(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<SessionRow>, Error> {
        type Stored = (String, Option<String>, Option<String>, i64, i64, i64);
        let rows: Vec<Stored> = self.read(statement, values).await?;
        let session = |(key, label, whole, started_at, last_used_at, expires_at): Stored| {
            let id = unescaped(whole.unwrap_or(key));
            (id, label.map(unescaped), started_at, last_used_at, expires_at)
        };
        Ok(rows.into_iter().map(session).collect())
    }
}

impl fmt::Debug for PostgresSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { prefix, time_limit, .. } = &*self.inner;
        f.debug_struct("PostgresSessions")
            .field("prefix", prefix)
            .field("time_limit", time_limit)
            .finish_non_exhaustive()
    }
}
