//! The errors of a store that cannot carry out a request.

use std::time::{Duration, Instant};

use jwt_session::{
    BoxError, EndRequest, IsRevokedRequest, ListRequest, NewSession, Revocation, RevokeRequest,
    RotateRequest, Selector, SessionState, Sessions, StartRequest, StateRequest, TokenRef, TouchRequest,
};
use jwt_sqlx::Error;
use sqlx::{Connection as _, Executor as _};

use super::{ALICE, GRACE, IDLE, at, is_revoked, live, own, rotate, rotated, session_state, start};
use crate::{Database, LOCK, Store};

pub(crate) const LIMIT: Duration = Duration::from_millis(500);

pub(crate) async fn within<T: std::fmt::Debug>(call: impl Future<Output = Result<T, BoxError>>) -> BoxError {
    let started = Instant::now();
    let error = call.await.unwrap_err();
    // Only a call that hangs takes this long. It is shorter than sqlx waits by default.
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    error
}

/// Returns the errors of all methods that change something.
pub(crate) async fn refused_writes(store: &Store) -> Vec<BoxError> {
    let token = TokenRef::refresh(ALICE, "a", "a-0");
    vec![
        within(store.start(StartRequest::new(NewSession::new(ALICE, "new", "n", at(100)), at(0)))).await,
        within(store.rotate(RotateRequest::new(token, "a-1", at(1)).grace(GRACE).idle(IDLE))).await,
        within(store.touch(TouchRequest::new(token, at(50)).idle(IDLE))).await,
        within(store.end(EndRequest::new(Selector::AllOf(ALICE), at(1)))).await,
        within(store.end(EndRequest::new(
            Selector::IssuedBefore { issuer: "i", subject: None, moment: at(1) },
            at(1),
        )))
        .await,
        within(store.revoke(RevokeRequest::new(token, None, at(1)))).await,
        within(async { Ok(store.purge(at(5000)).await?) }).await,
    ]
}

/// Returns the errors of the methods that only read.
pub(crate) async fn refused_reads(store: &Store) -> Vec<BoxError> {
    let token = TokenRef::refresh(ALICE, "a", "a-0");
    vec![
        within(store.is_revoked(IsRevokedRequest::new(token, at(1)))).await,
        within(store.state(StateRequest::new(token, at(1)).grace(GRACE))).await,
        within(store.list(ListRequest::new(ALICE, at(1)))).await,
    ]
}

/// Checks that the session is as before the rejected writes, and usable.
pub(crate) async fn assert_unchanged(store: &Store) {
    assert_eq!(live(store, ALICE, at(1)).await, ["a"]);
    assert_eq!(
        store.list(ListRequest::new(ALICE, at(1))).await.unwrap().sessions[0].expires_at,
        at(0) + IDLE
    );
    assert!(!is_revoked(store, TokenRef::new(ALICE, "a-0")).await);
    assert_eq!(rotate(store, "a", "a-0", "a-1", at(1)).await, rotated(at(1) + IDLE));
}

#[tokio::test]
async fn a_lock_of_somebody_else_is_an_error_in_time_and_changes_nothing() {
    let database = Database::new();
    let store = database.open_within(LIMIT).await;
    start(&store, ALICE, "a", 0).await;
    let mut other = database.connection().await;
    other.execute(LOCK).await.unwrap();
    for error in refused_writes(&store).await {
        assert!(matches!(own(&error), Error::TimeLimit | Error::Database(_)), "{error}");
    }
    // Readers do not wait for writers.
    assert_eq!(session_state(&store, "a", at(1)).await, SessionState::Active);
    other.execute("COMMIT").await.unwrap();
    assert_unchanged(&store).await;
    other.close().await.unwrap();
}

#[tokio::test]
async fn a_pool_without_a_free_connection_is_an_error_in_time() {
    let database = Database::new();
    let pool = database.pool(1).await;
    let store = Store::builder().time_limit(LIMIT).pool(pool.clone()).await.unwrap();
    start(&store, ALICE, "a", 0).await;
    let held = pool.acquire().await.unwrap();
    for error in refused_reads(&store).await.into_iter().chain(refused_writes(&store).await) {
        assert!(matches!(own(&error), Error::TimeLimit), "{error}");
    }
    drop(held);
    assert_unchanged(&store).await;
}

#[tokio::test]
async fn writers_that_wait_for_each_other_do_not_wait_longer_together() {
    let database = Database::new();
    let store = database.open_within(LIMIT).await;
    let mut other = database.connection().await;
    other.execute(LOCK).await.unwrap();
    let revoke = |id| {
        let store = store.clone();
        async move { within(store.revoke(RevokeRequest::new(TokenRef::new(ALICE, id), None, at(0)))).await }
    };
    tokio::join!(revoke("a"), revoke("b"), revoke("c"), revoke("d"), revoke("e"), revoke("f"));
    other.execute("COMMIT").await.unwrap();
    for id in ["a", "b", "c", "d", "e", "f"] {
        assert!(!is_revoked(&store, TokenRef::new(ALICE, id)).await);
        store.revoke(RevokeRequest::new(TokenRef::new(ALICE, id), None, at(0))).await.unwrap();
    }
    other.close().await.unwrap();
}

#[tokio::test]
async fn a_call_that_is_dropped_changes_nothing_and_blocks_nobody() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    let mut other = database.connection().await;
    other.execute(LOCK).await.unwrap();
    let token = TokenRef::refresh(ALICE, "a", "a-0");
    let dropped = tokio::time::timeout(
        LIMIT,
        store.rotate(RotateRequest::new(token, "a-1", at(1)).grace(GRACE).idle(IDLE)),
    )
    .await;
    assert!(dropped.is_err());
    other.execute("COMMIT").await.unwrap();
    assert_unchanged(&store).await;
    other.close().await.unwrap();
}

#[tokio::test]
async fn a_closed_store_is_an_error() {
    let database = Database::new();
    let store = database.open().await;
    store.close().await;
    for error in refused_reads(&store).await.into_iter().chain(refused_writes(&store).await) {
        assert!(matches!(own(&error), Error::Database(_)), "{error}");
    }
}

#[tokio::test]
async fn a_damaged_database_is_an_error() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    let mut other = database.connection().await;
    for table in ["jwt_sessions", "jwt_revoked", "jwt_cutoffs"] {
        other.execute(&*format!("DROP TABLE {table}")).await.unwrap();
    }
    for error in refused_reads(&store).await.into_iter().chain(refused_writes(&store).await) {
        assert!(matches!(own(&error), Error::Database(_)), "{error}");
    }
    other.close().await.unwrap();
}
