//! The changes that the copy receives, and when.

use std::time::{Duration, SystemTime};

use jwt_redis::{RedisSessions, Replicated};
use jwt_session::{
    Consistency, EndRequest, IsRevokedRequest, NewSession, Revocation, RevokeRequest, RotateRequest,
    Rotation, Selector, SessionState, Sessions, StartRequest, StateRequest, StatesRequest, Subject, TokenRef,
};
use jwt_test_servers::{Redis, RedisCluster};
use tokio::runtime::Handle;

use crate::shared::{ALICE, GRACE, IDLE, ISSUER, access, ask, eventually, open, scripts_run, start};
use crate::{copy, is_revoked, often, seldom, state};

/// Tokens that are revoked or whose session is ended through one copy are rejected there at once, and soon by the
/// others.
async fn all_hear_of_all(source: &RedisSessions, prefix: &str) {
    let now = SystemTime::now();
    let (one, other) = (seldom(source).await, often(source).await);
    let names: Vec<String> = (0..20).map(|number| format!("{prefix}-{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        let subject = Subject::new(ISSUER, name);
        let token = TokenRef::access(subject, "session", name).issued_at(now);
        start(&one, subject, "session", now).await;
        for store in [&one, &other] {
            assert_eq!(
                store.state(StateRequest::new(token, now).grace(GRACE)).await.unwrap(),
                SessionState::Active
            );
        }
        let moment = now + Duration::from_secs(1);
        match number % 5 {
            0 => drop(
                one.end(EndRequest::new(Selector::One { subject, session: "session" }, now)).await.unwrap(),
            ),
            1 => drop(
                one.end(EndRequest::new(Selector::AllExcept { subject, session: "" }, now)).await.unwrap(),
            ),
            2 => {
                let selector = Selector::IssuedBefore { issuer: ISSUER, subject: Some(name), moment };
                one.end(EndRequest::new(selector, now)).await.unwrap();
            }
            3 => one.revoke(RevokeRequest::new(token, None, now)).await.unwrap(),
            _ => {
                let stolen = TokenRef::refresh(subject, "session", "spent");
                assert_eq!(
                    one.rotate(RotateRequest::new(stolen, "next", now).grace(GRACE).idle(IDLE))
                        .await
                        .unwrap(),
                    Rotation::Reused
                );
            }
        }
        assert_eq!(
            one.state(StateRequest::new(token, now).grace(GRACE)).await.unwrap(),
            SessionState::Revoked,
            "{number}"
        );
        eventually("the other one", async || {
            other.state(StateRequest::new(token, now).grace(GRACE)).await.unwrap() == SessionState::Revoked
        })
        .await;
    }
    // Everyone, in all parts.
    let issuer = format!("{ISSUER}/{prefix}");
    let subjects = names.iter().map(|name| Subject::new(&issuer, name));
    for subject in subjects.clone() {
        start(&one, subject, "session", now).await;
    }
    let moment = now + Duration::from_millis(1);
    let ended = one
        .end(EndRequest::new(Selector::IssuedBefore { issuer: &issuer, subject: None, moment }, now))
        .await;
    assert_eq!(ended.unwrap().live, 20);
    for subject in subjects {
        let token = TokenRef::access(subject, "session", "id").issued_at(now);
        assert_eq!(
            one.state(StateRequest::new(token, now).grace(GRACE)).await.unwrap(),
            SessionState::Revoked
        );
        eventually("the other one", async || {
            other.state(StateRequest::new(token, now).grace(GRACE)).await.unwrap() == SessionState::Revoked
        })
        .await;
    }
}

#[tokio::test]
async fn a_log_out_is_heard_of() {
    all_hear_of_all(&open(Redis::shared()).await, "server").await;
}

#[tokio::test]
async fn and_in_a_cluster() {
    let cluster = RedisCluster::shared().urls();
    let builder = RedisSessions::builder().time_limit(Duration::from_secs(20));
    all_hear_of_all(&builder.cluster(cluster.iter().map(String::as_str)).await.unwrap(), "cluster").await;
}

#[tokio::test]
async fn sessions_under_a_moment_to_come_are_heard_of() {
    let server = Redis::start();
    let store = seldom(&open(&server).await).await;
    let now = SystemTime::now();
    let moment = now + Duration::from_secs(1800);
    store
        .end(EndRequest::new(Selector::IssuedBefore { issuer: ISSUER, subject: Some("alice"), moment }, now))
        .await
        .unwrap();
    start(&store, ALICE, "session", now).await;
    // Issued afterwards, by a clock that is fast.
    assert_eq!(state(&store, "session", moment).await, SessionState::Revoked);
}

#[tokio::test]
async fn look_ups_do_not_leave_the_process() {
    let server = Redis::start();
    let store = seldom(&open(&server).await).await;
    let now = SystemTime::now();
    start(&store, ALICE, "session", now).await;
    store.revoke(RevokeRequest::new(TokenRef::new(ALICE, "revoked"), None, now)).await.unwrap();
    let refresh = TokenRef::refresh(ALICE, "session", "session-0");
    // Makes the server cache the scripts.
    store.state(StateRequest::new(refresh, now).grace(GRACE)).await.unwrap();
    store.is_revoked(IsRevokedRequest::new(refresh, now).consistency(Consistency::Source)).await.unwrap();
    ask::<()>(&server.url(), "CONFIG RESETSTAT");
    for _ in 0..100 {
        assert!(is_revoked(&store, "revoked", now).await);
        assert_eq!(state(&store, "session", now).await, SessionState::Active);
        assert_eq!(
            store.state(StateRequest::new(TokenRef::new(ALICE, "id"), now).grace(GRACE)).await.unwrap(),
            SessionState::Active
        );
    }
    let batch = [access("session", now); 2];
    let states = store.states(StatesRequest::new(&batch, now)).await.unwrap();
    assert_eq!(states, [SessionState::Active; 2]);
    assert_eq!(scripts_run(&server.url()), 0);
    // Only the source knows these.
    store.state(StateRequest::new(refresh, now).grace(GRACE)).await.unwrap();
    store
        .state(StateRequest::new(access("session", now), now).grace(GRACE).consistency(Consistency::Source))
        .await
        .unwrap();
    store
        .is_revoked(IsRevokedRequest::new(access("session", now), now).consistency(Consistency::Source))
        .await
        .unwrap();
    assert_eq!(scripts_run(&server.url()), 3);
}

#[tokio::test]
async fn the_source_is_asked_where_a_policy_says_so() {
    let server = Redis::start();
    let source = open(&server).await;
    let store = seldom(&source).await;
    let now = SystemTime::now();
    start(&source, ALICE, "session", now).await;
    source.end(EndRequest::new(Selector::AllOf(ALICE), now)).await.unwrap();
    source.revoke(RevokeRequest::new(TokenRef::new(ALICE, "revoked"), None, now)).await.unwrap();
    assert_eq!(state(&store, "session", now).await, SessionState::Active);
    assert!(!is_revoked(&store, "revoked", now).await);
    let known = store
        .state(StateRequest::new(access("session", now), now).grace(GRACE).consistency(Consistency::Source))
        .await
        .unwrap();
    assert_eq!(known, SessionState::Unknown);
    assert!(
        store
            .is_revoked(
                IsRevokedRequest::new(TokenRef::new(ALICE, "revoked"), now).consistency(Consistency::Source)
            )
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn the_task_ends_with_the_last_clone() {
    let server = Redis::start();
    let source = open(&server).await;
    let alive = || Handle::current().metrics().num_alive_tasks();
    let before = alive();
    let store = often(&source).await;
    let clone = store.clone();
    assert_eq!(alive(), before + 1);
    drop(store);
    ask::<()>(&server.url(), "CONFIG RESETSTAT");
    eventually("a round", async || scripts_run(&server.url()) > 2).await;
    assert_eq!(alive(), before + 1);
    drop(clone);
    eventually("the end", async || alive() == before).await;
}

#[tokio::test]
async fn what_has_expired_leaves_the_copy() {
    let server = Redis::start();
    let source = open(&server).await;
    let now = SystemTime::now();
    let long_ago = now - Duration::from_secs(100_000);
    for number in 0..50 {
        let id = number.to_string();
        source.revoke(RevokeRequest::new(TokenRef::new(ALICE, &id), Some(long_ago), long_ago)).await.unwrap();
    }
    source.revoke(RevokeRequest::new(TokenRef::new(ALICE, "for ever"), None, long_ago)).await.unwrap();
    let store: Replicated = copy(&source, Duration::from_millis(1)).await;
    assert_eq!(store.entries(), 51);
    // This call tells the copy the time.
    assert!(!is_revoked(&store, "none", now).await);
    eventually("room", async || store.entries() == 1).await;
    assert!(is_revoked(&store, "for ever", now).await);
}

#[tokio::test]
async fn a_session_that_is_over_is_known_at_its_source() {
    let store = seldom(&open(Redis::shared()).await).await;
    let now = SystemTime::now();
    let end = now + Duration::from_secs(10);
    store.start(StartRequest::new(NewSession::new(ALICE, "over", "over-0", end), now)).await.unwrap();
    let known = store
        .state(StateRequest::new(access("over", now), end).grace(GRACE).consistency(Consistency::Source))
        .await
        .unwrap();
    assert_eq!(known, SessionState::Expired);
}
