use std::sync::Arc;

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use super::builder::options;
use super::dialect::Postgres;
use super::{PostgresSessions, PostgresSessionsBuilder};
use crate::Error;
use crate::audit::{Log, Options};
use crate::schema::Schema;

/// An audit log in PostgreSQL.
///
/// Clones are cheap and share one queue. The [crate](crate#audit-log) documentation describes what can be lost, and who can
/// read and change the table.
///
/// # Example
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_sqlx::{PostgresAudit, PostgresSessions};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let url = std::env::var("DATABASE_URL")?;
/// let jwt = JwtManager::builder(Config::default())
///     .secret(secret)
///     .session_store(PostgresSessions::connect(&url).await?)
///     .session_events(PostgresAudit::connect(&url).await?)
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresAudit {
    pub(crate) log: Arc<Log<PostgresSessions>>,
}

impl PostgresAudit {
    /// Opens a database with default options. Creates the tables if they are missing. The URL has the form
    /// `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// Returns the same errors as [`PostgresAuditBuilder::connect`].
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::builder().connect(url).await
    }

    /// Uses your application's pool, with default options. Creates the tables if they are missing.
    ///
    /// # Errors
    /// Returns the same errors as [`PostgresAuditBuilder::pool`].
    pub async fn from_pool(pool: PgPool) -> Result<Self, Error> {
        Self::builder().pool(pool).await
    }
}

/// A builder for [`PostgresAudit`].
///
/// # Example
///
/// ```no_run
/// use std::time::Duration;
///
/// use jwt_sqlx::PostgresAudit;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let audit = PostgresAudit::builder()
///     .table_prefix("auth_")
///     .retention(Duration::from_secs(180 * 24 * 3600))
///     .connect(&std::env::var("DATABASE_URL")?)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresAuditBuilder {
    pub(crate) store: PostgresSessionsBuilder,
    pub(crate) options: Options,
}

impl Default for PostgresAuditBuilder {
    fn default() -> Self {
        // One to write events, and one to read them.
        Self { store: PostgresSessions::builder().max_connections(2), options: Options::default() }
    }
}

impl PostgresAuditBuilder {
    /// Sets the maximum number of open connections, at least 1. Default: 2.
    ///
    /// [`pool`](Self::pool) ignores this option, because the pool has its own limit.
    #[must_use]
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.store = self.store.max_connections(connections);
        self
    }

    /// Opens a database, and creates the tables if they are missing. Starts a task on the current tokio runtime. The URL has
    /// the form `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// Returns the same errors as [`PostgresSessionsBuilder::connect`].
    pub async fn connect(self, url: &str) -> Result<PostgresAudit, Error> {
        self.connect_with(options(url)?).await
    }

    /// Opens a database with sqlx's connection options, and creates the tables if they are missing.
    ///
    /// # Errors
    /// Returns the same errors as [`PostgresSessionsBuilder::connect`].
    pub async fn connect_with(self, options: PgConnectOptions) -> Result<PostgresAudit, Error> {
        let store = self.store.connect_as(options, Schema::audit::<Postgres>).await?;
        Ok(PostgresAudit { log: Arc::new(Log::start(store, self.options)) })
    }

    /// Uses your application's pool, and creates the tables if they are missing.
    ///
    /// # Errors
    /// Returns the same errors as [`PostgresSessionsBuilder::connect`].
    pub async fn pool(self, pool: PgPool) -> Result<PostgresAudit, Error> {
        let store = self.store.pool_as(pool, Schema::audit::<Postgres>).await?;
        Ok(PostgresAudit { log: Arc::new(Log::start(store, self.options)) })
    }
}
