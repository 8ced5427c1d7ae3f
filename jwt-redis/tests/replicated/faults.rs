//! Sources that cannot be reached.

use std::time::{Duration, Instant, SystemTime};

use jwt_redis::{Error, RedisSessions, Replicated};
use jwt_session::{
    EndRequest, IsRevokedRequest, ListRequest, Revocation, RevokeRequest, RotateRequest, Rotation, Selector,
    SessionState, Sessions, StateRequest, TokenRef,
};
use jwt_test_servers::Redis;

use crate::shared::{ALICE, GRACE, IDLE, Log, access, ask, error, eventually, open, start};
use crate::{is_revoked, often, seldom, state};

const BOUND: Duration = Duration::from_secs(1);

async fn bounded(server: &Redis) -> Replicated {
    let source = RedisSessions::builder().time_limit(Duration::from_millis(300)).connect(&server.url()).await;
    let builder = Replicated::builder().bound(BOUND).interval(Duration::from_millis(5));
    builder.copy(source.unwrap()).await.unwrap()
}

async fn is_stale(store: &Replicated, now: SystemTime) -> bool {
    let known = store.state(StateRequest::new(access("session", now), now).grace(GRACE)).await;
    let revoked = store.is_revoked(IsRevokedRequest::new(access("session", now), now)).await;
    let is_stale = store.staleness() > BOUND;
    if let Err(old) = &known {
        assert!(matches!(error(old), Error::Stale));
        assert!(is_stale);
    }
    if let Err(old) = &revoked {
        assert!(matches!(error(old), Error::Stale));
    }
    known.is_err() && revoked.is_err()
}

#[tokio::test]
async fn a_copy_that_is_too_old_does_not_answer() {
    let mut server = Redis::durable();
    let store = bounded(&server).await;
    let now = SystemTime::now();
    start(&store, ALICE, "session", now).await;
    let log = Log::of_this_thread();
    server.pause();
    // Lookups still succeed within the bound.
    assert_eq!(state(&store, "session", now).await, SessionState::Active);
    eventually("the bound", async || is_stale(&store, now).await).await;
    assert!(store.staleness() > BOUND);
    server.resume();
    eventually("answers", async || !is_stale(&store, now).await).await;
    eventually("the copy", async || store.staleness() < BOUND / 2).await;

    server.kill();
    assert_eq!(state(&store, "session", now).await, SessionState::Active);
    eventually("the bound", async || is_stale(&store, now).await).await;
    server.restart();
    eventually("answers", async || !is_stale(&store, now).await).await;
    assert_eq!(state(&store, "session", now).await, SessionState::Active);
    store.revoke(RevokeRequest::new(TokenRef::new(ALICE, "revoked"), None, now)).await.unwrap();
    assert!(is_revoked(&store, "revoked", now).await);
    // Once each, not in every round.
    assert_eq!(log.count("cannot update the in-memory copy"), 2, "{}", log.text());
    assert_eq!(log.count("is up to date again"), 2);
}

#[tokio::test]
async fn a_theft_is_told_although_the_copy_cannot_hear_of_it() {
    let server = Redis::start();
    let store = seldom(&open(&server).await).await;
    let now = SystemTime::now();
    start(&store, ALICE, "session", now).await;
    start(&store, ALICE, "other", now).await;
    // The copy can read that there is a change, but not which.
    ask::<()>(&server.url(), "ACL SETUSER default -xrange");
    store.end(EndRequest::new(Selector::One { subject: ALICE, session: "other" }, now)).await.unwrap_err();
    let spent = TokenRef::refresh(ALICE, "session", "spent");
    assert_eq!(
        store.rotate(RotateRequest::new(spent, "next", now).grace(GRACE).idle(IDLE)).await.unwrap(),
        Rotation::Reused
    );
    assert_eq!(state(&store, "session", now).await, SessionState::Revoked);
    ask::<()>(&server.url(), "ACL SETUSER default +xrange");
    assert_eq!(store.end(EndRequest::new(Selector::AllOf(ALICE), now)).await.unwrap().live, 0);
    assert_eq!(state(&store, "other", now).await, SessionState::Revoked);
}

#[tokio::test]
async fn a_source_without_memory_still_tells() {
    let server = Redis::start();
    let source = open(&server).await;
    let store = bounded(&server).await;
    let heard = often(&source).await;
    let now = SystemTime::now();
    start(&source, ALICE, "session", now).await;
    source.revoke(RevokeRequest::new(TokenRef::new(ALICE, "revoked"), None, now)).await.unwrap();
    eventually("the revocation", async || is_revoked(&heard, "revoked", now).await).await;
    ask::<()>(&server.url(), "CONFIG SET maxmemory 1");
    source.revoke(RevokeRequest::new(TokenRef::new(ALICE, "refused"), None, now)).await.unwrap_err();
    source.end(EndRequest::new(Selector::AllOf(ALICE), now)).await.unwrap_err();
    // An error has changed nothing.
    assert_eq!(source.list(ListRequest::new(ALICE, now)).await.unwrap().sessions.len(), 1);
    assert!(!source.is_revoked(IsRevokedRequest::new(TokenRef::new(ALICE, "refused"), now)).await.unwrap());
    let past = tokio::time::Instant::now() + BOUND + BOUND / 2;
    while tokio::time::Instant::now() < past {
        assert!(is_revoked(&store, "revoked", now).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_master_that_is_cut_off_is_not_believed() {
    let server = Redis::start();
    let store = bounded(&server).await;
    let now = SystemTime::now();
    start(&store, ALICE, "session", now).await;
    // It has no replica that it could forward writes to.
    ask::<()>(&server.url(), "CONFIG SET min-replicas-to-write 1");
    eventually("the bound", async || is_stale(&store, now).await).await;
    ask::<()>(&server.url(), "CONFIG SET min-replicas-to-write 0");
    eventually("answers", async || !is_stale(&store, now).await).await;
}

/// A call can take up to one limit at the source, and one more until the copy has caught up, even if many others wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_do_not_queue_behind_a_server_that_hangs() {
    let server = Redis::start();
    let source = RedisSessions::builder().time_limit(Duration::from_secs(1)).connect(&server.url()).await;
    let store = often(&source.unwrap()).await;
    let client = |number: u32| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut longest = Duration::ZERO;
            for round in 0.. {
                let (id, begun, now) = (format!("{number}-{round}"), Instant::now(), SystemTime::now());
                let request = RevokeRequest::new(TokenRef::new(ALICE, &id), None, now);
                let is_over = store.revoke(request).await.is_err();
                longest = longest.max(begun.elapsed());
                if is_over {
                    break;
                }
            }
            longest
        })
    };
    let clients: Vec<_> = (0..64).map(client).collect();
    eventually("changes", async || store.entries() > 1000).await;
    server.pause();
    for client in clients {
        let longest = client.await.unwrap();
        // Twice the limit, for a busy machine. In sequence, it would take many times as long.
        assert!(longest < Duration::from_secs(4), "{longest:?}");
    }
}
