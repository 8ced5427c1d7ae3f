//! `Selector::IssuedBefore`.

use std::time::SystemTime;

use jwt_session::{EndRequest, Selector, SessionState, Sessions, Subject, TokenRef};

use super::{ALICE, BOB, ELSEWHERE, ISSUER, at, at_ms, live, session_state, start, state_of};
use crate::{Database, Store};

async fn cut_off(store: &Store, subject: Option<&str>, moment: SystemTime, now: SystemTime) -> u64 {
    store
        .end(EndRequest::new(Selector::IssuedBefore { issuer: ISSUER, subject, moment }, now))
        .await
        .unwrap()
        .live
}

#[tokio::test]
async fn what_started_before_has_ended_and_what_starts_at_the_moment_stays() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "old", 0).await;
    start(&store, ALICE, "new", 10).await;
    assert_eq!(cut_off(&store, Some("alice"), at(10), at(10)).await, 1);
    assert_eq!(live(&store, ALICE, at(11)).await, ["new"]);
    assert_eq!(session_state(&store, "old", at(11)).await, SessionState::Revoked);
    assert_eq!(session_state(&store, "new", at(11)).await, SessionState::Active);
    assert_eq!(cut_off(&store, Some("alice"), at_ms(10_001), at(11)).await, 1);
    assert_eq!(live(&store, ALICE, at(11)).await, [""; 0]);
}

#[tokio::test]
async fn a_subject_is_cut_off_alone_and_an_issuer_with_all_of_its_own() {
    let database = Database::new();
    let store = database.open().await;
    for (subject, id) in [(ALICE, "a"), (BOB, "b"), (ELSEWHERE, "e")] {
        start(&store, subject, id, 0).await;
    }
    assert_eq!(cut_off(&store, Some("alice"), at(1), at(1)).await, 1);
    assert_eq!(live(&store, BOB, at(1)).await, ["b"]);
    // Alice's session is not counted again.
    assert_eq!(cut_off(&store, None, at(1), at(1)).await, 1);
    assert_eq!(live(&store, BOB, at(1)).await, [""; 0]);
    assert_eq!(live(&store, ELSEWHERE, at(1)).await, ["e"]);
    assert_eq!(store.end(EndRequest::new(Selector::AllOf(ALICE), at(1))).await.unwrap().live, 0);
}

#[tokio::test]
async fn the_later_cutoff_wins() {
    let database = Database::new();
    let store = database.open().await;
    cut_off(&store, None, at(20), at(20)).await;
    cut_off(&store, None, at(10), at(21)).await;
    start(&store, ALICE, "a", 15).await;
    assert_eq!(session_state(&store, "a", at(22)).await, SessionState::Revoked);
    cut_off(&store, None, at(30), at(30)).await;
    start(&store, ALICE, "b", 25).await;
    assert_eq!(session_state(&store, "b", at(31)).await, SessionState::Revoked);
}

#[tokio::test]
async fn expired_and_ended_sessions_are_not_counted() {
    let database = Database::new();
    let store = database.open().await;
    for (id, seconds) in [("idle", 0), ("ended", 80), ("live", 80)] {
        start(&store, ALICE, id, seconds).await;
    }
    store.end(EndRequest::new(Selector::One { subject: ALICE, session: "ended" }, at(90))).await.unwrap();
    assert_eq!(cut_off(&store, None, at(110), at(110)).await, 1);
    assert_eq!(session_state(&store, "idle", at(50)).await, SessionState::Revoked);
}

#[tokio::test]
async fn tokens_of_no_session_go_by_the_second_of_their_issue() {
    let database = Database::new();
    let store = database.open().await;
    cut_off(&store, Some("alice"), at_ms(10_700), at(11)).await;
    for (issued_at, state) in [
        (at(9), SessionState::Revoked),
        (at(10), SessionState::Revoked),
        // `iat` has whole seconds only.
        (at_ms(10_900), SessionState::Revoked),
        (at(11), SessionState::Active),
    ] {
        assert_eq!(state_of(&store, TokenRef::new(ALICE, "t").issued_at(issued_at), at(12)).await, state);
    }
    assert_eq!(state_of(&store, TokenRef::new(ALICE, "t"), at(12)).await, SessionState::Revoked);
    for subject in [BOB, ELSEWHERE] {
        let token = TokenRef::new(subject, "t");
        assert_eq!(state_of(&store, token, at(12)).await, SessionState::Active);
        assert_eq!(state_of(&store, token.issued_at(at(1)), at(12)).await, SessionState::Active);
    }
}

#[tokio::test]
async fn the_moments_own_second_is_refused_when_it_starts_with_it() {
    let database = Database::new();
    let store = database.open().await;
    cut_off(&store, None, at(10), at(10)).await;
    for (seconds, state) in [(10, SessionState::Revoked), (11, SessionState::Active)] {
        assert_eq!(state_of(&store, TokenRef::new(BOB, "t").issued_at(at(seconds)), at(12)).await, state);
    }
}

#[tokio::test]
async fn tokens_of_a_session_go_by_its_start() {
    let database = Database::new();
    let store = database.open().await;
    cut_off(&store, None, at(10), at(10)).await;
    start(&store, ALICE, "a", 10).await;
    let token = TokenRef::access(ALICE, "a", "t");
    assert_eq!(state_of(&store, token.issued_at(at(5)), at(12)).await, SessionState::Active);
    assert_eq!(state_of(&store, token, at(12)).await, SessionState::Active);
}

#[tokio::test]
async fn a_subject_with_an_empty_name_is_not_everyone() {
    let database = Database::new();
    let store = database.open().await;
    let nobody = Subject::new(ISSUER, "");
    start(&store, nobody, "n", 0).await;
    start(&store, ALICE, "a", 0).await;
    assert_eq!(cut_off(&store, Some(""), at(1), at(1)).await, 1);
    assert_eq!(live(&store, nobody, at(1)).await, [""; 0]);
    assert_eq!(live(&store, ALICE, at(1)).await, ["a"]);
    cut_off(&store, None, at(20), at(20)).await;
    start(&store, nobody, "later", 15).await;
    assert_eq!(live(&store, nobody, at(21)).await, [""; 0]);
}
