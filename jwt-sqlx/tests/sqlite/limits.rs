//! Full disks, locks and pools without a free connection are errors, in time.

use std::time::{Duration, Instant};

use jwt_core::BoxError;
use jwt_core::session::{NewSession, Revocation, Selector, SessionState, Sessions, TokenRef};
use jwt_sqlx::{Error, SqliteSessions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, SqliteConnection};

use crate::{
    ALICE, Folder, GRACE, IDLE, POLICY, at, is_revoked, live, own, rotate, rotated, session_state, start,
};

const LIMIT: Duration = Duration::from_millis(200);

async fn within<T: std::fmt::Debug>(call: impl Future<Output = Result<T, BoxError>>) -> BoxError {
    let started = Instant::now();
    let error = call.await.unwrap_err();
    // Far more than the limit, for a busy machine, far less than SQLite and sqlx wait by default.
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    error
}

/// Errors of all methods that change something.
async fn refused_writes(store: &SqliteSessions) -> Vec<BoxError> {
    let token = TokenRef::refresh(ALICE, "a", "a-0");
    vec![
        within(store.start(NewSession::new(ALICE, "new", "n", at(100)), at(0))).await,
        within(store.rotate(token, "a-1", POLICY, at(1))).await,
        within(store.touch(token, IDLE, at(50))).await,
        within(store.end(Selector::AllOf(ALICE), at(1))).await,
        within(store.end(Selector::IssuedBefore { issuer: "i", subject: None, moment: at(1) }, at(1))).await,
        within(store.revoke(token, None, at(1))).await,
        within(async { Ok(store.purge(at(5000)).await?) }).await,
    ]
}

/// Errors of those that only look.
async fn refused_reads(store: &SqliteSessions) -> Vec<BoxError> {
    let token = TokenRef::refresh(ALICE, "a", "a-0");
    vec![
        within(store.is_revoked(token, at(1))).await,
        within(store.state(token, GRACE, at(1))).await,
        within(store.list(ALICE, at(1))).await,
    ]
}

async fn connection(folder: &Folder) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite:{}", folder.file().display())).await.unwrap()
}

/// As it was before the refused writes, and usable.
async fn assert_unchanged(store: &SqliteSessions) {
    assert_eq!(live(store, ALICE, at(1)).await, ["a"]);
    assert_eq!(store.list(ALICE, at(1)).await.unwrap()[0].expires_at, at(0) + IDLE);
    assert!(!is_revoked(store, TokenRef::new(ALICE, "a-0")).await);
    assert_eq!(rotate(store, "a", "a-0", "a-1", at(1)).await, rotated(at(1) + IDLE));
}

#[tokio::test]
async fn a_lock_of_somebody_else_is_an_error_in_time_and_changes_nothing() {
    let folder = Folder::new();
    let store = SqliteSessions::builder().time_limit(LIMIT).open(folder.file()).await.unwrap();
    start(&store, ALICE, "a", 0).await;
    let mut other = connection(&folder).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    for error in refused_writes(&store).await {
        assert!(matches!(own(&error), Error::TimeLimit | Error::Database(_)), "{error}");
    }
    // Readers do not wait for writers.
    assert_eq!(session_state(&store, "a", at(1)).await, SessionState::Active);
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    assert_unchanged(&store).await;
    other.close().await.unwrap();
}

#[tokio::test]
async fn without_write_ahead_a_lock_stops_readers_as_well() {
    let folder = Folder::new();
    let options = SqliteConnectOptions::new().filename(folder.file()).create_if_missing(true);
    let pool = SqlitePoolOptions::new().connect_with(options).await.unwrap();
    let store = SqliteSessions::builder().time_limit(LIMIT).pool(pool).await.unwrap();
    start(&store, ALICE, "a", 0).await;
    let mut other = connection(&folder).await;
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    for error in refused_reads(&store).await.into_iter().chain(refused_writes(&store).await) {
        assert!(matches!(own(&error), Error::TimeLimit), "{error}");
    }
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    assert_unchanged(&store).await;
    other.close().await.unwrap();
}

#[tokio::test]
async fn a_pool_without_a_free_connection_is_an_error_in_time() {
    let folder = Folder::new();
    let options = SqliteConnectOptions::new().filename(folder.file()).create_if_missing(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let store = SqliteSessions::builder().time_limit(LIMIT).pool(pool.clone()).await.unwrap();
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
    let folder = Folder::new();
    let store = SqliteSessions::builder().time_limit(LIMIT).open(folder.file()).await.unwrap();
    let mut other = connection(&folder).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let revoke = |id| {
        let store = store.clone();
        async move { within(store.revoke(TokenRef::new(ALICE, id), None, at(0))).await }
    };
    tokio::join!(revoke("a"), revoke("b"), revoke("c"), revoke("d"), revoke("e"), revoke("f"));
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    for id in ["a", "b", "c", "d", "e", "f"] {
        assert!(!is_revoked(&store, TokenRef::new(ALICE, id)).await);
        store.revoke(TokenRef::new(ALICE, id), None, at(0)).await.unwrap();
    }
    other.close().await.unwrap();
}

#[tokio::test]
async fn a_call_that_is_dropped_changes_nothing_and_blocks_nobody() {
    let folder = Folder::new();
    let store = folder.open().await;
    start(&store, ALICE, "a", 0).await;
    let mut other = connection(&folder).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let token = TokenRef::refresh(ALICE, "a", "a-0");
    let dropped = tokio::time::timeout(LIMIT, store.rotate(token, "a-1", POLICY, at(1))).await;
    assert!(dropped.is_err());
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    assert_unchanged(&store).await;
    other.close().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_what_was_acknowledged_stays() {
    let folder = Folder::new();
    let store = folder.open().await;
    let pages: i64 =
        sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut connection(&folder).await).await.unwrap();
    store.close().await;
    let options = SqliteConnectOptions::new().filename(folder.file());
    let options = options.pragma("max_page_count", (pages + 20).to_string());
    let store = SqliteSessions::builder().connect(options).await.unwrap();
    start(&store, ALICE, "a", 0).await;
    let id = |number: usize| format!("{number}-{}", "x".repeat(1000));
    let mut kept = 0;
    let error = loop {
        match store.revoke(TokenRef::new(ALICE, &id(kept)), Some(at(500)), at(0)).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    let Error::Database(sqlx::Error::Database(cause)) = own(&error) else { panic!("{error:?}") };
    assert_eq!(cause.code().as_deref(), Some("13"), "SQLITE_FULL");
    assert!(kept > 10);
    let long = "x".repeat(100_000);
    let full = TokenRef::refresh(ALICE, "a", "a-0");
    // More often than there are connections: none of them is left in a transaction.
    for _ in 0..20 {
        store.revoke(TokenRef::new(ALICE, &long), None, at(0)).await.unwrap_err();
        store.start(NewSession::new(ALICE, &long, "t", at(100)), at(0)).await.unwrap_err();
        store.rotate(full, &long, POLICY, at(1)).await.unwrap_err();
    }
    assert_eq!(live(&store, ALICE, at(1)).await, ["a"]);
    assert_eq!(store.state(full, Duration::ZERO, at(1)).await.unwrap(), SessionState::Active);
    for number in 0..kept {
        assert!(is_revoked(&store, TokenRef::new(ALICE, &id(number))).await);
    }
    assert!(!is_revoked(&store, TokenRef::new(ALICE, &id(kept))).await);
    // What is removed makes room.
    assert_eq!(store.purge(at(500)).await.unwrap(), u64::try_from(kept).unwrap());
    store.revoke(TokenRef::new(ALICE, &id(kept)), None, at(0)).await.unwrap();
}

#[tokio::test]
async fn a_closed_store_is_an_error() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.close().await;
    for error in refused_reads(&store).await.into_iter().chain(refused_writes(&store).await) {
        assert!(matches!(own(&error), Error::Database(_)), "{error}");
    }
}

#[tokio::test]
async fn a_damaged_database_is_an_error() {
    let folder = Folder::new();
    let store = folder.open().await;
    start(&store, ALICE, "a", 0).await;
    let mut other = connection(&folder).await;
    for table in ["jwt_sessions", "jwt_revoked", "jwt_cutoffs"] {
        sqlx::query(&format!("DROP TABLE {table}")).execute(&mut other).await.unwrap();
    }
    for error in refused_reads(&store).await.into_iter().chain(refused_writes(&store).await) {
        assert!(matches!(own(&error), Error::Database(_)), "{error}");
    }
    other.close().await.unwrap();
}
