//! Runs the conformance suite on a single server and on a cluster, in sixteen parts. All checks share a server, because
//! each uses its own names.

use std::time::Duration;

use jwt_redis::{RedisSessions, RedisSessionsBuilder};

/// A race of a hundred tasks on a busy machine is not a failure here.
fn options() -> RedisSessionsBuilder {
    RedisSessions::builder().time_limit(Duration::from_secs(60))
}

macro_rules! held_to_the_contract {
    ($kind:ident, $open:expr) => {
        mod $kind {
            use jwt_conformance::Fixture;
            use jwt_redis::RedisSessions;
            use jwt_test_servers::*;

            use super::options;

            struct Server;

            impl Fixture for Server {
                type Store = RedisSessions;

                async fn open(&self) -> RedisSessions {
                    $open.await.unwrap()
                }

                async fn reopen(&self, store: RedisSessions) -> Option<RedisSessions> {
                    drop(store);
                    Some(self.open().await)
                }
            }

            jwt_conformance::conformance_tests!(Server);
        }
    };
}

held_to_the_contract!(one_server, options().connect(&Redis::shared().url()));
held_to_the_contract!(a_cluster, options().cluster(RedisCluster::shared().urls().iter().map(String::as_str)));
