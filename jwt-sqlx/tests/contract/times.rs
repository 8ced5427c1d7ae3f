//! Times before 1970 and in the far future, and clocks that are set back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwt_session::{
    EndRequest, ListRequest, NewSession, Revocation, RevokeRequest, RotateRequest, Rotation, Selector,
    SessionState, Sessions, StartRequest, StateRequest, TokenRef, TouchRequest,
};

use super::{ALICE, GRACE, IDLE, ISSUER, at, at_ms, rotate, rotated, session_state, start};
use crate::Database;

#[tokio::test]
async fn before_the_epoch_is_as_after_it() {
    let database = Database::new();
    let store = database.open().await;
    let then = |seconds: u64| UNIX_EPOCH - Duration::from_secs(1000) + Duration::from_secs(seconds);
    let session = NewSession::new(ALICE, "a", "a-0", then(500)).idle_expires_at(then(100));
    store.start(StartRequest::new(session, then(0))).await.unwrap();
    assert_eq!(rotate(&store, "a", "a-0", "a-1", then(1)).await, rotated(then(1) + IDLE));
    let session = store.list(ListRequest::new(ALICE, then(2))).await.unwrap().sessions.remove(0);
    assert_eq!((session.started_at, session.last_used_at), (then(0), then(1)));
    assert_eq!(session_state(&store, "a", then(102)).await, SessionState::Expired);
    assert_eq!(rotate(&store, "a", "a-0", "x", then(11)).await, Rotation::Reused);
    let moment = then(3) + Duration::from_millis(500);
    store
        .end(EndRequest::new(Selector::IssuedBefore { issuer: ISSUER, subject: None, moment }, then(4)))
        .await
        .unwrap();
    for (seconds, state) in [(3, SessionState::Revoked), (4, SessionState::Active)] {
        let token = TokenRef::new(ALICE, "t").issued_at(then(seconds));
        assert_eq!(store.state(StateRequest::new(token, then(5)).grace(GRACE)).await.unwrap(), state);
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
            store.start(StartRequest::new(NewSession::new(ALICE, &id, "t", expires_at), now)).await.unwrap();
            for grace in [Duration::ZERO, Duration::MAX] {
                let token = TokenRef::refresh(ALICE, &id, "t").issued_at(now);
                store.state(StateRequest::new(token, expires_at).grace(grace)).await.unwrap();
                store
                    .state(
                        StateRequest::new(TokenRef::new(ALICE, &id).issued_at(now), expires_at).grace(grace),
                    )
                    .await
                    .unwrap();
                for idle in [Duration::ZERO, Duration::MAX] {
                    store.touch(TouchRequest::new(token, expires_at).idle(idle)).await.unwrap();
                    store.rotate(RotateRequest::new(token, "t", now).grace(grace).idle(idle)).await.unwrap();
                }
            }
            store.list(ListRequest::new(ALICE, now)).await.unwrap();
            store.revoke(RevokeRequest::new(TokenRef::new(ALICE, &id), Some(expires_at), now)).await.unwrap();
        }
        store.end(EndRequest::new(Selector::AllOf(ALICE), now)).await.unwrap();
        let cut_off = Selector::IssuedBefore { issuer: ISSUER, subject: Some("x"), moment: now };
        store.end(EndRequest::new(cut_off, now)).await.unwrap();
        store.purge(now).await.unwrap();
    }
}

#[tokio::test]
async fn the_far_future_is_kept() {
    let far = UNIX_EPOCH + Duration::from_secs(400_000_000_000);
    let database = Database::new();
    let store = database.open().await;
    store.start(StartRequest::new(NewSession::new(ALICE, "a", "a-0", far), at(0))).await.unwrap();
    assert_eq!(store.list(ListRequest::new(ALICE, at(1))).await.unwrap().sessions[0].expires_at, far);
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
    assert_eq!(store.touch(TouchRequest::new(token, early).idle(IDLE)).await.unwrap(), SessionState::Active);
    assert_eq!(store.list(ListRequest::new(ALICE, early)).await.unwrap().sessions[0].expires_at, at(200));
    store.end(EndRequest::new(Selector::AllOf(ALICE), at(150))).await.unwrap();
    assert_eq!(session_state(&store, "a", early).await, SessionState::Revoked);
    let refresh = TokenRef::refresh(ALICE, "a", "a-0");
    assert_eq!(
        store.rotate(RotateRequest::new(refresh, "a-1", early).grace(GRACE).idle(IDLE)).await.unwrap(),
        Rotation::Revoked
    );
}

#[tokio::test]
async fn times_are_kept_to_the_millisecond() {
    let database = Database::new();
    let store = database.open().await;
    store
        .start(StartRequest::new(NewSession::new(ALICE, "a", "a-0", at_ms(9_876)), at_ms(1_234)))
        .await
        .unwrap();
    assert_eq!(session_state(&store, "a", at_ms(9_875)).await, SessionState::Active);
    assert_eq!(session_state(&store, "a", at_ms(9_876)).await, SessionState::Expired);
}
