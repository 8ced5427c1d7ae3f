use std::path::Path;
use std::sync::Arc;

use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

use super::dialect::Sqlite;
use super::{SqliteSessions, SqliteSessionsBuilder};
use crate::Error;
use crate::audit::{Log, Options};
use crate::schema::Schema;

/// An audit log in SQLite.
///
/// Clones are cheap and share one queue. The [crate](crate#audit-log) documentation describes what can be lost, and who can
/// read and change the table.
///
/// # Example
///
/// ```
/// use jwt_core::session::Subject;
/// use jwt_core::{Config, JwtManager};
/// use jwt_sqlx::{SqliteAudit, SqliteSessions};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let folder = std::env::temp_dir().join(format!("jwt-sqlx-audit-{}", std::process::id()));
/// # std::fs::create_dir(&folder)?;
/// # let path = folder.join("sessions.db");
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let audit = SqliteAudit::open(&path).await?;
/// let jwt = JwtManager::builder(Config::default())
///     .secret(secret)
///     .session_store(SqliteSessions::open(&path).await?)
///     .session_events(audit.clone())
///     .build()?;
///
/// jwt.log_in("alice").label("Firefox on Linux").await?;
/// audit.flush().await?;
/// let events = audit.of_subject(Subject::new("", "alice"), 20, None).await?;
/// assert_eq!(events[0].event, "logged_in");
/// assert_eq!(events[0].label.as_deref(), Some("Firefox on Linux"));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteAudit {
    pub(crate) log: Arc<Log<SqliteSessions>>,
}

impl SqliteAudit {
    /// Opens a file with default options. Creates the file and its tables if they are missing.
    ///
    /// # Errors
    /// Returns the same errors as [`SqliteAuditBuilder::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().open(path).await
    }

    /// Uses your application's pool, with default options.
    ///
    /// # Errors
    /// Returns the same errors as [`SqliteAuditBuilder::pool`].
    pub async fn from_pool(pool: SqlitePool) -> Result<Self, Error> {
        Self::builder().pool(pool).await
    }
}

/// A builder for [`SqliteAudit`].
///
/// # Example
///
/// ```no_run
/// use std::time::Duration;
///
/// use jwt_sqlx::SqliteAudit;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let audit = SqliteAudit::builder()
///     .table_prefix("auth_")
///     .retention(Duration::from_secs(180 * 24 * 3600))
///     .open("sessions.db")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteAuditBuilder {
    pub(crate) store: SqliteSessionsBuilder,
    pub(crate) options: Options,
}

impl Default for SqliteAuditBuilder {
    fn default() -> Self {
        Self { store: SqliteSessions::builder(), options: Options::default() }
    }
}

impl SqliteAuditBuilder {
    /// Opens a file. Creates the file and its tables if they are missing. Starts a task on the current tokio runtime.
    ///
    /// # Errors
    /// Returns the same errors as [`SqliteSessionsBuilder::open`].
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteAudit, Error> {
        self.connect(SqliteConnectOptions::new().filename(path).create_if_missing(true)).await
    }

    /// Opens a database with sqlx's connection options, as [`SqliteSessionsBuilder::connect`] does.
    ///
    /// # Errors
    /// Returns the same errors as [`SqliteSessionsBuilder::open`].
    pub async fn connect(self, options: SqliteConnectOptions) -> Result<SqliteAudit, Error> {
        let store = self.store.connect_as(options, Schema::audit::<Sqlite>).await?;
        Ok(SqliteAudit { log: Arc::new(Log::start(store, self.options)) })
    }

    /// Uses your application's pool. The pool's options determine how durable the log is: see the
    /// [crate](crate#your-own-pool) documentation.
    ///
    /// # Errors
    /// Returns the same errors as [`SqliteSessionsBuilder::pool`].
    pub async fn pool(self, pool: SqlitePool) -> Result<SqliteAudit, Error> {
        let store = self.store.pool_as(pool, Schema::audit::<Sqlite>).await?;
        Ok(SqliteAudit { log: Arc::new(Log::start(store, self.options)) })
    }
}
