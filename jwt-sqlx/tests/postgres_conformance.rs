//! PostgreSQL, held to the contract of stores.

#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::time::Duration;

use jwt_conformance::Fixture;
use jwt_sqlx::PostgresSessions;
use jwt_test_servers::Postgres;

/// One database for all checks, and the same tables.
struct Shared;

impl Fixture for Shared {
    type Store = PostgresSessions;

    async fn open(&self) -> PostgresSessions {
        // Races of a hundred writers on a slow disk are no failure here.
        let builder = PostgresSessions::builder().time_limit(Duration::from_secs(60));
        builder.connect(&Postgres::shared().url()).await.unwrap()
    }

    async fn reopen(&self, store: PostgresSessions) -> Option<PostgresSessions> {
        store.close().await;
        Some(self.open().await)
    }
}

jwt_conformance::conformance_tests!(Shared);
