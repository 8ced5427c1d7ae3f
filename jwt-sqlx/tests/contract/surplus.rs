//! Subjects with many more sessions than the limit, because the limit is new.

use std::collections::BTreeSet;
use std::time::SystemTime;

use jwt_session::{
    BoxError, LimitReached, ListRequest, NewSession, SessionLimit, SessionState, Sessions, StartRequest,
    Started,
};

use super::{ALICE, ISSUER, at, own, session_state};
use crate::{Database, Store};

/// The number of sessions that one start ends at most.
const MOST: usize = 10_000;
const LIMIT: SessionLimit = SessionLimit::evict(100);

/// Adds the sessions `1` to `{count}` of Alice, each of which started a millisecond after the previous one. They expire
/// after `life` seconds.
pub(crate) async fn add(database: &Database, count: usize, life: u64) {
    let start = 1_700_000_000_000_u64;
    let expires_at = start + life * 1000;
    let statement = format!(
        "INSERT INTO jwt_sessions
            (id, issuer, subject, current_id, started_at, last_used_at, idle_expires_at, expires_at)
        WITH RECURSIVE numbers (number) AS (
            SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {count}
        )
        SELECT CAST(number AS TEXT), '{ISSUER}', 'alice', 'first', {start} + number, {start} + number, {expires_at},
            {expires_at}
        FROM numbers"
    );
    sqlx::query(&statement).execute(&mut database.connection().await).await.unwrap();
}

async fn start(store: &Store, id: &str, limit: SessionLimit, now: SystemTime) -> Result<Started, BoxError> {
    store
        .start(StartRequest::new(NewSession::new(ALICE, id, "first", at(1000)), now).limit(Some(limit)))
        .await
}

async fn evicted(store: &Store, id: &str, now: SystemTime) -> Vec<usize> {
    let evicted = start(store, id, LIMIT, now).await.unwrap().evicted;
    let mut evicted: Vec<_> = evicted.iter().map(|id| id.parse().unwrap()).collect();
    evicted.sort_unstable();
    evicted
}

async fn live(store: &Store, now: SystemTime) -> BTreeSet<String> {
    let (mut live, mut after) = (BTreeSet::new(), None);
    loop {
        let request = ListRequest::new(ALICE, now).limit(1000).after(after.as_ref());
        let page = store.list(request).await.unwrap();
        live.extend(page.sessions.into_iter().map(|session| session.id));
        after = page.next;
        if after.is_none() {
            return live;
        }
    }
}

#[tokio::test]
async fn a_start_ends_a_bounded_part_and_reports_it() {
    let (database, count) = (Database::new(), MOST + 1200);
    let store = database.open_patiently().await;
    add(&database, count, 1000).await;
    assert_eq!(evicted(&store, "new", at(100)).await, (1..=MOST).collect::<Vec<_>>());
    assert_eq!(live(&store, at(100)).await.len(), count - MOST + 1);
    assert_eq!(session_state(&store, "new", at(100)).await, SessionState::Active);
    // The next start ends the rest.
    assert_eq!(evicted(&store, "newer", at(101)).await, (MOST + 1..=count - 98).collect::<Vec<_>>());
    assert_eq!(live(&store, at(101)).await.len(), 100);
    assert_eq!(evicted(&store, "newest", at(102)).await, [count - 97]);
}

#[tokio::test]
async fn what_ended_before_an_error_is_reported() {
    let database = Database::new();
    let store = database.open_patiently().await;
    add(&database, 5000, 1000).await;
    let mut connection = database.connection().await;
    // The third step fails.
    for statement in crate::CANNOT_END_2500 {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    assert_eq!(evicted(&store, "new", at(100)).await, (1..=2000).collect::<Vec<_>>());
    assert_eq!(live(&store, at(100)).await.len(), 3001);
}

#[tokio::test]
async fn nothing_has_ended_if_the_first_step_fails() {
    let database = Database::new();
    let store = database.open_patiently().await;
    add(&database, 5000, 1000).await;
    // The id is in use, although the session with it is not among the oldest.
    let error = start(&store, "5000", LIMIT, at(100)).await.unwrap_err();
    assert!(matches!(own(&error), jwt_sqlx::Error::SessionExists), "{error:?}");
    assert_eq!(live(&store, at(100)).await.len(), 5000);
}

#[tokio::test]
async fn expired_sessions_end_first_and_are_not_reported() {
    let database = Database::new();
    let store = database.open_patiently().await;
    for id in ["one", "two"] {
        start(&store, id, LIMIT, at(0)).await.unwrap();
    }
    add(&database, 3000, 50).await;
    // The expired ones were used later than the live ones.
    assert_eq!(evicted(&store, "new", at(60)).await, [0_usize; 0]);
    assert_eq!(live(&store, at(60)).await, ["new", "one", "two"].map(String::from).into());
}

#[tokio::test]
async fn a_limit_that_rejects_ends_expired_sessions_in_steps() {
    let database = Database::new();
    let store = database.open_patiently().await;
    add(&database, 3000, 50).await;
    let limit = SessionLimit::reject(2);
    let reached = start(&store, "early", limit, at(40)).await.unwrap_err();
    assert!(LimitReached::caused(&*reached));
    assert_eq!(live(&store, at(40)).await.len(), 3000);
    for id in ["one", "two"] {
        assert!(start(&store, id, limit, at(60)).await.unwrap().evicted.is_empty());
    }
    assert!(LimitReached::caused(&*start(&store, "three", limit, at(60)).await.unwrap_err()));
    assert_eq!(live(&store, at(60)).await, ["one", "two"].map(String::from).into());
}

#[tokio::test]
async fn a_limit_that_rejects_does_not_end_more_than_a_start_may() {
    let database = Database::new();
    let store = database.open_patiently().await;
    add(&database, MOST + 1200, 50).await;
    let limit = SessionLimit::reject(2);
    let error = start(&store, "one", limit, at(60)).await.unwrap_err();
    assert!(matches!(own(&error), jwt_sqlx::Error::TimeLimit), "{error:?}");
    start(&store, "one", limit, at(60)).await.unwrap();
}
