//! `end`, except for cutoffs.

use jwt_session::{EndRequest, Rotation, Selector, SessionState, Sessions};

use super::{ALICE, BOB, ELSEWHERE, at, live, rotate, session_state, start};
use crate::Database;

#[tokio::test]
async fn one_session_ends_if_it_is_the_subjects() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    start(&store, ALICE, "b", 1).await;
    for (subject, session) in [(BOB, "a"), (ELSEWHERE, "a"), (ALICE, "c")] {
        assert_eq!(
            store.end(EndRequest::new(Selector::One { subject, session }, at(2))).await.unwrap().live,
            0
        );
    }
    assert_eq!(
        store.end(EndRequest::new(Selector::One { subject: ALICE, session: "a" }, at(2))).await.unwrap().live,
        1
    );
    assert_eq!(
        store.end(EndRequest::new(Selector::One { subject: ALICE, session: "a" }, at(2))).await.unwrap().live,
        0
    );
    assert_eq!(live(&store, ALICE, at(2)).await, ["b"]);
}

#[tokio::test]
async fn all_sessions_of_a_subject_end() {
    let database = Database::new();
    let store = database.open().await;
    for (subject, id) in [(ALICE, "a"), (ALICE, "b"), (BOB, "c"), (ELSEWHERE, "d")] {
        start(&store, subject, id, 0).await;
    }
    assert_eq!(store.end(EndRequest::new(Selector::AllOf(ALICE), at(1))).await.unwrap().live, 2);
    assert_eq!(store.end(EndRequest::new(Selector::AllOf(ALICE), at(1))).await.unwrap().live, 0);
    assert_eq!(live(&store, ALICE, at(1)).await, [""; 0]);
    assert_eq!(live(&store, BOB, at(1)).await, ["c"]);
    assert_eq!(live(&store, ELSEWHERE, at(1)).await, ["d"]);
}

#[tokio::test]
async fn all_but_one_end() {
    let database = Database::new();
    let store = database.open().await;
    for (subject, id) in [(ALICE, "a"), (ALICE, "b"), (ALICE, "c"), (BOB, "d")] {
        start(&store, subject, id, 0).await;
    }
    let others = Selector::AllExcept { subject: ALICE, session: "b" };
    assert_eq!(store.end(EndRequest::new(others, at(1))).await.unwrap().live, 2);
    assert_eq!(live(&store, ALICE, at(1)).await, ["b"]);
    assert_eq!(live(&store, BOB, at(1)).await, ["d"]);
    let others = Selector::AllExcept { subject: ALICE, session: "unknown" };
    assert_eq!(store.end(EndRequest::new(others, at(1))).await.unwrap().live, 1);
}

#[tokio::test]
async fn only_live_sessions_are_counted_but_expired_ones_end_too() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "idle", 0).await;
    start(&store, ALICE, "live", 50).await;
    assert_eq!(store.end(EndRequest::new(Selector::AllOf(ALICE), at(120))).await.unwrap().live, 1);
    // It would be live according to a clock that was set back.
    assert_eq!(session_state(&store, "idle", at(60)).await, SessionState::Revoked);
    assert_eq!(rotate(&store, "idle", "idle-0", "x", at(60)).await, Rotation::Revoked);
}

#[tokio::test]
async fn nothing_to_end_is_no_error() {
    let database = Database::new();
    let store = database.open().await;
    for selector in [
        Selector::AllOf(ALICE),
        Selector::One { subject: ALICE, session: "a" },
        Selector::AllExcept { subject: ALICE, session: "a" },
        Selector::IssuedBefore { issuer: ALICE.issuer, subject: None, moment: at(0) },
    ] {
        assert_eq!(store.end(EndRequest::new(selector, at(0))).await.unwrap().live, 0);
    }
}
