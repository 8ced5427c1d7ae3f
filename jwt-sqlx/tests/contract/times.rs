//! Times before 1970 and in the far future, and clocks that are set back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwt_session::{
    NewSession, Revocation, Rotation, RotationPolicy, Selector, SessionState, Sessions, TokenRef,
};

use super::{ALICE, GRACE, IDLE, ISSUER, POLICY, at, at_ms, rotate, rotated, session_state, start};
use crate::Database;

#[tokio::test]
async fn before_the_epoch_is_as_after_it() {
    let database = Database::new();
    let store = database.open().await;
    let then = |seconds: u64| UNIX_EPOCH - Duration::from_secs(1000) + Duration::from_secs(seconds);
    let session = NewSession::new(ALICE, "a", "a-0", then(500)).idle_expires_at(then(100));
    store.start(session, then(0)).await.unwrap();
    assert_eq!(rotate(&store, "a", "a-0", "a-1", then(1)).await, rotated(then(1) + IDLE));
    let session = store.list(ALICE, then(2)).await.unwrap().remove(0);
    assert_eq!((session.started_at, session.last_used_at), (then(0), then(1)));
    assert_eq!(session_state(&store, "a", then(102)).await, SessionState::Expired);
    assert_eq!(rotate(&store, "a", "a-0", "x", then(11)).await, Rotation::Reused);
    let moment = then(3) + Duration::from_millis(500);
    store.end(Selector::IssuedBefore { issuer: ISSUER, subject: None, moment }, then(4)).await.unwrap();
    for (seconds, state) in [(3, SessionState::Revoked), (4, SessionState::Active)] {
        let token = TokenRef::new(ALICE, "t").issued_at(then(seconds));
        assert_eq!(store.state(token, GRACE, then(5)).await.unwrap(), state);
    }
}

#[tokio::test]
async fn no_time_makes_it_panic() {
    let beyond = Duration::from_secs(1 << 62);
    let times = [
        UNIX_EPOCH - beyond,
        UNIX_EPOCH - Duration::from_nanos(1),
        UNIX_EPOCH,
        UNIX_EPOCH + Duration::from_secs(253_402_300_800),
        UNIX_EPOCH + Duration::from_millis(i64::MAX as u64),
        UNIX_EPOCH + beyond,
    ];
    let database = Database::new();
    let store = database.open().await;
    let mut id = 0;
    for now in times {
        for expires_at in times {
            id += 1;
            let id = id.to_string();
            store.start(NewSession::new(ALICE, &id, "t", expires_at), now).await.unwrap();
            for grace in [Duration::ZERO, Duration::MAX] {
                let token = TokenRef::refresh(ALICE, &id, "t").issued_at(now);
                store.state(token, grace, expires_at).await.unwrap();
                store.state(TokenRef::new(ALICE, &id).issued_at(now), grace, expires_at).await.unwrap();
                for idle in [Duration::ZERO, Duration::MAX] {
                    store.touch(token, idle, expires_at).await.unwrap();
                    store.rotate(token, "t", RotationPolicy::new(grace, idle), now).await.unwrap();
                }
            }
            store.list(ALICE, now).await.unwrap();
            store.revoke(TokenRef::new(ALICE, &id), Some(expires_at), now).await.unwrap();
        }
        store.end(Selector::AllOf(ALICE), now).await.unwrap();
        let cut_off = Selector::IssuedBefore { issuer: ISSUER, subject: Some("x"), moment: now };
        store.end(cut_off, now).await.unwrap();
        store.purge(now).await.unwrap();
    }
}

#[tokio::test]
async fn the_far_future_is_kept() {
    let far = UNIX_EPOCH + Duration::from_secs(400_000_000_000);
    let database = Database::new();
    let store = database.open().await;
    store.start(NewSession::new(ALICE, "a", "a-0", far), at(0)).await.unwrap();
    assert_eq!(store.list(ALICE, at(1)).await.unwrap()[0].expires_at, far);
    assert_eq!(session_state(&store, "a", far - Duration::from_millis(1)).await, SessionState::Active);
    assert_eq!(session_state(&store, "a", far).await, SessionState::Expired);
}

#[tokio::test]
async fn a_clock_that_is_set_back_ends_and_revives_nothing() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 100).await;
    let early: SystemTime = at(10);
    assert_eq!(session_state(&store, "a", early).await, SessionState::Active);
    let token = TokenRef::access(ALICE, "a", "t");
    assert_eq!(store.touch(token, IDLE, early).await.unwrap(), SessionState::Active);
    assert_eq!(store.list(ALICE, early).await.unwrap()[0].expires_at, at(200));
    store.end(Selector::AllOf(ALICE), at(150)).await.unwrap();
    assert_eq!(session_state(&store, "a", early).await, SessionState::Revoked);
    let refresh = TokenRef::refresh(ALICE, "a", "a-0");
    assert_eq!(store.rotate(refresh, "a-1", POLICY, early).await.unwrap(), Rotation::Revoked);
}

#[tokio::test]
async fn times_are_kept_to_the_millisecond() {
    let database = Database::new();
    let store = database.open().await;
    store.start(NewSession::new(ALICE, "a", "a-0", at_ms(9_876)), at_ms(1_234)).await.unwrap();
    assert_eq!(session_state(&store, "a", at_ms(9_875)).await, SessionState::Active);
    assert_eq!(session_state(&store, "a", at_ms(9_876)).await, SessionState::Expired);
}
