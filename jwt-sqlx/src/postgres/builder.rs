use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::time::timeout;

use super::PostgresSessions;
use super::statements::rows;
use crate::Error;
use crate::maintenance::{OPENING, migrate};
use crate::prefix::Prefix;
use crate::time::time_limit;

/// Options of [`PostgresSessions`].
#[derive(Clone, Debug)]
pub struct PostgresSessionsBuilder {
    prefix: String,
    time_limit: Duration,
    max_connections: u32,
}

impl PostgresSessionsBuilder {
    pub(super) fn new() -> Self {
        Self { prefix: "jwt_".to_owned(), time_limit: Duration::from_secs(2), max_connections: 10 }
    }

    /// What the names of the tables start with, `jwt_` by default: 1 to 32 ASCII letters, digits and underscores, the
    /// first no digit. Stores with different prefixes in one schema know nothing of each other. Large letters are taken for
    /// small ones.
    #[must_use]
    pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long each call may take, 2 seconds by default; from a millisecond to an hour. Waiting for a connection and for
    /// locks counts. What takes longer is [`Error::TimeLimit`]. [`purge`](PostgresSessions::purge) has this time for each of
    /// its steps; opening has 10 seconds.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = time_limit(limit);
        self
    }

    /// How many connections there may be at once, 10 by default, at least one. One's own [`pool`](Self::pool) has a setting
    /// of its own.
    #[must_use]
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.max_connections = connections.max(1);
        self
    }

    /// Opens a database by its URL, `postgres://user:password@host/database`, and makes the tables if they are missing.
    ///
    /// # Errors
    /// [`Error::TablePrefix`], [`Error::NewerSchema`], [`Error::NotSynchronous`] with `synchronous_commit = off`,
    /// [`Error::TimeLimit`] when the server does not answer or cannot be reached, [`Error::Database`] when it refuses.
    pub async fn connect(self, url: &str) -> Result<PostgresSessions, Error> {
        // The cause would show a part of it.
        let options =
            url.parse().map_err(|_| sqlx::Error::Configuration("the URL is not understood".into()))?;
        self.connect_with(options).await
    }

    /// Opens a database with one's own options.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with(self, options: PgConnectOptions) -> Result<PostgresSessions, Error> {
        let pool = PgPoolOptions::new()
            .max_connections(self.max_connections)
            // Ours are over first.
            .acquire_timeout(self.time_limit.saturating_add(OPENING))
            // A connection that is closed is found out by using it, without asking the server twice each time.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        self.pool(pool).await
    }

    /// Takes an application's own pool.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn pool(self, pool: PgPool) -> Result<PostgresSessions, Error> {
        let store = PostgresSessions::new(pool, Prefix::new(&self.prefix)?, self.time_limit);
        timeout(OPENING, prepare(&store)).await.unwrap_or(Err(Error::TimeLimit))?;
        Ok(store)
    }
}

async fn prepare(store: &PostgresSessions) -> Result<(), Error> {
    let mut connection = store.pool().acquire().await?;
    let synchronous: Vec<(String,)> = rows(&mut connection, "SHOW synchronous_commit", &[]).await?;
    if synchronous.iter().any(|(setting,)| setting == "off") {
        return Err(Error::NotSynchronous);
    }
    drop(connection);
    migrate(store).await
}
