//! Lost data: tokens that were rejected before the loss are not accepted afterwards.

use std::time::{Duration, SystemTime};

use jwt_redis::{Error, RedisSessions};
use jwt_session::{
    EndRequest, IsRevokedRequest, ListRequest, Revocation, RevokeRequest, RotateRequest, Rotation, Selector,
    SessionState, Sessions, StateRequest, TokenRef,
};
use jwt_test_servers::Redis;
use tokio::task::JoinSet;

use crate::shared::{ALICE, GRACE, IDLE, Log, access, ask, error, open, start};

const LOST: &str = "redis has lost sessions and revoked tokens";

fn revoked(now: SystemTime) -> TokenRef<'static> {
    TokenRef::new(ALICE, "revoked").issued_at(now - Duration::from_secs(10))
}

/// A token that was issued by a node whose clock is fast.
fn revoked_ahead(now: SystemTime) -> TokenRef<'static> {
    TokenRef::new(ALICE, "revoked ahead").issued_at(now + Duration::from_secs(4))
}

/// Before the loss: a revoked token without a session, a session that has ended, and one that has not.
async fn prepare(store: &RedisSessions, now: SystemTime) {
    store.revoke(RevokeRequest::new(revoked(now), None, now)).await.unwrap();
    store.revoke(RevokeRequest::new(revoked_ahead(now), None, now)).await.unwrap();
    start(store, ALICE, "ended", now).await;
    store.end(EndRequest::new(Selector::AllOf(ALICE), now)).await.unwrap();
    start(store, ALICE, "alive", now).await;
}

async fn refuses_what_was_before(store: &RedisSessions, now: SystemTime) {
    assert!(store.is_revoked(IsRevokedRequest::new(revoked(now), now)).await.unwrap());
    assert!(store.is_revoked(IsRevokedRequest::new(revoked_ahead(now), now)).await.unwrap());
    assert_eq!(
        store.state(StateRequest::new(revoked(now), now).grace(GRACE)).await.unwrap(),
        SessionState::Revoked
    );
    for session in ["ended", "alive"] {
        assert_eq!(
            store.state(StateRequest::new(access(session, now), now).grace(GRACE)).await.unwrap(),
            SessionState::Unknown
        );
        let first = format!("{session}-0");
        let rotation = store
            .rotate(
                RotateRequest::new(TokenRef::refresh(ALICE, session, &first), "next", now)
                    .grace(GRACE)
                    .idle(IDLE),
            )
            .await;
        assert_eq!(rotation.unwrap(), Rotation::Unknown);
    }
    assert!(
        store
            .list(ListRequest::new(ALICE, now))
            .await
            .unwrap()
            .sessions
            .iter()
            .all(|session| session.id.starts_with("new"))
    );
}

async fn takes_what_is_new(store: &RedisSessions, id: &str) {
    let now = SystemTime::now();
    start(store, ALICE, id, now).await;
    assert_eq!(
        store.state(StateRequest::new(access(id, now), now).grace(GRACE)).await.unwrap(),
        SessionState::Active
    );
    let newer = TokenRef::new(ALICE, "newer").issued_at(now + Duration::from_secs(7));
    assert_eq!(store.state(StateRequest::new(newer, now).grace(GRACE)).await.unwrap(), SessionState::Active);
    assert!(!store.is_revoked(IsRevokedRequest::new(newer, now)).await.unwrap());
}

#[tokio::test]
async fn nothing_is_accepted_that_may_have_been_revoked() {
    let server = Redis::start();
    let (one, other) = (open(&server).await, open(&server).await);
    let now = SystemTime::now();
    prepare(&one, now).await;
    ask::<()>(&server.url(), "FLUSHALL");
    // It cannot know until another process tells it.
    let between = open(&server).await;
    let log = Log::of_this_thread();
    takes_what_is_new(&one, "new-1").await;
    for (number, store) in [&one, &other, &between, &open(&server).await].into_iter().enumerate() {
        refuses_what_was_before(store, now).await;
        takes_what_is_new(store, &format!("new-of-{number}")).await;
    }
    assert_eq!(log.count(LOST), 2, "{}", log.text());
    assert_eq!(log.count("ERROR"), 2);
    assert!(!log.text().contains("alice"));
}

#[tokio::test]
async fn whoever_notices_later_refuses_nothing_that_is_newer() {
    let server = Redis::start();
    let (one, other) = (open(&server).await, open(&server).await);
    let now = SystemTime::now();
    prepare(&one, now).await;
    ask::<()>(&server.url(), "FLUSHALL");
    refuses_what_was_before(&one, now).await;
    let lost: String = ask(&server.url(), "HGET {jwt:0}:meta lost");
    notice(&other, now + Duration::from_secs(60)).await;
    refuses_what_was_before(&other, now).await;
    assert_eq!(ask::<String>(&server.url(), "HGET {jwt:0}:meta lost"), lost);
    // A second loss has a later time.
    ask::<()>(&server.url(), "FLUSHALL");
    notice(&other, now + Duration::from_secs(120)).await;
    assert_ne!(ask::<String>(&server.url(), "HGET {jwt:0}:meta lost"), lost);
}

#[tokio::test]
async fn many_notice_at_once() {
    let server = Redis::start();
    let stores = [open(&server).await, open(&server).await];
    let now = SystemTime::now();
    prepare(&stores[0], now).await;
    ask::<()>(&server.url(), "FLUSHALL");
    let mut calls = JoinSet::new();
    for number in 0..40 {
        let store = stores[number % 2].clone();
        calls.spawn(async move {
            refuses_what_was_before(&store, now).await;
            takes_what_is_new(&store, &format!("new-{number}")).await;
        });
    }
    calls.join_all().await;
    assert_eq!(stores[0].list(ListRequest::new(ALICE, SystemTime::now())).await.unwrap().sessions.len(), 40);
}

#[tokio::test]
async fn any_key_that_protects_is_missed() {
    let server = Redis::start();
    for key in ["meta", "dead", "cutoffs"] {
        ask::<()>(&server.url(), "FLUSHALL");
        let stores = [open(&server).await, open(&server).await];
        let now = SystemTime::now();
        prepare(&stores[0], now).await;
        assert_eq!(ask::<u32>(&server.url(), &format!("DEL {{jwt:0}}:{key}")), 1);
        // A program that starts now is the first to look.
        let later = open(&server).await;
        for store in [&later, &stores[0], &stores[1]] {
            if key != "meta" || !std::ptr::eq(store, &later) {
                refuses_what_was_before(store, now).await;
            }
        }
        takes_what_is_new(&stores[0], "new").await;
    }
}

#[tokio::test]
async fn keys_that_do_not_protect_lose_sessions_only() {
    let server = Redis::start();
    let store = open(&server).await;
    let now = SystemTime::now();
    prepare(&store, now).await;
    let keys: Vec<String> = ask(&server.url(), "KEYS *:subject*");
    assert_eq!(keys.len(), 2);
    for key in keys.iter().map(String::as_str).chain(["{jwt:0}:log"]) {
        assert_eq!(ask::<u32>(&server.url(), &format!("DEL {key}")), 1);
    }
    refuses_what_was_before(&store, now).await;
    takes_what_is_new(&store, "new").await;
    assert!(ask::<Option<String>>(&server.url(), "HGET {jwt:0}:meta lost").is_none());
}

#[tokio::test]
async fn older_data_are_other_data() {
    let mut server = Redis::start();
    let store = open(&server).await;
    let now = SystemTime::now();
    ask::<()>(&server.url(), "FLUSHALL");
    // The moment of the first loss is part of the saved data.
    notice(&store, now).await;
    ask::<()>(&server.url(), "SAVE");
    ask::<()>(&server.url(), "FLUSHALL");
    let later = SystemTime::now() + Duration::from_secs(10);
    let token = TokenRef::new(ALICE, "later").issued_at(later);
    store.revoke(RevokeRequest::new(token, None, later)).await.unwrap();
    server.restart();
    let now = later + Duration::from_secs(10);
    assert!(store.is_revoked(IsRevokedRequest::new(token, now)).await.unwrap());
}

async fn notice(store: &RedisSessions, now: SystemTime) {
    assert_eq!(store.list(ListRequest::new(ALICE, now)).await.unwrap().sessions.len(), 0);
}

#[tokio::test]
async fn other_parts_are_refused_after_a_loss() {
    let server = Redis::start();
    let store = open(&server).await;
    ask::<()>(&server.url(), "FLUSHALL");
    let other = RedisSessions::builder().buckets(2).connect(&server.url()).await.unwrap();
    let now = SystemTime::now();
    let refused = store.list(ListRequest::new(ALICE, now)).await.unwrap_err();
    assert!(matches!(error(&refused), Error::Buckets { found: 2, set: 1 }));
    other.list(ListRequest::new(ALICE, now)).await.unwrap();
}
