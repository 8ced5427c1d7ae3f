//! The table of `Sessions::rotate`.

use std::time::Duration;

use jwt_session::{
    EndRequest, ListRequest, NewSession, Revocation, RevokeRequest, RotateRequest, Rotation, Selector,
    SessionState, Sessions, StartRequest, TokenRef, TouchRequest,
};

use super::{
    ALICE, BOB, ELSEWHERE, GRACE, IDLE, at, at_ms, grace, live, rotate, rotated, session_state, start,
    state_of,
};
use crate::Database;

#[tokio::test]
async fn an_unknown_session_is_unknown() {
    let database = Database::new();
    let store = database.open().await;
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at(0)).await, Rotation::Unknown);
}

#[tokio::test]
async fn a_session_of_somebody_else_is_unknown_and_stays_alive() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    for subject in [BOB, ELSEWHERE] {
        for token in ["a-0", "spent"] {
            let token = TokenRef::refresh(subject, "a", token);
            assert_eq!(
                store.rotate(RotateRequest::new(token, "a-1", at(1)).grace(GRACE).idle(IDLE)).await.unwrap(),
                Rotation::Unknown
            );
        }
    }
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at(1)).await, rotated(at(1) + IDLE));
}

#[tokio::test]
async fn a_token_of_no_session_is_unknown() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    let token = TokenRef::new(ALICE, "a-0");
    assert_eq!(
        store.rotate(RotateRequest::new(token, "a-1", at(1)).grace(GRACE).idle(IDLE)).await.unwrap(),
        Rotation::Unknown
    );
}

#[tokio::test]
async fn an_ended_session_stays_ended() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    assert_eq!(store.end(EndRequest::new(Selector::AllOf(ALICE), at(1))).await.unwrap().live, 1);
    for now in [0, 1, 2, 5000] {
        assert_eq!(rotate(&store, "a", "a-0", "a-1", at(now)).await, Rotation::Revoked);
        assert_eq!(session_state(&store, "a", at(now)).await, SessionState::Revoked);
    }
}

#[tokio::test]
async fn a_cut_off_session_is_revoked() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    let selector = Selector::IssuedBefore { issuer: ALICE.issuer, subject: None, moment: at(1) };
    assert_eq!(store.end(EndRequest::new(selector, at(1))).await.unwrap().live, 1);
    for now in [0, 2, 5000] {
        assert_eq!(rotate(&store, "a", "a-0", "a-1", at(now)).await, Rotation::Revoked);
    }
    // Another node starts a session now, with an earlier time.
    start(&store, ALICE, "b", 0).await;
    assert_eq!(rotate(&store, "b", "b-0", "b-1", at(2)).await, Rotation::Revoked);
}

#[tokio::test]
async fn a_revoked_token_is_revoked_and_its_session_is_not() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    store.revoke(RevokeRequest::new(TokenRef::refresh(ALICE, "a", "old"), None, at(0))).await.unwrap();
    assert_eq!(rotate(&store, "a", "old", "a-1", at(1)).await, Rotation::Revoked);
    assert_eq!(session_state(&store, "a", at(1)).await, SessionState::Active);
    store
        .revoke(RevokeRequest::new(TokenRef::refresh(ALICE, "a", "a-0"), Some(at(900)), at(0)))
        .await
        .unwrap();
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at(1)).await, Rotation::Revoked);
    assert_eq!(live(&store, ALICE, at(1)).await, ["a"]);
}

#[tokio::test]
async fn over_the_idle_limit_is_expired() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    for token in ["a-0", "spent"] {
        assert_eq!(rotate(&store, "a", token, "a-1", at(100)).await, Rotation::Expired);
        assert_eq!(rotate(&store, "a", token, "a-1", at(101)).await, Rotation::Expired);
    }
    // That did not end the session: with a correct clock, it is live.
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at_ms(99_999)).await, rotated(at_ms(199_999)));
}

#[tokio::test]
async fn over_the_absolute_limit_is_expired() {
    let database = Database::new();
    let store = database.open().await;
    store.start(StartRequest::new(NewSession::new(ALICE, "a", "a-0", at(50)), at(0))).await.unwrap();
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at(50)).await, Rotation::Expired);
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at_ms(49_999)).await, rotated(at(50)));
}

#[tokio::test]
async fn the_idle_limit_of_a_start_is_not_after_the_absolute_one() {
    let database = Database::new();
    let store = database.open().await;
    store
        .start(StartRequest::new(NewSession::new(ALICE, "a", "a-0", at(50)).idle_expires_at(at(90)), at(0)))
        .await
        .unwrap();
    assert_eq!(store.list(ListRequest::new(ALICE, at(1))).await.unwrap().sessions[0].expires_at, at(50));
    assert_eq!(session_state(&store, "a", at(50)).await, SessionState::Expired);
}

#[tokio::test]
async fn the_current_token_gives_the_next() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at(5)).await, rotated(at(5) + IDLE));
    let session = store.list(ListRequest::new(ALICE, at(6))).await.unwrap().sessions.remove(0);
    assert_eq!((session.started_at, session.last_used_at, session.expires_at), (at(0), at(5), at(5) + IDLE));
    // Past the first idle limit.
    assert_eq!(rotate(&store, "a", "a-1", "a-2", at(104)).await, rotated(at(104) + IDLE));
    assert_eq!(state_of(&store, TokenRef::refresh(ALICE, "a", "a-2"), at(150)).await, SessionState::Active);
}

#[tokio::test]
async fn the_idle_limit_is_never_after_the_absolute_one() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    let token = TokenRef::refresh(ALICE, "a", "a-0");
    assert_eq!(
        store.rotate(RotateRequest::new(token, "a-1", at(5)).grace(GRACE).idle(Duration::MAX)).await.unwrap(),
        rotated(at(1000))
    );
}

#[tokio::test]
async fn the_previous_token_gives_the_current_one_for_a_while() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    rotate(&store, "a", "a-0", "a-1", at(5)).await;
    let before = store.list(ListRequest::new(ALICE, at(5))).await.unwrap().sessions;
    for now in [at(5), at(6), at_ms(14_999)] {
        assert_eq!(rotate(&store, "a", "a-0", "other", now).await, grace("a-1", at(5) + IDLE));
    }
    assert!(
        store.list(ListRequest::new(ALICE, at(5))).await.unwrap().sessions == before,
        "nothing has changed"
    );
    assert_eq!(rotate(&store, "a", "a-1", "a-2", at(15)).await, rotated(at(15) + IDLE));
}

#[tokio::test]
async fn after_the_grace_the_previous_token_ends_the_session() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    rotate(&store, "a", "a-0", "a-1", at(5)).await;
    assert_eq!(rotate(&store, "a", "a-0", "a-2", at(15)).await, Rotation::Reused);
    for token in ["a-0", "a-1", "a-2"] {
        assert_eq!(rotate(&store, "a", token, "a-3", at(16)).await, Rotation::Revoked);
    }
    assert_eq!(live(&store, ALICE, at(16)).await, [""; 0]);
}

#[tokio::test]
async fn without_grace_the_previous_token_ends_the_session_at_once() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    let token = TokenRef::refresh(ALICE, "a", "a-0");
    assert_eq!(
        store.rotate(RotateRequest::new(token, "a-1", at(5)).idle(IDLE)).await.unwrap(),
        rotated(at(5) + IDLE)
    );
    assert_eq!(
        store.rotate(RotateRequest::new(token, "a-2", at(5)).idle(IDLE)).await.unwrap(),
        Rotation::Reused
    );
}

#[tokio::test]
async fn the_window_is_as_wide_before_the_rotation() {
    for (now, expected) in [
        (at(20), grace("a-1", at(20) + IDLE)),
        (at_ms(10_001), grace("a-1", at(20) + IDLE)),
        (at(10), Rotation::Reused),
        (at(0), Rotation::Reused),
    ] {
        let database = Database::new();
        let store = database.open().await;
        start(&store, ALICE, "a", 0).await;
        rotate(&store, "a", "a-0", "a-1", at(20)).await;
        assert_eq!(rotate(&store, "a", "a-0", "a-2", now).await, expected);
    }
}

#[tokio::test]
async fn grace_does_not_move_the_window() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    rotate(&store, "a", "a-0", "a-1", at(5)).await;
    assert_eq!(rotate(&store, "a", "a-0", "x", at(14)).await, grace("a-1", at(5) + IDLE));
    let access = TokenRef::access(ALICE, "a", "access");
    assert_eq!(
        store.touch(TouchRequest::new(access, at(14)).idle(IDLE)).await.unwrap(),
        SessionState::Active
    );
    assert_eq!(rotate(&store, "a", "a-0", "x", at(15)).await, Rotation::Reused);
}

#[tokio::test]
async fn only_the_last_token_is_previous() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    rotate(&store, "a", "a-0", "a-1", at(5)).await;
    rotate(&store, "a", "a-1", "a-2", at(6)).await;
    assert_eq!(rotate(&store, "a", "a-1", "x", at(7)).await, grace("a-2", at(6) + IDLE));
    assert_eq!(rotate(&store, "a", "a-0", "x", at(7)).await, Rotation::Reused);
}

#[tokio::test]
async fn a_token_that_never_was_ends_the_session() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    start(&store, ALICE, "b", 1).await;
    assert_eq!(rotate(&store, "a", "b-0", "a-1", at(2)).await, Rotation::Reused);
    assert_eq!(live(&store, ALICE, at(2)).await, ["b"]);
}

#[tokio::test]
async fn a_token_without_id_ends_the_session() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    let mut token = TokenRef::refresh(ALICE, "a", "");
    token.id = None;
    assert_eq!(state_of(&store, token, at(1)).await, SessionState::Spent);
    assert_eq!(
        store.rotate(RotateRequest::new(token, "a-1", at(1)).grace(GRACE).idle(IDLE)).await.unwrap(),
        Rotation::Reused
    );
}

#[tokio::test]
async fn grace_is_told_from_rotation_also_when_the_next_token_is_the_same() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at(1)).await, rotated(at(1) + IDLE));
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at(1)).await, grace("a-1", at(1) + IDLE));
}
