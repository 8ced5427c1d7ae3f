//! Tests the rules of `jwt_session` on a file.

// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]

mod audit;
#[path = "../contract/mod.rs"]
mod contract;
mod durability;
mod limits;
mod schema;
mod secrecy;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jwt_sqlx::{Error, SqliteAuditBuilder};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, SqliteConnection, SqlitePool};

pub(crate) use jwt_sqlx::{SqliteAudit as Audit, SqliteSessions as Store};

/// Blocks all other writers until the end of the transaction.
pub(crate) const LOCK: &str = "BEGIN IMMEDIATE";

/// Blocks the writers of an audit log until the end of the transaction.
pub(crate) const AUDIT_LOCK: &str = LOCK;

/// Statements after which the session 2500 cannot end.
pub(crate) const CANNOT_END_2500: [&str; 1] =
    ["CREATE TRIGGER failing BEFORE UPDATE OF ended_at ON jwt_sessions WHEN OLD.id = '2500'
    BEGIN SELECT RAISE(ABORT, 'failing'); END"];

/// A file in its own folder, which is removed afterwards.
pub(crate) struct Database(PathBuf);

impl Database {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("jwt-sqlx-{process}-{count}"));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("sessions.db")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(self.file()).await.unwrap()
    }

    /// Opens a store whose calls only reach their limit if they hang.
    pub(crate) async fn open_patiently(&self) -> Store {
        self.open_within(Duration::from_secs(60)).await
    }

    pub(crate) async fn open_within(&self, limit: Duration) -> Store {
        Store::builder().time_limit(limit).open(self.file()).await.unwrap()
    }

    pub(crate) async fn audit(&self, builder: SqliteAuditBuilder) -> Audit {
        self.try_audit(builder).await.unwrap()
    }

    pub(crate) async fn try_audit(&self, builder: SqliteAuditBuilder) -> Result<Audit, Error> {
        builder.open(self.file()).await
    }

    pub(crate) async fn audit_of(&self, pool: SqlitePool) -> Audit {
        Audit::from_pool(pool).await.unwrap()
    }

    pub(crate) async fn pool(&self, connections: u32) -> SqlitePool {
        let options = SqliteConnectOptions::new().filename(self.file()).create_if_missing(true);
        SqlitePoolOptions::new().max_connections(connections).connect_with(options).await.unwrap()
    }

    /// A table that belongs to someone else.
    pub(crate) async fn connection(&self) -> SqliteConnection {
        SqliteConnection::connect(&format!("sqlite:{}", self.file().display())).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}
