//! Tests the rules of `jwt_session` on a PostgreSQL server.

// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]

mod audit;
#[path = "../contract/mod.rs"]
mod contract;
mod isolation;
mod names;
mod network;
mod outages;
mod proxy;
mod schema;
mod secrecy;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jwt_sqlx::{Error, PostgresAuditBuilder};
use jwt_test_servers::Postgres;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Executor as _, PgConnection, PgPool};

pub(crate) use jwt_sqlx::{PostgresAudit as Audit, PostgresSessions as Store};

/// Blocks all other writers until the end of the transaction.
pub(crate) const LOCK: &str = "BEGIN; LOCK TABLE jwt_sessions, jwt_revoked, jwt_cutoffs IN EXCLUSIVE MODE";

/// Blocks the writers of an audit log until the end of the transaction.
pub(crate) const AUDIT_LOCK: &str = "BEGIN; LOCK TABLE jwt_audit IN EXCLUSIVE MODE";

/// Statements after which the session 2500 cannot end.
pub(crate) const CANNOT_END_2500: [&str; 2] = [
    "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'failing'; END $$",
    "CREATE TRIGGER failing BEFORE UPDATE ON jwt_sessions
    FOR EACH ROW WHEN (OLD.id = '2500') EXECUTE FUNCTION fail()",
];

/// A separate schema on the server that all tests share.
pub(crate) struct Database(String);

impl Database {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        Self(format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    pub(crate) fn schema(&self) -> &str {
        &self.0
    }

    /// Returns the URL for another process. The schema already exists.
    pub(crate) fn url(&self) -> String {
        format!("{}?options=-c%20search_path%3D{}", Postgres::shared().url(), self.0)
    }

    pub(crate) async fn options(&self) -> PgConnectOptions {
        let options: PgConnectOptions = Postgres::shared().url().parse().unwrap();
        let mut connection = options.connect().await.unwrap();
        connection.execute(&*format!("CREATE SCHEMA IF NOT EXISTS {}", self.0)).await.unwrap();
        options.options([("search_path", &self.0)])
    }

    pub(crate) async fn open(&self) -> Store {
        Store::builder().connect_with(self.options().await).await.unwrap()
    }

    /// Opens a store whose calls only reach their limit if they hang.
    pub(crate) async fn open_patiently(&self) -> Store {
        self.open_within(Duration::from_secs(60)).await
    }

    pub(crate) async fn open_within(&self, limit: Duration) -> Store {
        Store::builder().time_limit(limit).connect_with(self.options().await).await.unwrap()
    }

    pub(crate) async fn audit(&self, builder: PostgresAuditBuilder) -> Audit {
        self.try_audit(builder).await.unwrap()
    }

    pub(crate) async fn try_audit(&self, builder: PostgresAuditBuilder) -> Result<Audit, Error> {
        builder.connect_with(self.options().await).await
    }

    pub(crate) async fn audit_of(&self, pool: PgPool) -> Audit {
        Audit::from_pool(pool).await.unwrap()
    }

    pub(crate) async fn pool(&self, connections: u32) -> PgPool {
        let options = self.options().await;
        PgPoolOptions::new().max_connections(connections).connect_with(options).await.unwrap()
    }

    /// A table that belongs to someone else.
    pub(crate) async fn connection(&self) -> PgConnection {
        self.options().await.connect().await.unwrap()
    }
}
