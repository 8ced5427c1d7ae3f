//! Logs that do not continue from the position of the copy.

use std::time::{Duration, SystemTime};

use jwt_redis::{RedisSessions, Replicated};
use jwt_session::{
    EndRequest, IsRevokedRequest, Revocation, RevokeRequest, Selector, SessionState, Sessions, StateRequest,
    TokenRef,
};
use jwt_test_servers::Redis;

use crate::shared::{ALICE, GRACE, access, ask, eventually, open, start};
use crate::{is_revoked, often, seldom, state};

async fn revoke(store: &impl Revocation, id: &str, now: SystemTime) {
    store.revoke(RevokeRequest::new(TokenRef::new(ALICE, id), None, now)).await.unwrap();
}

#[tokio::test]
async fn a_log_that_was_shortened_is_no_gap() {
    let server = Redis::start();
    let source = RedisSessions::builder().log_length(10).connect(&server.url()).await.unwrap();
    let store = seldom(&source).await;
    let now = SystemTime::now();
    for round in 0..3 {
        for number in 0..500 {
            revoke(&source, &format!("{round}-{number}"), now).await;
        }
        let length: u64 = ask(&server.url(), "XLEN {jwt:0}:log");
        assert!(length < 400);
        // Catches up with everything before.
        revoke(&store, "own", now).await;
        for number in 0..500 {
            assert!(is_revoked(&store, &format!("{round}-{number}"), now).await);
        }
    }
    assert_eq!(store.entries(), 1501);
}

#[tokio::test]
async fn a_log_is_followed_over_many_answers() {
    let server = Redis::start();
    let source = open(&server).await;
    let store = seldom(&source).await;
    let now = SystemTime::now();
    for number in 0..2500 {
        revoke(&source, &number.to_string(), now).await;
    }
    ask::<()>(&server.url(), "CONFIG RESETSTAT");
    revoke(&store, "own", now).await;
    assert_eq!(store.entries(), 2501);
    let stats: String = ask(&server.url(), "INFO commandstats");
    assert!(!stats.contains("cmdstat_zscan"), "it was not loaded anew");
    let whole = seldom(&source).await;
    assert_eq!(whole.entries(), 2501);
}

/// As after a failover to a replica that lacks the latest changes, or from a backup.
#[tokio::test]
async fn older_data_are_loaded_and_nothing_is_forgotten() {
    let mut server = Redis::start();
    let source = open(&server).await;
    let now = SystemTime::now();
    revoke(&source, "saved", now).await;
    ask::<()>(&server.url(), "SAVE");
    let [behind, level, passed, ahead] = [(); 4].map(|()| seldom(&source));
    let (behind, level, passed, ahead) = (behind.await, level.await, passed.await, ahead.await);
    for id in ["lost-1", "lost-2"] {
        revoke(&source, id, now).await;
    }
    revoke(&level, "lost-3", now).await;
    // The call ends nothing, but the copy catches up with all three.
    passed.end(EndRequest::new(Selector::AllOf(ALICE), now)).await.unwrap();
    assert!(is_revoked(&passed, "lost-3", now).await);
    revoke(&ahead, "lost-4", now).await;
    server.restart();
    // Other changes with lower numbers, with the same number, and with a higher one.
    for (id, store) in [("new-2", &ahead), ("new-3", &behind), ("new-4", &level), ("new-5", &ahead)] {
        eventually("a connection", async || {
            store.revoke(RevokeRequest::new(TokenRef::new(ALICE, id), None, now)).await.is_ok()
        })
        .await;
    }
    let new = ["saved", "new-2", "new-3", "new-4", "new-5"];
    for store in [&behind, &level, &passed, &ahead] {
        revoke(store, "last", now).await;
        for id in new {
            assert!(is_revoked(store, id, now).await, "{id}");
        }
    }
    for id in ["lost-1", "lost-2", "lost-3"] {
        for store in [&level, &passed, &ahead] {
            assert!(is_revoked(store, id, now).await);
        }
        assert!(!is_revoked(&behind, id, now).await, "nobody can know");
    }
}

#[tokio::test]
async fn a_loss_is_heard_of() {
    let server = Redis::start();
    let source = open(&server).await;
    let now = SystemTime::now();
    let unaware = open(&server).await;
    revoke(&source, "known", now).await;
    start(&source, ALICE, "alive", now).await;
    start(&source, ALICE, "ended", now).await;
    source.end(EndRequest::new(Selector::One { subject: ALICE, session: "ended" }, now)).await.unwrap();
    ask::<()>(&server.url(), "FLUSHALL");
    // A program that starts now does not know about the loss until another program reports it.
    let between = often(&open(&server).await).await;
    assert!(!is_revoked(&between, "known", now).await);
    assert!(
        unaware
            .is_revoked(IsRevokedRequest::new(TokenRef::new(ALICE, "known").issued_at(now), now))
            .await
            .unwrap()
    );
    eventually("the loss", async || is_revoked(&between, "known", now).await).await;
    for session in ["alive", "ended"] {
        assert_eq!(state(&between, session, now).await, SessionState::Unknown);
    }
    let later = now + Duration::from_secs(8);
    assert!(!is_revoked(&between, "newer", later).await);
    start(&between, ALICE, "new", later).await;
    assert_eq!(state(&between, "new", later).await, SessionState::Active);
}

#[tokio::test]
async fn a_copy_remembers_what_its_source_has_lost() {
    let server = Redis::start();
    let source = open(&server).await;
    let store = often(&source).await;
    let now = SystemTime::now();
    revoke(&store, "revoked", now).await;
    start(&store, ALICE, "ended", now).await;
    store.end(EndRequest::new(Selector::AllOf(ALICE), now)).await.unwrap();
    for key in ["{jwt:0}:log", "{jwt:0}:dead", "{jwt:0}:cutoffs", "{jwt:0}:meta"] {
        assert_eq!(ask::<u32>(&server.url(), &format!("DEL {key}")), 1);
        // The copy learns of no revocation from here on, but must still know them.
        revoke(&store, key, now).await;
        assert!(is_revoked(&store, "revoked", now).await);
        assert_eq!(state(&store, "ended", now).await, SessionState::Revoked);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_are_given_up_leave_no_gap() {
    let server = Redis::start();
    let source = RedisSessions::builder().log_length(50).connect(&server.url()).await.unwrap();
    let store: Replicated = seldom(&source).await;
    let now = SystemTime::now();
    for number in 0..400_u32 {
        let id = number.to_string();
        revoke(&source, &id, now).await;
        if number.is_multiple_of(40) {
            for extra in 0..300 {
                revoke(&source, &format!("{id}-{extra}"), now).await;
            }
        }
        let wait = Duration::from_micros(u64::from(number % 40) * 25);
        let _ = tokio::time::timeout(
            wait,
            store.revoke(RevokeRequest::new(TokenRef::new(ALICE, "own"), None, now)),
        )
        .await;
    }
    revoke(&store, "own", now).await;
    assert_eq!(store.entries(), 400 + 10 * 300 + 1);
    for number in 0..400 {
        let token = TokenRef::new(ALICE, "none");
        assert!(is_revoked(&store, &number.to_string(), now).await);
        assert_eq!(
            store.state(StateRequest::new(token, now).grace(GRACE)).await.unwrap(),
            SessionState::Active
        );
        assert_eq!(
            store.state(StateRequest::new(access("none", now), now).grace(GRACE)).await.unwrap(),
            SessionState::Active
        );
    }
}
