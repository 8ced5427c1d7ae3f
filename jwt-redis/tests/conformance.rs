//! Redis, held to the contract of stores.

#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::time::Duration;

use jwt_conformance::Fixture;
use jwt_redis::RedisSessions;
use jwt_test_servers::Redis;

/// A server for all checks: they use names of their own.
struct Server;

impl Fixture for Server {
    type Store = RedisSessions;

    async fn open(&self) -> RedisSessions {
        // Races of a hundred tasks on a busy machine are no failure here.
        let builder = RedisSessions::builder().time_limit(Duration::from_secs(60));
        builder.connect(&Redis::shared().url()).await.unwrap()
    }

    async fn reopen(&self, store: RedisSessions) -> Option<RedisSessions> {
        drop(store);
        Some(self.open().await)
    }
}

jwt_conformance::conformance_tests!(Server);
