//! The data that survives the end of a process.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use jwt_session::{
    EndRequest, Revocation, RevokeRequest, Rotation, Selector, SessionState, Sessions, TokenRef, TouchRequest,
};
use sqlx::SqlitePool;

use crate::contract::{
    ALICE, BOB, IDLE, ISSUER, at, grace, is_revoked, live, rotate, rotated, session_state, start,
};
use crate::{Database, Store};

#[tokio::test]
async fn every_step_is_there_after_opening_again() {
    let database = Database::new();
    let reopened = async |store: Store| {
        store.close().await;
        database.open().await
    };
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    start(&store, ALICE, "b", 1).await;
    start(&store, BOB, "c", 1).await;
    let store = reopened(store).await;
    assert_eq!(live(&store, ALICE, at(2)).await, ["b", "a"]);
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at(5)).await, rotated(at(5) + IDLE));
    let store = reopened(store).await;
    assert_eq!(rotate(&store, "a", "a-0", "x", at(6)).await, grace("a-1", at(5) + IDLE));
    store.touch(TouchRequest::new(TokenRef::access(ALICE, "a", "t"), at(50)).idle(IDLE)).await.unwrap();
    let store = reopened(store).await;
    assert_eq!(session_state(&store, "a", at(149)).await, SessionState::Active);
    assert_eq!(rotate(&store, "a", "a-0", "x", at(51)).await, Rotation::Reused);
    store.revoke(RevokeRequest::new(TokenRef::new(ALICE, "t"), None, at(52))).await.unwrap();
    let store = reopened(store).await;
    assert_eq!(session_state(&store, "a", at(53)).await, SessionState::Revoked);
    assert!(is_revoked(&store, TokenRef::new(ALICE, "t")).await);
    store.end(EndRequest::new(Selector::One { subject: ALICE, session: "b" }, at(54))).await.unwrap();
    let cut_off = Selector::IssuedBefore { issuer: ISSUER, subject: Some("bob"), moment: at(54) };
    store.end(EndRequest::new(cut_off, at(54))).await.unwrap();
    let store = reopened(store).await;
    assert_eq!(live(&store, ALICE, at(55)).await, [""; 0]);
    assert_eq!(live(&store, BOB, at(55)).await, [""; 0]);
    assert_eq!(store.purge(at(1001)).await.unwrap(), 3);
    let store = reopened(store).await;
    assert_eq!(session_state(&store, "a", at(53)).await, SessionState::Unknown);
    store.close().await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_killed_process() {
    let database = Database::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "durability::a_process_that_revokes_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env("JWT_SQLX_FILE", database.file())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    for line in lines {
        acknowledged.extend(line.unwrap().strip_prefix("revoked ").map(str::to_owned));
        if acknowledged.len() == 30 {
            // The acknowledgments that the process writes before it is killed still arrive through the pipe.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= 30);
    let store = database.open().await;
    for id in &acknowledged {
        assert!(is_revoked(&store, TokenRef::new(ALICE, id)).await, "{id}");
    }
    start(&store, ALICE, "a", 0).await;
}

#[tokio::test]
#[ignore = "a process that the test above starts"]
async fn a_process_that_revokes_until_it_is_killed() {
    let store = Store::open(std::env::var_os("JWT_SQLX_FILE").unwrap()).await.unwrap();
    // Bounded in case nobody kills it.
    for id in 0..100_000 {
        let id = id.to_string();
        store.revoke(RevokeRequest::new(TokenRef::new(ALICE, &id), None, at(0))).await.unwrap();
        writeln!(std::io::stdout(), "\nrevoked {id}").unwrap();
    }
}

#[tokio::test]
async fn a_file_of_ours_writes_ahead() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    let pool = SqlitePool::connect(&format!("sqlite:{}", database.file().display())).await.unwrap();
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&pool).await.unwrap();
    assert_eq!(mode, "wal");
    pool.close().await;
}
