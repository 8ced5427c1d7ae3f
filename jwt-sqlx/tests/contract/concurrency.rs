use std::sync::Arc;
use std::time::Duration;

use jwt_session::{
    EndRequest, Graced, NewSession, Revocation, RevokeRequest, RotateRequest, Rotation, Selector,
    SessionState, Sessions, StartRequest, StateRequest, TokenRef, TouchRequest,
};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{ALICE, IDLE, ISSUER, at, is_revoked, live, session_state, start};
use crate::{Database, Store};

/// Long enough for a hundred writes on a slow disk.
const LIMIT: Duration = Duration::from_secs(60);

async fn open(database: &Database) -> Store {
    database.open_within(LIMIT).await
}

/// Returns the outcomes of a hundred calls with one token, through several pools, as from several processes.
async fn race(stores: &[Store], grace: Duration, next: fn(usize) -> String) -> Vec<Rotation> {
    let barrier = Arc::new(Barrier::new(100));
    let mut tasks = JoinSet::new();
    for (number, store) in stores.iter().cycle().take(100).cloned().enumerate() {
        let barrier = Arc::clone(&barrier);
        tasks.spawn(async move {
            barrier.wait().await;
            let token = TokenRef::refresh(ALICE, "a", "a-0");
            store
                .rotate(RotateRequest::new(token, &next(number), at(1)).grace(grace).idle(IDLE))
                .await
                .unwrap()
        });
    }
    tasks.join_all().await
}

fn is_rotated(rotation: &Rotation) -> bool {
    matches!(rotation, Rotation::Rotated(_))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_a_hundred_rotates_and_the_others_get_its_token() {
    let database = Database::new();
    let stores = [open(&database).await, open(&database).await, open(&database).await];
    for next in [(|number| format!("next-{number}")) as fn(usize) -> String, |_| "same".to_owned()] {
        start(&stores[0], ALICE, "a", 0).await;
        let outcomes = race(&stores, Duration::from_secs(10), next).await;
        assert_eq!(outcomes.iter().filter(|outcome| is_rotated(outcome)).count(), 1);
        let mut currents = outcomes.iter().filter_map(|outcome| match outcome {
            Rotation::Grace(Graced { current, .. }) => Some(current.clone()),
            _ => None,
        });
        let first = currents.next().unwrap();
        assert_eq!(currents.filter(|current| *current == first).count(), 98);
        let current = TokenRef::refresh(ALICE, "a", &first);
        assert_eq!(stores[1].state(StateRequest::new(current, at(1))).await.unwrap(), SessionState::Active);
        stores[0].purge(at(1_000_000)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_grace_one_rotates_one_is_a_reuse_and_the_session_has_ended() {
    let database = Database::new();
    let stores = [open(&database).await, open(&database).await];
    start(&stores[0], ALICE, "a", 0).await;
    let outcomes = race(&stores, Duration::ZERO, |number| format!("next-{number}")).await;
    let count = |wanted: fn(&Rotation) -> bool| outcomes.iter().filter(|outcome| wanted(outcome)).count();
    assert_eq!(count(is_rotated), 1);
    assert_eq!(count(|outcome| *outcome == Rotation::Reused), 1);
    assert_eq!(count(|outcome| *outcome == Rotation::Revoked), 98);
    assert_eq!(session_state(&stores[0], "a", at(1)).await, SessionState::Revoked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_starts_with_one_id_one_is_kept() {
    let database = Database::new();
    let stores = [open(&database).await, open(&database).await];
    let mut tasks = JoinSet::new();
    for (number, store) in stores.iter().cycle().take(50).cloned().enumerate() {
        tasks.spawn(async move {
            let first = number.to_string();
            store.start(StartRequest::new(NewSession::new(ALICE, "a", &first, at(100)), at(0))).await.is_ok()
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|kept| *kept).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_survives_an_end_whatever_else_is_going_on() {
    let database = Database::new();
    let store = open(&database).await;
    for id in 0..20 {
        start(&store, ALICE, &id.to_string(), 0).await;
    }
    let mut tasks = JoinSet::new();
    for id in 0..20 {
        let store = store.clone();
        tasks.spawn(async move {
            let session = id.to_string();
            let mut current = format!("{id}-0");
            for step in 1..5 {
                let next = format!("{id}-{step}");
                let token = TokenRef::refresh(ALICE, &session, &current);
                store.touch(TouchRequest::new(token, at(step)).idle(IDLE)).await.unwrap();
                if !is_rotated(
                    &store.rotate(RotateRequest::new(token, &next, at(step)).idle(IDLE)).await.unwrap(),
                ) {
                    return;
                }
                current = next;
            }
        });
    }
    let ended = store.end(EndRequest::new(Selector::AllOf(ALICE), at(2))).await.unwrap();
    assert_eq!(ended.live, 20);
    assert_eq!(live(&store, ALICE, at(2)).await, [""; 0]);
    tasks.join_all().await;
    assert_eq!(live(&store, ALICE, at(2)).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_cutoffs_at_once_each_session_is_counted_by_one() {
    let database = Database::new();
    let stores = [open(&database).await, open(&database).await, open(&database).await];
    for id in 0..20 {
        start(&stores[0], ALICE, &id.to_string(), id).await;
    }
    let mut tasks = JoinSet::new();
    for (moment, store) in (1..=50).zip(stores.iter().cycle().cloned()) {
        tasks.spawn(async move {
            let cut_off = Selector::IssuedBefore { issuer: ISSUER, subject: None, moment: at(moment) };
            store.end(EndRequest::new(cut_off, at(50))).await.unwrap().live
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<u64>(), 20);
    assert_eq!(live(&stores[0], ALICE, at(50)).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_is_seen_by_everybody_at_once() {
    let database = Database::new();
    let stores = [open(&database).await, open(&database).await];
    let mut tasks = JoinSet::new();
    for number in 0..50 {
        let stores = stores.clone();
        tasks.spawn(async move {
            let id = number.to_string();
            stores[number % 2]
                .revoke(RevokeRequest::new(TokenRef::new(ALICE, &id), None, at(0)))
                .await
                .unwrap();
            assert!(is_revoked(&stores[(number + 1) % 2], TokenRef::new(ALICE, &id)).await);
        });
    }
    tasks.join_all().await;
}
