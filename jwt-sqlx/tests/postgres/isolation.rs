//! Unusual defaults of servers and pools, and calls that wait for each other.

use std::time::{Duration, Instant};

use jwt_session::{
    EndRequest, ListRequest, NewSession, Revocation, RevokeRequest, RotateRequest, Rotation, Selector,
    SessionLimit, SessionState, Sessions, StartRequest, StateRequest, Subject, TokenRef, TouchRequest,
};
use jwt_sqlx::Error;
use sqlx::Executor as _;
use sqlx::postgres::PgPoolOptions;
use tokio::task::JoinSet;

use crate::contract::refusals::LIMIT;
use crate::contract::{
    ALICE, GRACE, IDLE, ISSUER, at, grace, is_revoked, live, own, rotate, rotated, session_state, start,
};
use crate::{Database, Store};

/// Long enough for calls that wait for a lock.
async fn waiting(database: &Database, calls: i64) {
    let mut connection = database.connection().await;
    let query = "SELECT COUNT(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation
        WHERE relnamespace = current_schema()::regnamespace AND relname = 'jwt_sessions' AND pid IN
        (SELECT pid FROM pg_locks WHERE NOT granted) AND mode = 'RowExclusiveLock'";
    loop {
        let found: i64 = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
        if found >= calls {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_list_whose_caller_has_given_up_ends_on_the_server() {
    let database = Database::new();
    let store = database.open_within(LIMIT).await;
    start(&store, ALICE, "a", 0).await;
    let mut other = database.connection().await;
    other.execute("BEGIN; LOCK TABLE jwt_sessions IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let given_up = store.list(ListRequest::new(ALICE, at(0))).await.unwrap_err();
    assert!(matches!(own(&given_up), Error::TimeLimit | Error::Database(_)), "{given_up}");
    // The lock is still held, so nothing but the limit ends the statement.
    let mut observer = database.connection().await;
    let query = "SELECT COUNT(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation
        WHERE relnamespace = current_schema()::regnamespace AND relname = 'jwt_sessions' AND NOT granted";
    let began = Instant::now();
    while sqlx::query_scalar::<_, i64>(query).fetch_one(&mut observer).await.unwrap() > 0 {
        assert!(began.elapsed() < Duration::from_secs(20));
        tokio::task::yield_now().await;
    }
    other.execute("COMMIT").await.unwrap();
    assert_eq!(live(&store, ALICE, at(1)).await, ["a"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn defaults_of_the_pool_make_no_errors() {
    for settings in [
        ("default_transaction_isolation", "serializable"),
        ("default_transaction_isolation", "repeatable\\ read"),
        ("default_transaction_read_only", "on"),
    ] {
        let database = Database::new();
        database.open().await.close().await;
        let options = database.options().await.options([settings]);
        let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await.unwrap();
        let store = Store::from_pool(pool).await.unwrap();
        start(&store, ALICE, "a", 0).await;
        let mut tasks = JoinSet::new();
        for number in 0..50 {
            let store = store.clone();
            tasks.spawn(async move {
                let token = TokenRef::refresh(ALICE, "a", "a-0");
                store
                    .revoke(RevokeRequest::new(TokenRef::new(ALICE, "t"), Some(at(number)), at(0)))
                    .await
                    .unwrap();
                store.state(StateRequest::new(token, at(1)).grace(GRACE)).await.unwrap();
                store
                    .rotate(RotateRequest::new(token, &number.to_string(), at(1)).grace(GRACE).idle(IDLE))
                    .await
                    .unwrap()
            });
        }
        let outcomes = tasks.join_all().await;
        let won = outcomes.iter().filter(|outcome| matches!(outcome, Rotation::Rotated(_))).count();
        assert_eq!(won, 1, "{settings:?}");
        assert_eq!(store.end(EndRequest::new(Selector::AllOf(ALICE), at(2))).await.unwrap().live, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ends_and_purges_of_the_same_sessions_do_not_lock_each_other_out() {
    let database = Database::new();
    let stores = [database.open().await, database.open().await];
    for round in 0..20 {
        // Sessions do not start in the order of their ids, and they are used afterwards, so their rows are in no
        // particular order.
        for number in 0..40 {
            let id = format!("{}-{round}", (number * 7) % 40);
            stores[0]
                .start(StartRequest::new(NewSession::new(ALICE, &id, "first", at(1000)), at(0)))
                .await
                .unwrap();
            let token = TokenRef::refresh(ALICE, &id, "first");
            if number % 3 == 0 {
                stores[0]
                    .rotate(RotateRequest::new(token, "second", at(1)).grace(GRACE).idle(IDLE))
                    .await
                    .unwrap();
            }
        }
        let mut tasks = JoinSet::new();
        for call in 0..12 {
            let store = stores[call % 2].clone();
            tasks.spawn(async move {
                let kept = format!("{call}-{round}");
                match call % 3 {
                    0 => store.end(EndRequest::new(Selector::AllOf(ALICE), at(2))).await.unwrap().live,
                    1 => {
                        let others = Selector::AllExcept { subject: ALICE, session: &kept };
                        store.end(EndRequest::new(others, at(2))).await.unwrap().live
                    }
                    _ => {
                        store.purge(at(1000)).await.unwrap();
                        0
                    }
                }
            });
        }
        let ended: u64 = tasks.join_all().await.into_iter().sum();
        assert!(ended <= 40, "{ended}");
        assert_eq!(live(&stores[0], ALICE, at(2)).await, [""; 0]);
        stores[0].purge(at(1000)).await.unwrap();
    }
}

#[tokio::test]
async fn sessions_are_locked_oldest_first_and_then_by_id() {
    // The rows are in the order of the ids.
    for (seconds, free_ones) in [([0, 0, 0], ["a", "b"]), ([0, 1, 2], ["b", "c"])] {
        for is_start in [false, true] {
            let database = Database::new();
            let store = database.open().await;
            for (id, seconds) in ["a", "b", "c"].into_iter().zip(seconds) {
                start(&store, ALICE, id, seconds).await;
            }
            let mut other = database.connection().await;
            other.execute("BEGIN; UPDATE jwt_sessions SET ended_at = 1 WHERE id = 'b'").await.unwrap();
            let change = async {
                if is_start {
                    let session = NewSession::new(ALICE, "new", "first", at(100));
                    let limit = Some(SessionLimit::evict(1));
                    store.start(StartRequest::new(session, at(5)).limit(limit)).await.unwrap().evicted.len()
                } else {
                    let ended = store.end(EndRequest::new(Selector::AllOf(ALICE), at(5))).await.unwrap();
                    usize::try_from(ended.live).unwrap()
                }
            };
            let (ended, free) = tokio::join!(change, async {
                waiting(&database, 1).await;
                let query = "SELECT id FROM jwt_sessions ORDER BY id FOR UPDATE SKIP LOCKED";
                let free: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut other).await.unwrap();
                other.execute("COMMIT").await.unwrap();
                free
            });
            assert_eq!(ended, 2);
            assert_eq!(free, free_ones, "{is_start}: all but the first one");
        }
    }
}

#[tokio::test]
async fn what_waits_for_a_change_sees_it() {
    let database = Database::new();
    let store = database.open().await;
    let mut other = database.connection().await;
    for (change, expected) in [
        ("current_id = 'b', previous_id = 'a-0', rotated_at = 1700000001000", grace("b", at(100))),
        ("current_id = 'b'", Rotation::Reused),
        ("ended_at = 1", Rotation::Revoked),
        ("idle_expires_at = 1", Rotation::Expired),
        ("last_used_at = 1", rotated(at(1) + IDLE)),
    ] {
        start(&store, ALICE, "a", 0).await;
        other.execute(&*format!("BEGIN; UPDATE jwt_sessions SET {change}")).await.unwrap();
        let token = TokenRef::refresh(ALICE, "a", "a-0");
        let (found, ()) = tokio::join!(
            store.rotate(RotateRequest::new(token, "a-1", at(1)).grace(GRACE).idle(IDLE)),
            async {
                waiting(&database, 1).await;
                other.execute("COMMIT").await.unwrap();
            }
        );
        assert_eq!(found.unwrap(), expected, "{change}");
        other.execute("DELETE FROM jwt_sessions").await.unwrap();
    }
}

#[tokio::test]
async fn what_waits_for_a_change_that_is_undone_does_not_see_it() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    let mut other = database.connection().await;
    other.execute("BEGIN; UPDATE jwt_sessions SET ended_at = 1").await.unwrap();
    let token = TokenRef::refresh(ALICE, "a", "a-0");
    let (ended, touched, ()) = tokio::join!(
        store.end(EndRequest::new(Selector::AllOf(ALICE), at(1))),
        store.touch(TouchRequest::new(TokenRef::access(ALICE, "a", "t"), at(1)).idle(IDLE)),
        async {
            waiting(&database, 2).await;
            other.execute("ROLLBACK").await.unwrap();
        }
    );
    assert_eq!(ended.unwrap().live, 1);
    assert!(matches!(touched.unwrap(), SessionState::Active | SessionState::Revoked));
    assert_eq!(
        store.rotate(RotateRequest::new(token, "a-1", at(1)).grace(GRACE).idle(IDLE)).await.unwrap(),
        Rotation::Revoked
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_that_starts_during_an_end_is_ended_and_counted_or_neither() {
    let database = Database::new();
    let store = database.open().await;
    let (mut started, mut ended) = (0, 0);
    for round in 0..100 {
        let subject = Subject::new(ISSUER, "starting");
        let id = round.to_string();
        let session = NewSession::new(subject, &id, "first", at(1000));
        let (start, end) = tokio::join!(
            store.start(StartRequest::new(session, at(0))),
            store.end(EndRequest::new(Selector::AllOf(subject), at(0)))
        );
        start.unwrap();
        started += 1;
        ended += end.unwrap().live;
        assert_eq!(live(&store, subject, at(0)).await.len() as u64, started - ended);
    }
}

#[tokio::test]
async fn a_purge_leaves_what_somebody_is_changing_and_waits_for_nobody() {
    let database = Database::new();
    let store = database.open().await;
    for id in ["a", "b"] {
        start(&store, ALICE, id, 0).await;
        store.revoke(RevokeRequest::new(TokenRef::new(ALICE, id), Some(at(1)), at(0))).await.unwrap();
    }
    let mut other = database.connection().await;
    let changed = "BEGIN; UPDATE jwt_sessions SET ended_at = 1 WHERE id = 'a';
        UPDATE jwt_revoked SET until = NULL WHERE id = 'a'";
    other.execute(changed).await.unwrap();
    assert_eq!(store.purge(at(1000)).await.unwrap(), 2);
    other.execute("COMMIT").await.unwrap();
    assert!(is_revoked(&store, TokenRef::new(ALICE, "a")).await);
    assert!(!is_revoked(&store, TokenRef::new(ALICE, "b")).await);
    assert_eq!(session_state(&store, "b", at(1)).await, SessionState::Unknown);
    assert_eq!(store.purge(at(1000)).await.unwrap(), 1);
    assert_eq!(rotate(&store, "a", "a-0", "x", at(1)).await, Rotation::Unknown);
}

/// PostgreSQL can make a purge wait although it skips locked rows. Here, a trigger does.
#[tokio::test]
async fn a_purge_that_has_to_wait_lets_go_of_its_rows() {
    let database = Database::new();
    let store = database.open_patiently().await;
    start(&store, ALICE, "a", 0).await;
    let mut other = database.connection().await;
    let trigger = "CREATE TABLE gate (id INT); INSERT INTO gate VALUES (1);
        CREATE FUNCTION passed() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM id FROM gate FOR UPDATE; RETURN NULL; END $$;
        CREATE TRIGGER passes AFTER DELETE ON jwt_sessions FOR EACH STATEMENT EXECUTE FUNCTION passed()";
    other.execute(trigger).await.unwrap();
    other.execute("BEGIN; SELECT id FROM gate FOR UPDATE").await.unwrap();
    let (purged, ()) = tokio::join!(store.purge(at(1000)), async {
        waiting(&database, 1).await;
        other.execute("UPDATE jwt_sessions SET ended_at = 1 WHERE id = 'a'; COMMIT").await.unwrap();
    });
    // The step can have skipped the row while it was locked.
    assert_eq!(purged.unwrap() + store.purge(at(1000)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_rotation_needs_no_new_entry_in_an_index() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    for step in 0..20 {
        let (token, next) = (format!("a-{step}"), format!("a-{}", step + 1));
        store
            .rotate(
                RotateRequest::new(TokenRef::refresh(ALICE, "a", &token), &next, at(step))
                    .grace(GRACE)
                    .idle(IDLE),
            )
            .await
            .unwrap();
    }
    store.close().await;
    let mut connection = database.connection().await;
    let query = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables
        WHERE schemaname = current_schema() AND relname = 'jwt_sessions'";
    // The numbers are those of closed connections, which takes a moment.
    let (all, hot): (i64, i64) = loop {
        let numbers: (i64, i64) = sqlx::query_as(query).fetch_one(&mut connection).await.unwrap();
        if numbers.0 == 20 {
            break numbers;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(all, hot);
    // This includes a page that was full when its sessions started.
    let options = "SELECT reloptions FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relname = 'jwt_sessions'";
    let options: Vec<String> = sqlx::query_scalar(options).fetch_one(&mut connection).await.unwrap();
    assert_eq!(options, ["fillfactor=80"]);
}
