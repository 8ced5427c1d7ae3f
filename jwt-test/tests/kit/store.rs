use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use jwt_conformance::Fixture;
use jwt_core::session::{
    EndRequest, IsRevokedRequest, ListRequest, NewSession, Revocation as _, RevokeRequest, RotateRequest,
    Rotation, Selector, SessionState, Sessions as _, StartRequest, StateRequest, StatesRequest, Subject,
    TokenRef, TouchRequest,
};
use jwt_test::{FailingStore, Outage, StoreCall};

const ALICE: Subject<'_> = Subject::new("https://auth.example.com", "alice");
const FIRST: TokenRef<'_> = TokenRef::refresh(ALICE, "session", "first");

/// A store that does not fail is as good as the one inside.
mod without_failures {
    use super::{FailingStore, Fixture};

    struct Opened;

    impl Fixture for Opened {
        type Store = FailingStore;

        async fn open(&self) -> FailingStore {
            FailingStore::default()
        }
    }

    jwt_conformance::conformance_tests!(Opened);
}

/// Returns a store with a session.
async fn with_session() -> FailingStore {
    let (store, now) = (FailingStore::default(), SystemTime::now());
    let session = NewSession::new(ALICE, "session", "first", now + Duration::from_secs(3600));
    store.start(StartRequest::new(session, now)).await.unwrap();
    store
}

/// Makes every call, and returns which of them succeeded at once.
fn every_call(store: &FailingStore) -> Vec<bool> {
    let now = SystemTime::now();
    let session = NewSession::new(ALICE, "other", "other", now + Duration::from_secs(3600));
    vec![
        store.is_revoked(IsRevokedRequest::new(FIRST, now)).now_or_never().is_some_and(|done| done.is_ok()),
        store.revoke(RevokeRequest::new(FIRST, None, now)).now_or_never().is_some_and(|done| done.is_ok()),
        store.start(StartRequest::new(session, now)).now_or_never().is_some_and(|done| done.is_ok()),
        store
            .rotate(RotateRequest::new(FIRST, "second", now))
            .now_or_never()
            .is_some_and(|done| done.is_ok()),
        store.state(StateRequest::new(FIRST, now)).now_or_never().is_some_and(|done| done.is_ok()),
        store.states(StatesRequest::new(&[FIRST], now)).now_or_never().is_some_and(|done| done.is_ok()),
        store.touch(TouchRequest::new(FIRST, now)).now_or_never().is_some_and(|done| done.is_ok()),
        store
            .end(EndRequest::new(Selector::AllOf(ALICE), now))
            .now_or_never()
            .is_some_and(|done| done.is_ok()),
        store.list(ListRequest::new(ALICE, now)).now_or_never().is_some_and(|done| done.is_ok()),
    ]
}

#[tokio::test]
async fn every_call_fails_and_counts() {
    for outage in [Outage::Down, Outage::LostReply, Outage::Hang] {
        let store = with_session().await;
        let before = store.calls();
        store.fail(outage);
        assert_eq!(every_call(&store), [false; 9], "{outage:?}");
        let calls = [
            StoreCall::IsRevoked,
            StoreCall::Revoke,
            StoreCall::Start,
            StoreCall::Rotate,
            StoreCall::State,
            StoreCall::States,
            StoreCall::Touch,
            StoreCall::End,
            StoreCall::List,
        ];
        for call in calls {
            assert_eq!(store.calls().of(call) - before.of(call), 1, "{call:?}");
        }
        assert_eq!(store.calls().total() - before.total(), 9);
    }
}

#[tokio::test]
async fn nothing_has_changed_after_an_outage() {
    let store = with_session().await;
    store.fail(Outage::Down);
    assert_eq!(every_call(&store), [false; 9]);
    store.recover();
    assert_eq!(every_call(&store), [true; 9]);
}

#[tokio::test]
async fn a_call_is_carried_out_if_only_its_reply_is_lost() {
    for (outage, next) in [(Outage::Down, SessionState::Spent), (Outage::LostReply, SessionState::Active)] {
        let (store, now) = (with_session().await, SystemTime::now());
        store.fail_next(1, outage);
        let error = store.rotate(RotateRequest::new(FIRST, "second", now)).await.unwrap_err();
        assert!(error.to_string().contains("hunter2"));
        let second = TokenRef::refresh(ALICE, "session", "second");
        assert_eq!(store.state(StateRequest::new(second, now)).await.unwrap(), next, "{outage:?}");
        assert_eq!(store.inner().state(StateRequest::new(second, now)).await.unwrap(), next);
    }
}

#[tokio::test]
async fn an_outage_ends_after_its_calls() {
    let (store, now) = (with_session().await, SystemTime::now());
    let state = async || store.state(StateRequest::new(FIRST, now)).await.is_ok();
    store.fail_next(2, Outage::Down);
    assert_eq!([state().await, state().await, state().await], [false, false, true]);
    store.fail(Outage::Down);
    assert_eq!([state().await, state().await], [false, false]);
    store.recover();
    assert!(state().await);

    for calls in [0, 1] {
        store.fail_next(calls, Outage::Down);
        let has_outage = format!("{store:?}").contains("Down");
        assert_eq!((has_outage, state().await), (calls == 1, calls == 0));
        assert!(!format!("{store:?}").contains("Down"));
    }
}

#[tokio::test]
async fn a_call_that_hangs_is_carried_out_after_the_recovery() {
    let (store, now) = (with_session().await, SystemTime::now());
    store.fail(Outage::Hang);
    let next = store.calls().total() + 1;
    let rotate = |store: FailingStore| async move {
        store.rotate(RotateRequest::new(FIRST, "second", now)).await.map_err(|error| error.to_string())
    };
    let hanging = tokio::spawn(rotate(store.clone()));
    store.until_calls(next).await;
    tokio::task::yield_now().await;
    assert!(!hanging.is_finished());
    assert_eq!(store.inner().state(StateRequest::new(FIRST, now)).await.unwrap(), SessionState::Active);
    store.recover();
    assert!(matches!(hanging.await.unwrap(), Ok(Rotation::Rotated(_))));

    // One that hangs can also fail.
    store.fail(Outage::Hang);
    let hanging = tokio::spawn(rotate(store.clone()));
    store.until_calls(next + 1).await;
    store.fail(Outage::Down);
    assert!(hanging.await.unwrap().is_err());
}

#[tokio::test]
async fn only_the_next_calls_hang() {
    let (store, now) = (with_session().await, SystemTime::now());
    store.fail_next(1, Outage::Hang);
    let next = store.calls().total() + 1;
    let hanging = {
        let store = store.clone();
        tokio::spawn(async move { store.state(StateRequest::new(FIRST, now)).await.is_ok() })
    };
    store.until_calls(next).await;
    assert!(store.state(StateRequest::new(FIRST, now)).await.is_ok());
    assert!(!hanging.is_finished());
    store.recover();
    assert!(hanging.await.unwrap());
}
