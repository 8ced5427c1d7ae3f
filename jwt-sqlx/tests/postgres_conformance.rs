//! Runs the conformance suite on PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::time::Duration;

use jwt_conformance::Fixture;
use jwt_sqlx::PostgresSessions;
use jwt_test_servers::Postgres;

/// A single database with the same tables for all checks.
struct Shared;

impl Fixture for Shared {
    type Store = PostgresSessions;

    async fn open(&self) -> PostgresSessions {
        // A race of a hundred writers on a slow disk is not a failure here.
        let builder = PostgresSessions::builder().time_limit(Duration::from_secs(60));
        builder.connect(&Postgres::shared().url()).await.unwrap()
    }

    async fn reopen(&self, store: PostgresSessions) -> Option<PostgresSessions> {
        store.close().await;
        Some(self.open().await)
    }
}

jwt_conformance::conformance_tests!(Shared);
