//! Runs the conformance suite on a copy of Redis.

use std::time::Duration;

use jwt_conformance::Fixture;
use jwt_redis::{RedisSessions, Replicated};
use jwt_test_servers::Redis;

/// A single server for all checks, because each uses its own names.
struct Server;

impl Fixture for Server {
    type Store = Replicated;

    const COPIES: bool = true;

    async fn open(&self) -> Replicated {
        // A race of a hundred tasks on a busy machine is not a failure here.
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
