//! A copy of Redis, held to the contract of stores as far as it answers.

use std::time::Duration;

use jwt_conformance::Fixture;
use jwt_redis::{RedisSessions, Replicated};
use jwt_test_servers::Redis;

/// A server for all checks: they use names of their own.
struct Server;

impl Fixture for Server {
    type Store = Replicated;

    const COPIES: bool = true;

    async fn open(&self) -> Replicated {
        // Races of a hundred tasks on a busy machine are no failure here.
        let source = RedisSessions::builder().time_limit(Duration::from_secs(60));
        let source = source.connect(&Redis::shared().url()).await.unwrap();
        Replicated::builder().bound(Duration::from_secs(60)).copy(source).await.unwrap()
    }

    async fn reopen(&self, store: Replicated) -> Option<Replicated> {
        drop(store);
        Some(self.open().await)
    }
}

jwt_conformance::conformance_tests!(Server);
