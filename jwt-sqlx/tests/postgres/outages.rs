//! Servers that are killed, suspended for a while, and restarted.

use std::time::{Duration, Instant};

use jwt_session::{
    EndRequest, ListRequest, Revocation, RevokeRequest, Selector, SessionState, Sessions, StateRequest,
    TokenRef,
};
use jwt_sqlx::Error;
use jwt_test_servers::Postgres;
use sqlx::{Connection as _, PgConnection};

use crate::Store;
use crate::contract::refusals::{assert_unchanged, refused_reads, refused_writes};
use crate::contract::{ALICE, BOB, GRACE, at, is_revoked, live, own, start};

/// Long enough for a call on a busy machine to return.
const LIMIT: Duration = Duration::from_secs(1);

async fn open(server: &Postgres) -> Store {
    Store::builder().time_limit(LIMIT).max_connections(4).connect(&server.url()).await.unwrap()
}

/// Runs as many concurrent calls as there are connections, so all of them are open.
async fn use_all_connections(store: &Store) {
    let ask = || store.list(ListRequest::new(ALICE, at(0)));
    let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
    for listed in [a, b, c, d] {
        listed.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_killed_server_and_calls_succeed_again() {
    let mut server = Postgres::start();
    let store = open(&server).await;
    start(&store, ALICE, "a", 0).await;
    start(&store, BOB, "b", 0).await;
    store.revoke(RevokeRequest::new(TokenRef::new(ALICE, "t"), None, at(0))).await.unwrap();
    use_all_connections(&store).await;
    server.kill();
    for error in refused_reads(&store).await.into_iter().chain(refused_writes(&store).await) {
        assert!(matches!(own(&error), Error::TimeLimit | Error::Database(_)), "{error:?}");
    }
    server.restart();
    // Even the first calls succeed.
    assert_unchanged(&store).await;
    assert!(is_revoked(&store, TokenRef::new(ALICE, "t")).await);
    use_all_connections(&store).await;
    // Calls on connections that have been idle since before the restart succeed as well.
    for _ in 0..3 {
        server.restart();
        assert_eq!(live(&store, BOB, at(1)).await, ["b"]);
        use_all_connections(&store).await;
        server.restart();
        store.revoke(RevokeRequest::new(TokenRef::new(ALICE, "u"), None, at(0))).await.unwrap();
        use_all_connections(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_is_an_error_in_time_and_does_nothing_later() {
    let server = Postgres::start();
    let store = open(&server).await;
    start(&store, ALICE, "a", 0).await;
    use_all_connections(&store).await;
    server.pause();
    for error in refused_writes(&store).await.into_iter().chain(refused_reads(&store).await) {
        assert!(matches!(own(&error), Error::TimeLimit), "{error:?}");
    }
    server.resume();
    assert_unchanged(&store).await;
    use_all_connections(&store).await;
    // Once this is the only connection, everything that the server received meanwhile has been done or rolled back.
    let mut observer = PgConnection::connect(&server.url()).await.unwrap();
    store.close().await;
    drop(store);
    let others = "SELECT COUNT(*) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let began = Instant::now();
    while sqlx::query_scalar::<_, i64>(others).fetch_one(&mut observer).await.unwrap() > 0 {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::task::yield_now().await;
    }
    let store = open(&server).await;
    assert_eq!(live(&store, ALICE, at(1)).await, ["a"]);
    let token = TokenRef::refresh(ALICE, "a", "a-1");
    assert_eq!(
        store.state(StateRequest::new(token, at(1)).grace(GRACE)).await.unwrap(),
        SessionState::Active
    );
    assert!(!is_revoked(&store, TokenRef::new(ALICE, "a-0")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_an_administrator_closes_make_no_error() {
    let server = Postgres::start();
    let store = open(&server).await;
    let mut observer = PgConnection::connect(&server.url()).await.unwrap();
    let close = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    start(&store, ALICE, "a", 0).await;
    for round in 0..3 {
        use_all_connections(&store).await;
        sqlx::query(close).fetch_all(&mut observer).await.unwrap();
        assert_eq!(live(&store, ALICE, at(1)).await, ["a"]);
        use_all_connections(&store).await;
        sqlx::query(close).fetch_all(&mut observer).await.unwrap();
        let id = round.to_string();
        store.revoke(RevokeRequest::new(TokenRef::new(ALICE, &id), None, at(0))).await.unwrap();
    }
    assert_eq!(store.end(EndRequest::new(Selector::AllOf(ALICE), at(1))).await.unwrap().live, 1);
}
