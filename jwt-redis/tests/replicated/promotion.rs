//! A replica that is promoted while the old master still runs: a copy of the old master must not be trusted for long.

use std::time::{Duration, Instant, SystemTime};

use jwt_redis::{Error, RedisSessions, RedisSessionsBuilder, Replicated};
use jwt_session::{BoxError, EndRequest, Selector, SessionState, Sessions, StateRequest};
use jwt_test_servers::Redis;

use crate::shared::{ALICE, GRACE, Log, access, error, eventually, start};

const BOUND: Duration = Duration::from_secs(2);
/// How long a master acknowledges changes after it was cut off, with a lag of two seconds: Redis rounds the lag up, and
/// counts the replicas once a second.
const CUT_OFF: Duration = Duration::from_secs(2 + 2);
/// For a busy machine.
const SLACK: Duration = Duration::from_secs(2);

fn builder() -> RedisSessionsBuilder {
    RedisSessions::builder().time_limit(Duration::from_secs(20))
}

async fn copy(source: RedisSessions) -> Replicated {
    Replicated::builder().bound(BOUND).interval(Duration::from_millis(10)).copy(source).await.unwrap()
}

/// Returns a master that holds changes back, and its replica.
async fn servers() -> (Redis, Redis) {
    let master = Redis::start();
    let replica = master.replica(&[]);
    for setting in ["min-replicas-max-lag 2", "min-replicas-to-write 1"] {
        master.command(&format!("CONFIG SET {setting}"));
    }
    eventually("an acknowledgment", async || builder().connect(&master.url()).await.is_ok()).await;
    (master, replica)
}

async fn known(copy: &Replicated, session: &str, now: SystemTime) -> Result<SessionState, BoxError> {
    copy.state(StateRequest::new(access(session, now), now).grace(GRACE)).await
}

#[tokio::test]
async fn a_logout_on_a_promoted_replica_takes_effect_within_the_bound() {
    let (master, replica) = servers().await;
    let old = copy(builder().connect(&master.url()).await.unwrap()).await;
    let now = SystemTime::now();
    start(&old, ALICE, "session", now).await;
    replica.wait_for_data_of(&master);

    // The replica leaves at once, so the old master knows immediately that it is alone.
    replica.promote();
    let new = builder().insecure_unreplicated_writes().connect(&replica.url()).await.unwrap();
    let ended = new.end(EndRequest::new(Selector::One { subject: ALICE, session: "session" }, now)).await;
    assert_eq!(ended.unwrap().live, 1);
    let acknowledged = Instant::now();

    eventually("the bound", async || known(&old, "session", now).await.is_err()).await;
    assert!(acknowledged.elapsed() < BOUND + SLACK, "{:?}", acknowledged.elapsed());
    assert!(matches!(error(&known(&old, "session", now).await.unwrap_err()), Error::Stale));
    // Nothing can be ended on the old master, so nothing is lost.
    let refused = old.end(EndRequest::new(Selector::AllOf(ALICE), now)).await.unwrap_err();
    assert!(refused.to_string().contains("NOREPLICAS"), "{refused}");
}

#[tokio::test]
async fn a_master_whose_replica_is_silent_is_not_trusted_for_long() {
    let (master, replica) = servers().await;
    let old = copy(builder().connect(&master.url()).await.unwrap()).await;
    let now = SystemTime::now();
    start(&old, ALICE, "session", now).await;
    let cut_off = Instant::now();
    // As if the network between the two was lost.
    replica.pause();
    eventually("the bound", async || known(&old, "session", now).await.is_err()).await;
    assert!(cut_off.elapsed() < CUT_OFF + BOUND + SLACK, "{:?}", cut_off.elapsed());
    replica.resume();
    eventually("answers", async || known(&old, "session", now).await.is_ok()).await;
}

#[tokio::test]
async fn a_replica_that_is_added_without_the_setting_is_noticed() {
    let server = Redis::start();
    let old = copy(builder().connect(&server.url()).await.unwrap()).await;
    let now = SystemTime::now();
    start(&old, ALICE, "session", now).await;
    let log = Log::of_this_thread();
    let replica = server.replica(&[]);
    // No connection breaks, so only the next regular look can notice it.
    eventually("the next look", async || known(&old, "session", now).await.is_err()).await;
    assert_eq!(log.count("redis is not used until this is fixed"), 1, "{}", log.text());
    for setting in ["min-replicas-max-lag 2", "min-replicas-to-write 1"] {
        server.command(&format!("CONFIG SET {setting}"));
    }
    eventually("answers", async || known(&old, "session", now).await.is_ok()).await;
    drop(replica);
}

#[tokio::test]
async fn a_lag_that_becomes_longer_than_the_bound_is_noticed() {
    let (master, _replica) = servers().await;
    let source = builder().connect(&master.url()).await.unwrap();
    let old = copy(source.clone()).await;
    let now = SystemTime::now();
    start(&old, ALICE, "session", now).await;
    master.command("CONFIG SET min-replicas-max-lag 3");
    eventually("the next look", async || known(&old, "session", now).await.is_err()).await;
    // The lag is still short enough for a store without a copy.
    let known = source.state(StateRequest::new(access("session", now), now).grace(GRACE)).await;
    assert_eq!(known.unwrap(), SessionState::Active);
}
