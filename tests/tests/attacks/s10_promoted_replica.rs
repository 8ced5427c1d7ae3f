//! A replica is promoted while the old master still runs, and a user logs out at the new one. A copy of the old master
//! accepted the token for as long as the partition lasted.

use std::time::{Duration, Instant};

use jwt_core::session::Sessions;
use jwt_core::{Config, JwtManager, Policy};
use jwt_redis::{Error, RedisSessions, Replicated};
use jwt_test_servers::{Redis, RedisCluster};
use jwt_tests::{App, Ask, FRAMEWORKS, Framework, Route};
use tokio::runtime::Runtime;

use crate::Attack;
use crate::support::SECRET;

pub(crate) const ATTACK: Attack = Attack {
    name: "S10",
    tried: "a logout on a promoted replica while the old master runs; opening a server that permits this",
    on: "axum, actix-web, warp; copy of Redis, Redis, Redis Cluster",
    run,
};

const BOUND: Duration = Duration::from_secs(2);
/// How long the test waits for something. Only a test that hangs waits this long.
const PATIENCE: Duration = Duration::from_secs(30);

fn manager(store: impl Sessions) -> JwtManager {
    JwtManager::builder(Config::default()).secret(SECRET).session_store(store).build().unwrap()
}

fn on(framework: Framework, runtime: &Runtime) {
    let master = Redis::start();
    let open = || runtime.block_on(RedisSessions::connect(&master.url()));
    assert!(open().is_ok(), "no replica");
    let replica = master.replica(&[]);
    assert!(matches!(open(), Err(Error::UnreplicatedWrites { .. })));
    master.command("CONFIG SET min-replicas-to-write 1");
    // The lag of ten seconds is good enough for the store, but not for a copy with this bound.
    let copied = |source| runtime.block_on(Replicated::builder().bound(BOUND).copy(source));
    let begun = Instant::now();
    let store = loop {
        // The first script is rejected until the replica has acknowledged something.
        match open() {
            Ok(store) => break store,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
        }
    };
    assert!(matches!(copied(store), Err(Error::UnreplicatedWrites { longest }) if longest == BOUND));
    master.command("CONFIG SET min-replicas-max-lag 2");
    let old = manager(copied(open().unwrap()).unwrap());
    let server = framework.serve(App::new([Route::get("/").guarded(&old, Policy::access())]));
    let pair = runtime.block_on(async { old.log_in("alice").await }).unwrap();
    let ask = || server.ask(Ask::get("/").bearer(pair.access())).status.as_u16();
    assert_eq!(ask(), 200);
    replica.wait_for_data_of(&master);

    replica.promote();
    // The new master has no replica yet.
    let builder = RedisSessions::builder().insecure_unreplicated_writes();
    let new = manager(runtime.block_on(builder.connect(&replica.url())).unwrap());
    runtime.block_on(new.log_out(&new.decode(pair.access()).unwrap())).unwrap();
    let acknowledged = Instant::now();
    while ask() == 200 {
        assert!(acknowledged.elapsed() < PATIENCE, "{framework:?}: the token is still accepted");
    }
    assert_eq!(ask(), 503, "{framework:?}");
    // A logout that the failover would lose is not acknowledged.
    let token = old.decode(pair.access()).unwrap();
    assert!(runtime.block_on(old.log_out(&token)).is_err());
}

fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for framework in FRAMEWORKS {
        on(framework, &runtime);
    }
    let mut cluster = RedisCluster::start();
    cluster.add_replica(1);
    let urls = cluster.urls();
    let open = RedisSessions::builder().cluster(urls.iter().map(String::as_str));
    assert!(matches!(runtime.block_on(open), Err(Error::UnreplicatedWrites { .. })));
}
