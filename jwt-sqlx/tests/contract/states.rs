//! `state`, `touch`, `start`, and `list`.

use std::time::Duration;

use jwt_session::{
    EndRequest, ListRequest, NewSession, Revocation, RevokeRequest, Selector, SessionState, Sessions,
    StartRequest, StateRequest, TokenRef, TouchRequest,
};
use jwt_sqlx::Error;

use super::{
    ALICE, BOB, ELSEWHERE, GRACE, IDLE, at, at_ms, live, own, rotate, session_state, start, state_of,
};
use crate::Database;

#[tokio::test]
async fn a_token_of_no_session_is_active_until_it_is_revoked() {
    let database = Database::new();
    let store = database.open().await;
    let token = TokenRef::new(ALICE, "t");
    assert_eq!(state_of(&store, token, at(0)).await, SessionState::Active);
    store.revoke(RevokeRequest::new(token, Some(at(100)), at(0))).await.unwrap();
    assert_eq!(state_of(&store, token, at(0)).await, SessionState::Revoked);
    assert_eq!(state_of(&store, TokenRef::new(ELSEWHERE, "t"), at(0)).await, SessionState::Active);
    let mut without_id = token;
    without_id.id = None;
    assert_eq!(state_of(&store, without_id, at(0)).await, SessionState::Active);
}

#[tokio::test]
async fn unknown_comes_before_revoked_before_expired_before_spent() {
    let database = Database::new();
    let store = database.open().await;
    let token = TokenRef::refresh(ALICE, "a", "spent");
    store.revoke(RevokeRequest::new(token, None, at(0))).await.unwrap();
    assert_eq!(state_of(&store, token, at(0)).await, SessionState::Unknown);
    start(&store, ALICE, "a", 0).await;
    assert_eq!(state_of(&store, token, at(500)).await, SessionState::Revoked);
    let other = TokenRef::refresh(ALICE, "a", "other");
    assert_eq!(state_of(&store, other, at(500)).await, SessionState::Expired);
    assert_eq!(state_of(&store, other, at(1)).await, SessionState::Spent);
}

#[tokio::test]
async fn sessions_are_their_subjects() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    for subject in [BOB, ELSEWHERE] {
        assert_eq!(state_of(&store, TokenRef::access(subject, "a", "t"), at(1)).await, SessionState::Unknown);
        assert_eq!(live(&store, subject, at(1)).await, [""; 0]);
    }
    assert_eq!(session_state(&store, "a", at(1)).await, SessionState::Active);
}

#[tokio::test]
async fn limits_are_reached_at_their_moment() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    assert_eq!(session_state(&store, "a", at_ms(99_999)).await, SessionState::Active);
    assert_eq!(session_state(&store, "a", at(100)).await, SessionState::Expired);
    assert_eq!(live(&store, ALICE, at_ms(99_999)).await, ["a"]);
    assert_eq!(live(&store, ALICE, at(100)).await, [""; 0]);
}

#[tokio::test]
async fn refresh_tokens_are_spent_by_rotation_access_tokens_are_not() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    rotate(&store, "a", "a-0", "a-1", at(5)).await;
    let (old, new) = (TokenRef::refresh(ALICE, "a", "a-0"), TokenRef::refresh(ALICE, "a", "a-1"));
    for (now, state) in [
        (at(5), SessionState::Active),
        (at_ms(14_999), SessionState::Active),
        (at(15), SessionState::Spent),
        // A clock that was set back does not open the window again.
        (at(0) - Duration::from_secs(5), SessionState::Spent),
    ] {
        assert_eq!(state_of(&store, old, now).await, state);
        assert_eq!(state_of(&store, new, now).await, SessionState::Active);
        assert_eq!(session_state(&store, "a", now).await, SessionState::Active);
    }
    assert_eq!(store.state(StateRequest::new(old, at(5))).await.unwrap(), SessionState::Spent);
}

#[tokio::test]
async fn asking_changes_nothing() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    assert_eq!(state_of(&store, TokenRef::refresh(ALICE, "a", "x"), at(5)).await, SessionState::Spent);
    assert_eq!(session_state(&store, "a", at(50)).await, SessionState::Active);
    let session = store.list(ListRequest::new(ALICE, at(50))).await.unwrap().sessions.remove(0);
    assert_eq!((session.last_used_at, session.expires_at), (at(0), at(0) + IDLE));
}

#[tokio::test]
async fn touch_moves_the_idle_limit_and_the_last_use_and_neither_back() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    let token = TokenRef::access(ALICE, "a", "access");
    for (now, idle, limit, used) in [
        (at(50), IDLE, at(150), at(50)),
        (at(40), IDLE, at(150), at(50)),
        (at(60), Duration::ZERO, at(150), at(60)),
        (at(140), Duration::MAX, at(1000), at(140)),
        (at(130), IDLE, at(1000), at(140)),
    ] {
        assert_eq!(
            store.touch(TouchRequest::new(token, now).idle(idle)).await.unwrap(),
            SessionState::Active
        );
        let session = store.list(ListRequest::new(ALICE, now)).await.unwrap().sessions.remove(0);
        assert_eq!((session.expires_at, session.last_used_at), (limit, used));
    }
    assert_eq!(session_state(&store, "a", at_ms(999_999)).await, SessionState::Active);
    assert_eq!(
        store.touch(TouchRequest::new(token, at(1000)).idle(IDLE)).await.unwrap(),
        SessionState::Expired
    );
}

#[tokio::test]
async fn touch_does_nothing_to_what_is_not_active() {
    let database = Database::new();
    let store = database.open().await;
    let token = TokenRef::access(ALICE, "a", "access");
    assert_eq!(store.touch(TouchRequest::new(token, at(0)).idle(IDLE)).await.unwrap(), SessionState::Unknown);
    start(&store, ALICE, "a", 0).await;
    let strange = TokenRef::access(BOB, "a", "access");
    assert_eq!(
        store.touch(TouchRequest::new(strange, at(50)).idle(IDLE)).await.unwrap(),
        SessionState::Unknown
    );
    let spent = TokenRef::refresh(ALICE, "a", "x");
    assert_eq!(store.touch(TouchRequest::new(spent, at(50)).idle(IDLE)).await.unwrap(), SessionState::Spent);
    assert_eq!(
        store.touch(TouchRequest::new(token, at(100)).idle(IDLE)).await.unwrap(),
        SessionState::Expired
    );
    store.revoke(RevokeRequest::new(token, None, at(0))).await.unwrap();
    assert_eq!(
        store.touch(TouchRequest::new(token, at(50)).idle(IDLE)).await.unwrap(),
        SessionState::Revoked
    );
    assert_eq!(store.list(ListRequest::new(ALICE, at(50))).await.unwrap().sessions[0].expires_at, at(100));
    store.end(EndRequest::new(Selector::AllOf(ALICE), at(51))).await.unwrap();
    let other = TokenRef::access(ALICE, "a", "other");
    assert_eq!(
        store.touch(TouchRequest::new(other, at(52)).idle(IDLE)).await.unwrap(),
        SessionState::Revoked
    );
}

#[tokio::test]
async fn touch_moves_for_a_current_refresh_token_too() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    let token = TokenRef::refresh(ALICE, "a", "a-0");
    assert_eq!(store.touch(TouchRequest::new(token, at(50)).idle(IDLE)).await.unwrap(), SessionState::Active);
    assert_eq!(session_state(&store, "a", at(149)).await, SessionState::Active);
}

#[tokio::test]
async fn touch_of_a_token_of_no_session_says_its_state() {
    let database = Database::new();
    let store = database.open().await;
    let token = TokenRef::new(ALICE, "t");
    assert_eq!(store.touch(TouchRequest::new(token, at(0)).idle(IDLE)).await.unwrap(), SessionState::Active);
    store.revoke(RevokeRequest::new(token, None, at(0))).await.unwrap();
    assert_eq!(store.touch(TouchRequest::new(token, at(0)).idle(IDLE)).await.unwrap(), SessionState::Revoked);
}

#[tokio::test]
async fn an_id_is_given_once() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    for subject in [ALICE, BOB, ELSEWHERE] {
        let again = NewSession::new(subject, "a", "other", at(500));
        let error = store.start(StartRequest::new(again, at(1))).await.unwrap_err();
        assert!(matches!(own(&error), Error::SessionExists), "{error}");
    }
    let current = TokenRef::refresh(ALICE, "a", "a-0");
    assert_eq!(
        store.state(StateRequest::new(current, at(1)).grace(GRACE)).await.unwrap(),
        SessionState::Active
    );
    // The id cannot be reused after the session has ended.
    store.end(EndRequest::new(Selector::AllOf(ALICE), at(2))).await.unwrap();
    store.start(StartRequest::new(NewSession::new(ALICE, "a", "other", at(500)), at(3))).await.unwrap_err();
    assert_eq!(session_state(&store, "a", at(3)).await, SessionState::Revoked);
}

#[tokio::test]
async fn the_list_is_of_live_sessions_the_newest_first() {
    let database = Database::new();
    let store = database.open().await;
    for (id, seconds) in [("second", 2), ("fourth", 4), ("first", 1), ("third", 3)] {
        start(&store, ALICE, id, seconds).await;
    }
    start(&store, BOB, "other", 9).await;
    assert_eq!(live(&store, ALICE, at(5)).await, ["fourth", "third", "second", "first"]);
    store.end(EndRequest::new(Selector::One { subject: ALICE, session: "third" }, at(5))).await.unwrap();
    assert_eq!(live(&store, ALICE, at(5)).await, ["fourth", "second", "first"]);
    assert_eq!(live(&store, ALICE, at(101)).await, ["fourth", "second"]);
}

#[tokio::test]
async fn the_list_shows_labels_and_times() {
    let database = Database::new();
    let store = database.open().await;
    let session = NewSession::new(ALICE, "a", "a-0", at(50)).label("Firefox on Linux");
    store.start(StartRequest::new(session, at_ms(1234))).await.unwrap();
    let session = store.list(ListRequest::new(ALICE, at(2))).await.unwrap().sessions.remove(0);
    assert_eq!((session.id.as_str(), session.label.as_deref()), ("a", Some("Firefox on Linux")));
    assert_eq!((session.started_at, session.last_used_at), (at_ms(1234), at_ms(1234)));
    assert_eq!(session.expires_at, at(50));
    start(&store, BOB, "b", 0).await;
    assert_eq!(store.list(ListRequest::new(BOB, at(2))).await.unwrap().sessions[0].label, None);
}
