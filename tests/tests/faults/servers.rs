//! Stores with a server that can be killed, stopped, and restarted.

use std::time::Duration;

use jwt_core::session::Sessions;
use jwt_redis::{RedisSessions, Replicated};
use jwt_sqlx::PostgresSessions;
use jwt_test_servers::{Postgres, Redis};
use tokio::runtime::Runtime;

/// Long enough for a busy machine to respond, short enough to wait for.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(2);
/// The maximum age of a copy.
pub(crate) const BOUND: Duration = Duration::from_secs(1);

/// A database with a server.
pub(crate) trait Engine: Send + Sync + Sized {
    /// The name of its store.
    const STORE: &'static str;
    type Store: Sessions + Clone;

    fn start() -> Self;
    fn url(&self) -> String;
    /// Opens the store as one process does.
    fn open(&self) -> impl Future<Output = Self::Store> + Send;
    fn kill(&mut self);
    fn restart(&mut self);
    fn pause(&self);
    fn resume(&self);
}

macro_rules! engine {
    ($name:ident($server:ident), $store:literal, $start:expr, $type:ty, $open:expr) => {
        pub(crate) struct $name($server);

        impl Engine for $name {
            const STORE: &'static str = $store;
            type Store = $type;

            fn start() -> Self {
                Self($start)
            }

            fn url(&self) -> String {
                self.0.url()
            }

            async fn open(&self) -> $type {
                $open(self.0.url()).await
            }

            fn kill(&mut self) {
                self.0.kill();
            }

            fn restart(&mut self) {
                self.0.restart();
            }

            fn pause(&self) {
                self.0.pause();
            }

            fn resume(&self) {
                self.0.resume();
            }
        }
    };
}

engine!(InPostgres(Postgres), "PostgreSQL", Postgres::start(), PostgresSessions, async |url: String| {
    PostgresSessions::builder().time_limit(TIME_LIMIT).connect(&url).await.unwrap()
});
engine!(InRedis(Redis), "Redis", Redis::durable(), RedisSessions, in_redis);
engine!(EverySecond(Redis), "Redis, everysec", every_second(), RedisSessions, in_redis);
engine!(Copied(Redis), "Replicated", Redis::durable(), Replicated, async |url: String| {
    Replicated::builder().bound(BOUND).copy(in_redis(url).await).await.unwrap()
});

fn every_second() -> Redis {
    Redis::with(&["--appendonly", "yes", "--appendfsync", "everysec"])
}

async fn in_redis(url: String) -> RedisSessions {
    RedisSessions::builder().time_limit(TIME_LIMIT).connect(&url).await.unwrap()
}

/// A server with one process that has opened its store.
pub(crate) struct Opened<E: Engine> {
    // Declared first, so the store's tasks end before the server.
    pub(crate) store: E::Store,
    _runtime: Runtime,
    pub(crate) engine: E,
}

impl<E: Engine> Opened<E> {
    pub(crate) fn new() -> Self {
        let (engine, runtime) = (E::start(), Runtime::new().unwrap());
        let store = runtime.block_on(engine.open());
        Self { store, _runtime: runtime, engine }
    }
}
