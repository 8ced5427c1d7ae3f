use jwt_session::{
    EndRequest, Revocation, RevokeRequest, Rotation, Selector, SessionState, Sessions, TokenRef, TouchRequest,
};
use sqlx::Executor as _;

use super::{ALICE, BOB, ISSUER, at, is_revoked, live, rotate, session_state, start, state_of};
use crate::Database;

#[tokio::test]
async fn what_is_over_is_removed_and_the_rest_is_not() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "ended", 0).await;
    store.end(EndRequest::new(Selector::AllOf(ALICE), at(1))).await.unwrap();
    start(&store, ALICE, "idle", 0).await;
    start(&store, ALICE, "live", 500).await;
    store
        .touch(
            TouchRequest::new(TokenRef::access(ALICE, "live", "t"), at(500)).idle(std::time::Duration::MAX),
        )
        .await
        .unwrap();
    for (id, until) in [("short", Some(at(1000))), ("long", Some(at(1001))), ("ever", None)] {
        store.revoke(RevokeRequest::new(TokenRef::new(ALICE, id), until, at(0))).await.unwrap();
    }
    assert_eq!(store.purge(at(999)).await.unwrap(), 0);
    assert_eq!(session_state(&store, "ended", at(999)).await, SessionState::Revoked);
    assert_eq!(store.purge(at(1000)).await.unwrap(), 3);
    assert_eq!(store.purge(at(1000)).await.unwrap(), 0);
    for id in ["ended", "idle"] {
        for now in [at(2), at(1000)] {
            assert_eq!(session_state(&store, id, now).await, SessionState::Unknown);
            assert_eq!(rotate(&store, id, &format!("{id}-0"), "x", now).await, Rotation::Unknown);
        }
    }
    assert_eq!(live(&store, ALICE, at(1000)).await, ["live"]);
    assert!(!is_revoked(&store, TokenRef::new(ALICE, "short")).await);
    assert!(is_revoked(&store, TokenRef::new(ALICE, "long")).await);
    assert!(is_revoked(&store, TokenRef::new(ALICE, "ever")).await);
}

#[tokio::test]
async fn cutoffs_stay() {
    let database = Database::new();
    let store = database.open().await;
    for subject in [None, Some("alice")] {
        store
            .end(EndRequest::new(Selector::IssuedBefore { issuer: ISSUER, subject, moment: at(1) }, at(1)))
            .await
            .unwrap();
    }
    store.purge(at(1_000_000)).await.unwrap();
    for subject in [ALICE, BOB] {
        let token = TokenRef::new(subject, "t").issued_at(at(0));
        assert_eq!(state_of(&store, token, at(1_000_000)).await, SessionState::Revoked);
    }
}

#[tokio::test]
async fn more_than_one_step_is_removed() {
    let database = Database::new();
    let store = database.open().await;
    let revoked = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
        INSERT INTO jwt_revoked (issuer, id, until) SELECT 'i', CAST(i AS TEXT), 1 FROM n";
    database.connection().await.execute(revoked).await.unwrap();
    start(&store, ALICE, "a", 0).await;
    assert_eq!(store.purge(at(1000)).await.unwrap(), 2501);
}
