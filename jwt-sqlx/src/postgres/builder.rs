use std::time::{Duration, Instant};

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::time::timeout;

use super::PostgresSessions;
use super::dialect::Postgres;
use super::statements::rows;
use crate::Error;
use crate::maintenance::{OPENING, UPGRADING, is_old, migrate};
use crate::prefix::Prefix;
use crate::schema::Schema;
use crate::time::time_limit;

/// A builder for [`PostgresSessions`].
///
/// # Example
///
/// ```no_run
/// use std::time::Duration;
///
/// use jwt_sqlx::PostgresSessions;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresSessions::builder()
///     .table_prefix("auth_")
///     .time_limit(Duration::from_secs(1))
///     .max_connections(20)
///     .connect(&std::env::var("DATABASE_URL")?)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PostgresSessionsBuilder {
    prefix: String,
    time_limit: Duration,
    upgrade_time_limit: Duration,
    max_connections: u32,
}

impl PostgresSessionsBuilder {
    pub(super) fn new() -> Self {
        Self {
            prefix: "jwt_".to_owned(),
            time_limit: Duration::from_secs(2),
            upgrade_time_limit: UPGRADING,
            max_connections: 10,
        }
    }

    /// Sets the prefix of the table names. Default: `jwt_`.
    ///
    /// A prefix has 1 to 32 characters: ASCII letters, digits, and underscores. It must not start with a digit or
    /// `sqlite_`. Opening the store with an invalid prefix returns an error. PostgreSQL ignores the case of the prefix.
    /// Stores with different prefixes share nothing, even in the same schema.
    #[must_use]
    pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long each call can take, from 1 millisecond to 1 hour. Default: 2 seconds. Other values are clamped.
    ///
    /// The limit includes waiting for a connection and for locks. A call that takes longer returns
    /// [`Error::TimeLimit`]. [`purge`](PostgresSessions::purge) applies the limit to each of its steps. Opening the
    /// store has a fixed limit of 10 seconds, unless it [upgrades](Self::upgrade_time_limit) the tables.
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

    /// Sets the maximum number of open connections, at least 1. Default: 10.
    ///
    /// [`pool`](Self::pool) ignores this option, because the pool has its own limit.
    #[must_use]
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.max_connections = connections.max(1);
        self
    }

    /// Opens a database, and creates the tables if they are missing. The URL has the form
    /// `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// - [`Error::TablePrefix`] if the prefix is invalid.
    /// - [`Error::NewerSchema`] if a newer version of this crate created the tables.
    /// - [`Error::NotSynchronous`] if `synchronous_commit` is `off`.
    /// - [`Error::TimeLimit`] if the server cannot be reached or does not respond.
    /// - [`Error::Database`] if the URL is invalid or the server returns an error.
    pub async fn connect(self, url: &str) -> Result<PostgresSessions, Error> {
        self.connect_with(options(url)?).await
    }

    /// Opens a database with sqlx's connection options, and creates the tables if they are missing.
    ///
    /// # Errors
    /// Returns the same errors as [`connect`](Self::connect).
    pub async fn connect_with(self, options: PgConnectOptions) -> Result<PostgresSessions, Error> {
        self.connect_as(options, Schema::sessions::<Postgres>).await
    }

    pub(super) async fn connect_as(
        self,
        options: PgConnectOptions,
        schema: fn(&Prefix) -> Schema,
    ) -> Result<PostgresSessions, Error> {
        let pool = PgPoolOptions::new()
            .max_connections(self.max_connections)
            // The time limits of the calls pass first.
            .acquire_timeout(self.time_limit.saturating_add(OPENING))
            // Using a closed connection shows that it is closed. Testing it first would cost two round trips each time.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        self.pool_as(pool, schema).await
    }

    /// Uses your application's pool, and creates the tables if they are missing.
    ///
    /// # Errors
    /// Returns the same errors as [`connect`](Self::connect).
    pub async fn pool(self, pool: PgPool) -> Result<PostgresSessions, Error> {
        self.pool_as(pool, Schema::sessions::<Postgres>).await
    }

    pub(super) async fn pool_as(
        self,
        pool: PgPool,
        schema: fn(&Prefix) -> Schema,
    ) -> Result<PostgresSessions, Error> {
        let prefix = Prefix::new(&self.prefix)?;
        let schema = schema(&prefix);
        let store = PostgresSessions::new(pool, prefix, self.time_limit);
        let begun = Instant::now();
        let is_old = timeout(OPENING, prepare(&store, &schema)).await.unwrap_or(Err(Error::TimeLimit))?;
        let (limit, left) = if is_old {
            (self.upgrade_time_limit, self.upgrade_time_limit)
        } else {
            (OPENING, OPENING.saturating_sub(begun.elapsed()))
        };
        timeout(left, migrate(&store, &schema, limit)).await.unwrap_or(Err(Error::TimeLimit))?;
        Ok(store)
    }
}

pub(super) fn options(url: &str) -> Result<PgConnectOptions, Error> {
    // The cause would contain part of the URL.
    Ok(url.parse().map_err(|_| sqlx::Error::Configuration("the URL is invalid".into()))?)
}

/// Returns whether the tables have to be upgraded.
async fn prepare(store: &PostgresSessions, schema: &Schema) -> Result<bool, Error> {
    let mut connection = store.pool().acquire().await?;
    let synchronous: Vec<(String,)> = rows(&mut connection, "SHOW synchronous_commit", &[]).await?;
    if synchronous.iter().any(|(setting,)| setting == "off") {
        return Err(Error::NotSynchronous);
    }
    drop(connection);
    is_old(store, schema).await
}
