//! Servers that hang, fail, and come back, and replies that are lost.

use std::time::{Duration, Instant, SystemTime};

use jwt_redis::{Error, RedisSessions};
use jwt_session::{
    EndRequest, Graced, IsRevokedRequest, ListRequest, Revocation, RevokeRequest, RotateRequest, Rotation,
    Selector, SessionState, Sessions, StateRequest, TokenRef, TouchRequest,
};
use jwt_test_servers::Redis;
use tokio::join;
use tokio::task::JoinSet;

use crate::proxy::Proxy;
use crate::shared::{ALICE, GRACE, IDLE, access, ask, error, eventually, open, scripts_run, start};

const LIMIT: Duration = Duration::from_millis(300);
/// How long a call may take. Only one that hangs takes this long.
const PATIENCE: Duration = Duration::from_secs(30);

async fn impatient(url: &str) -> RedisSessions {
    RedisSessions::builder().time_limit(LIMIT).connect(url).await.unwrap()
}

/// Makes the server cache the scripts of these calls.
async fn warm_up(store: &RedisSessions, now: SystemTime) {
    start(store, ALICE, "warm", now).await;
    let token = TokenRef::refresh(ALICE, "warm", "warm-0");
    store.rotate(RotateRequest::new(token, "warm-1", now).grace(GRACE).idle(IDLE)).await.unwrap();
    store.touch(TouchRequest::new(token, now).idle(IDLE)).await.unwrap();
    store.revoke(RevokeRequest::new(token, None, now)).await.unwrap();
    store.end(EndRequest::new(Selector::One { subject: ALICE, session: "warm" }, now)).await.unwrap();
}

#[tokio::test]
async fn what_was_given_up_is_not_done_later() {
    let server = Redis::start();
    let patient = open(&server).await;
    let store = impatient(&server.url()).await;
    let now = SystemTime::now();
    warm_up(&patient, now).await;
    start(&patient, ALICE, "rotated", now).await;
    start(&patient, ALICE, "ended", now).await;
    let (presented, revoked) =
        (TokenRef::refresh(ALICE, "rotated", "rotated-0"), TokenRef::new(ALICE, "revoked"));
    let one = Selector::One { subject: ALICE, session: "ended" };
    // The connection exists.
    assert!(!store.is_revoked(IsRevokedRequest::new(revoked, now)).await.unwrap());
    ask::<()>(&server.url(), "CONFIG RESETSTAT");
    server.pause();
    let (rotation, end, revocation, begun) = join!(
        store.rotate(RotateRequest::new(presented, "rotated-1", now).grace(GRACE).idle(IDLE)),
        store.end(EndRequest::new(one, now)),
        store.revoke(RevokeRequest::new(revoked, None, now)),
        async { crate::shared::try_start(&store, ALICE, "begun", now).await },
    );
    for given_up in [rotation.err(), end.err(), revocation.err(), begun.err()] {
        assert!(matches!(error(&given_up.unwrap()), Error::TimeLimit));
    }
    server.resume();
    // Everything has reached the server.
    eventually("the calls", async || scripts_run(&server.url()) >= 4).await;
    assert_eq!(
        store.state(StateRequest::new(access("ended", now), now).grace(GRACE)).await.unwrap(),
        SessionState::Active
    );
    assert_eq!(
        store.state(StateRequest::new(access("begun", now), now).grace(GRACE)).await.unwrap(),
        SessionState::Unknown
    );
    assert!(!patient.is_revoked(IsRevokedRequest::new(revoked, now)).await.unwrap());
    let rotation = patient.rotate(RotateRequest::new(presented, "rotated-2", now).idle(IDLE)).await.unwrap();
    assert!(matches!(rotation, Rotation::Rotated(_)), "{rotation:?}");
}

#[tokio::test]
async fn an_answer_that_is_lost_is_no_second_use() {
    let server = Redis::start();
    let proxy = Proxy::before(server.port()).await;
    let store = RedisSessions::builder().time_limit(PATIENCE).connect(&proxy.url()).await.unwrap();
    let now = SystemTime::now();
    warm_up(&store, now).await;
    for grace in [Duration::ZERO, GRACE] {
        let id = format!("{grace:?}");
        start(&store, ALICE, &id, now).await;
        let [zero, one, two] = [0, 1, 2].map(|number| format!("{id}-{number}"));
        proxy.lose_the_next_answer();
        let rotation = store
            .rotate(
                RotateRequest::new(TokenRef::refresh(ALICE, &id, &zero), &one, now).grace(grace).idle(IDLE),
            )
            .await
            .unwrap();
        assert!(proxy.has_lost_it());
        match rotation {
            Rotation::Rotated(_) => {}
            Rotation::Grace(Graced { current, .. }) => assert_eq!(current, one),
            other => panic!("{other:?}"),
        }
        let rotation = store
            .rotate(
                RotateRequest::new(TokenRef::refresh(ALICE, &id, &one), &two, now).grace(grace).idle(IDLE),
            )
            .await
            .unwrap();
        assert!(matches!(rotation, Rotation::Rotated(_)), "{rotation:?}");
    }
    // The current token is kept, and an exchange while tokens are kept is repeated.
    start(&store, ALICE, "kept", now).await;
    let keeping = |presented, next| {
        let token = TokenRef::refresh(ALICE, "kept", presented);
        store.rotate(RotateRequest::new(token, next, now).grace(GRACE).keep(GRACE).idle(IDLE))
    };
    for (presented, next, is_kept) in [("kept-0", "kept-1", false), ("kept-1", "unused", true)] {
        proxy.lose_the_next_answer();
        let rotation = keeping(presented, next).await.unwrap();
        assert!(proxy.has_lost_it());
        assert_eq!(matches!(rotation, Rotation::Kept(_)), is_kept, "{rotation:?}");
        assert_eq!(matches!(rotation, Rotation::Rotated(_)), !is_kept, "{rotation:?}");
    }
    let rotation = keeping("kept-0", "unused").await.unwrap();
    assert!(matches!(rotation, Rotation::Grace(Graced { current, .. }) if current == "kept-1"));
    proxy.lose_the_next_answer();
    start(&store, ALICE, "begun", now).await;
    proxy.lose_the_next_answer();
    store.end(EndRequest::new(Selector::AllOf(ALICE), now)).await.unwrap();
    assert!(store.list(ListRequest::new(ALICE, now)).await.unwrap().sessions.is_empty());
}

#[tokio::test]
async fn errors_until_the_server_is_back() {
    let mut server = Redis::durable();
    let store = RedisSessions::builder().time_limit(PATIENCE * 2).connect(&server.url()).await.unwrap();
    let now = SystemTime::now();
    start(&store, ALICE, "session", now).await;
    for _ in 0..2 {
        server.kill();
        for _ in 0..20 {
            let asked = Instant::now();
            store.state(StateRequest::new(access("session", now), now).grace(GRACE)).await.unwrap_err();
            store.is_revoked(IsRevokedRequest::new(access("session", now), now)).await.unwrap_err();
            // Rejected at once, not after a time limit.
            assert!(asked.elapsed() < PATIENCE);
        }
        server.restart();
        eventually("a connection", async || {
            let state = store.state(StateRequest::new(access("session", now), now).grace(GRACE)).await;
            state.is_ok_and(|state| {
                assert_eq!(state, SessionState::Active);
                true
            })
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_that_hangs_holds_nobody_up_for_longer_than_the_limit() {
    let server = Redis::start();
    let proxy = Proxy::before(server.port()).await;
    let store = impatient(&proxy.url()).await;
    let now = SystemTime::now();
    start(&store, ALICE, "session", now).await;
    proxy.hang(true);
    // The first calls use a connection, and none is made for the next ones.
    for _ in 0..3 {
        let mut calls = JoinSet::new();
        for _ in 0..20 {
            let store = store.clone();
            calls.spawn(async move {
                let asked = Instant::now();
                store.state(StateRequest::new(access("session", now), now).grace(GRACE)).await.unwrap_err();
                asked.elapsed()
            });
        }
        for took in calls.join_all().await {
            assert!(took < PATIENCE, "{took:?}");
        }
    }
    proxy.hang(false);
    eventually("a connection", async || {
        store.state(StateRequest::new(access("session", now), now).grace(GRACE)).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_long_list_ends_at_the_time_limit() {
    let server = Redis::start();
    let proxy = Proxy::before(server.port()).await;
    let now = SystemTime::now();
    let patient = open(&server).await;
    for number in 0..3000 {
        start(&patient, ALICE, &number.to_string(), now).await;
    }
    let limit = Duration::from_secs(1);
    let store = RedisSessions::builder().time_limit(limit).connect(&proxy.url()).await.unwrap();
    let list = ListRequest::new(ALICE, now);
    // Each step is within the limit, but not all of them together.
    proxy.delay(100);
    let asked = Instant::now();
    let given_up = store.list(list).await.unwrap_err();
    assert!(matches!(error(&given_up), Error::TimeLimit));
    assert!(asked.elapsed() < PATIENCE, "{:?}", asked.elapsed());
    assert_eq!(patient.list(list.limit(1000)).await.unwrap().sessions.len(), 1000);
}

#[tokio::test]
async fn a_check_is_one_round_trip() {
    let server = Redis::start();
    let store = open(&server).await;
    let now = SystemTime::now();
    start(&store, ALICE, "session", now).await;
    let refresh = TokenRef::refresh(ALICE, "session", "session-0");
    let tokens = [access("session", now), refresh, TokenRef::new(ALICE, "none")];
    for token in tokens {
        store.state(StateRequest::new(token, now).grace(GRACE)).await.unwrap();
    }
    ask::<()>(&server.url(), "CONFIG RESETSTAT");
    for (number, token) in (1..).zip(tokens) {
        store.state(StateRequest::new(token, now).grace(GRACE)).await.unwrap();
        assert_eq!(scripts_run(&server.url()), number);
    }
}
