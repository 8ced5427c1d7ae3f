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
use crate::rows::{AuditRow, SessionRow};
use crate::sql::Sql;
use crate::{Error, maintenance};

/// A store of sessions and revoked tokens in PostgreSQL.
///
/// Clones are cheap and share one pool. The [crate](crate#postgresql) documentation describes durability, settings, and
/// cost.
///
/// # Example
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_sqlx::PostgresSessions;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let store = PostgresSessions::connect(&std::env::var("DATABASE_URL")?).await?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).session_store(store).build()?;
/// # Ok(())
/// # }
/// ```
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

    /// Returns a builder with default options.
    #[must_use]
    pub fn builder() -> PostgresSessionsBuilder {
        PostgresSessionsBuilder::new()
    }

    /// Opens a database with default options. Creates the tables if they are missing. The URL has the form
    /// `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// Returns the same errors as [`PostgresSessionsBuilder::connect`].
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::builder().connect(url).await
    }

    /// Uses your application's pool, with default options. Creates the tables if they are missing.
    ///
    /// # Errors
    /// Returns the same errors as [`PostgresSessionsBuilder::pool`].
    pub async fn from_pool(pool: PgPool) -> Result<Self, Error> {
        Self::builder().pool(pool).await
    }

    /// Removes sessions that have passed their absolute limit, whether or not they have ended, and revoked tokens that
    /// have expired. Returns how many rows it removed.
    ///
    /// Call this regularly, for example every hour, because the store removes nothing by itself. A removed session is
    /// [`Unknown`](jwt_session::SessionState::Unknown) and cannot become live again. Cutoffs are kept: one row for each
    /// subject that was ever cut off.
    ///
    /// The rows are removed in steps of 1000, each in its own transaction. Rows that another call is changing are kept
    /// until the next purge. Several machines can purge at the same time.
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

    pub(super) fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    /// Returns the rows of a read-only statement, which can be repeated.
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

    /// Lists are the only lookups whose work grows with the number of rows, so they have a limit on the server, too.
    async fn list<T: for<'r> FromRow<'r, PgRow>>(
        &self,
        statement: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<T>, Error> {
        let transaction = Transaction::begin(&self.inner.pool, self.inner.time_limit).await?;
        transaction.rows(statement, values).await
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
        type Stored = (String, Option<String>, Option<String>, i64, i64, i64, i64);
        let rows: Vec<Stored> = self.list(statement, values).await?;
        let session = |(key, label, whole, started_at, last_used_at, rotated_at, expires_at): Stored| {
            let id = unescaped(whole.unwrap_or(key));
            (id, label.map(unescaped), started_at, last_used_at, rotated_at, expires_at)
        };
        Ok(rows.into_iter().map(session).collect())
    }

    async fn audited(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<AuditRow>, Error> {
        self.list(statement, values).await
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
