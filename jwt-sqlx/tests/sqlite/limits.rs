//! Full disks, locks, and pools without a free connection return errors in time.

use std::time::{Duration, Instant};

use jwt_session::{
    EndRequest, IsRevokedRequest, ListRequest, NewSession, Revocation, RevokeRequest, RotateRequest,
    Selector, SessionState, Sessions, StartRequest, StateRequest, TokenRef,
};
use jwt_sqlx::Error;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::contract::refusals::{LIMIT, assert_unchanged, refused_reads, refused_writes};
use crate::contract::{ALICE, GRACE, IDLE, ISSUER, at, is_revoked, live, own, start};
use crate::{Database, Store};

#[tokio::test]
async fn without_write_ahead_a_lock_stops_readers_as_well() {
    let database = Database::new();
    let options = SqliteConnectOptions::new().filename(database.file()).create_if_missing(true);
    let pool = SqlitePoolOptions::new().connect_with(options).await.unwrap();
    let store = Store::builder().time_limit(LIMIT).pool(pool).await.unwrap();
    start(&store, ALICE, "a", 0).await;
    let mut other = database.connection().await;
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    for error in refused_reads(&store).await.into_iter().chain(refused_writes(&store).await) {
        assert!(matches!(own(&error), Error::TimeLimit), "{error}");
    }
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    assert_unchanged(&store).await;
    other.close().await.unwrap();
}

#[tokio::test]
async fn a_statement_that_takes_too_long_ends_and_releases_its_connection_and_its_lock() {
    let database = Database::new();
    let pool = database.pool(1).await;
    let store = Store::builder().time_limit(LIMIT).pool(pool).await.unwrap();
    start(&store, ALICE, "a", 0).await;
    // Sessions without an end, in no order. A comma would let SQLite read them in the order of an index.
    let mut other = database.connection().await;
    for statement in [
        "ALTER TABLE jwt_sessions RENAME TO kept",
        "CREATE VIEW jwt_sessions AS
            WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers)
            SELECT kept.* FROM numbers CROSS JOIN kept",
    ] {
        sqlx::query(statement).execute(&mut other).await.unwrap();
    }
    let all = Selector::IssuedBefore { issuer: ISSUER, subject: None, moment: at(1) };
    for number in 0..3 {
        let given_up = match number {
            0 => store.list(ListRequest::new(ALICE, at(0))).await.map(|_| ()).unwrap_err(),
            _ => store.end(EndRequest::new(all, at(50))).await.map(|_| ()).unwrap_err(),
        };
        assert!(matches!(own(&given_up), Error::TimeLimit), "{number} {given_up:?}");
        // The only connection becomes free, and so does the lock.
        let token = TokenRef::new(ALICE, "token");
        let began = Instant::now();
        while store.is_revoked(IsRevokedRequest::new(token, at(0))).await.is_err()
            || store.revoke(RevokeRequest::new(token, None, at(0))).await.is_err()
        {
            assert!(began.elapsed() < Duration::from_secs(20));
        }
    }
    other.close().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_what_was_acknowledged_stays() {
    let database = Database::new();
    let store = database.open().await;
    let pages: i64 =
        sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut database.connection().await).await.unwrap();
    store.close().await;
    let options = SqliteConnectOptions::new().filename(database.file());
    let options = options.pragma("max_page_count", (pages + 20).to_string());
    let store = Store::builder().connect(options).await.unwrap();
    start(&store, ALICE, "a", 0).await;
    let id = |number: usize| format!("{number}-{}", "x".repeat(1000));
    let mut kept = 0;
    let error = loop {
        match store.revoke(RevokeRequest::new(TokenRef::new(ALICE, &id(kept)), Some(at(500)), at(0))).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    let Error::Database(sqlx::Error::Database(cause)) = own(&error) else { panic!("{error:?}") };
    assert_eq!(cause.code().as_deref(), Some("13"), "SQLITE_FULL");
    assert!(kept > 10);
    let long = "x".repeat(100_000);
    let full = TokenRef::refresh(ALICE, "a", "a-0");
    // More often than there are connections, so a connection that stays in a transaction would be found.
    for _ in 0..20 {
        store.revoke(RevokeRequest::new(TokenRef::new(ALICE, &long), None, at(0))).await.unwrap_err();
        store.start(StartRequest::new(NewSession::new(ALICE, &long, "t", at(100)), at(0))).await.unwrap_err();
        store.rotate(RotateRequest::new(full, &long, at(1)).grace(GRACE).idle(IDLE)).await.unwrap_err();
    }
    assert_eq!(live(&store, ALICE, at(1)).await, ["a"]);
    assert_eq!(store.state(StateRequest::new(full, at(1))).await.unwrap(), SessionState::Active);
    for number in 0..kept {
        assert!(is_revoked(&store, TokenRef::new(ALICE, &id(number))).await);
    }
    assert!(!is_revoked(&store, TokenRef::new(ALICE, &id(kept))).await);
    // Removing rows makes room.
    assert_eq!(store.purge(at(500)).await.unwrap(), u64::try_from(kept).unwrap());
    store.revoke(RevokeRequest::new(TokenRef::new(ALICE, &id(kept)), None, at(0))).await.unwrap();
}
