//! The list of a subject's sessions, page by page.

use std::sync::atomic::{AtomicU64, Ordering};

use jwt_core::session::{
    EndRequest, Ended, IsRevokedRequest, ListRequest, PAGE_LIMIT, Position, Revocation, RevokeRequest,
    RotateRequest, Rotation, Session, SessionPage, SessionState, Sessions, StartRequest, Started,
    StateRequest, TouchRequest,
};
use jwt_core::{BoxError, Config, TokenError};

use crate::support::{NOW, at, block_on, builder};
use crate::support_sessions::house;

fn labels(sessions: &[Session]) -> Vec<&str> {
    sessions.iter().filter_map(|session| session.label.as_deref()).collect()
}

#[test]
fn each_page_continues_where_the_last_one_ended() {
    let house = house(Config::default());
    for second in 1..=5 {
        house.clock.set(at(NOW + second));
        block_on(async { house.jwt.log_in("alice").label(second.to_string()).await }).unwrap();
    }
    let page = |limit, after: Option<&Position>| {
        block_on(house.jwt.list_sessions_page("alice", limit, after)).unwrap()
    };
    let first = page(2, None);
    assert_eq!(labels(&first.sessions), ["5", "4"]);
    // The last session on the page has ended, and there is a newer session.
    block_on(house.jwt.end_session("alice", &first.sessions[1].id)).unwrap();
    block_on(async { house.jwt.log_in("alice").label("6").await }).unwrap();
    let second = page(2, first.next.as_ref());
    assert_eq!(labels(&second.sessions), ["3", "2"]);
    let last = page(2, second.next.as_ref());
    assert_eq!((labels(&last.sessions), last.next), (vec!["1"], None));
    assert_eq!(page(0, None).sessions.len(), 1);
    assert_eq!(page(usize::MAX, None).sessions.len(), 5);
    assert_eq!(block_on(house.jwt.list_sessions_page("bob", 2, None)).unwrap(), SessionPage::default());
    house.store.fail(true);
    let error = block_on(house.jwt.list_sessions_page("alice", 2, None)).unwrap_err();
    assert!(matches!(error, TokenError::Unavailable(_)), "{error:?}");
}

#[test]
fn all_sessions_are_more_than_a_page() {
    let house = house(Config::default().insecure_unlimited_sessions());
    for _ in 0..=PAGE_LIMIT {
        block_on(async { house.jwt.log_in("alice").await }).unwrap();
    }
    assert_eq!(block_on(house.jwt.list_sessions("alice")).unwrap().len(), PAGE_LIMIT + 1);
}

/// A store whose pages repeat forever: the number of pages, and the seconds between the starts of two sessions.
struct Circle(u64, u64, AtomicU64);

impl Revocation for Circle {
    async fn is_revoked(&self, _: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        Ok(false)
    }

    async fn revoke(&self, _: RevokeRequest<'_>) -> Result<(), BoxError> {
        Ok(())
    }
}

impl Sessions for Circle {
    async fn start(&self, _: StartRequest<'_>) -> Result<Started, BoxError> {
        Ok(Started::new())
    }

    async fn rotate(&self, _: RotateRequest<'_>) -> Result<Rotation, BoxError> {
        Ok(Rotation::Unknown)
    }

    async fn state(&self, _: StateRequest<'_>) -> Result<SessionState, BoxError> {
        Ok(SessionState::Unknown)
    }

    async fn touch(&self, _: TouchRequest<'_>) -> Result<SessionState, BoxError> {
        Ok(SessionState::Unknown)
    }

    async fn end(&self, _: EndRequest<'_>) -> Result<Ended, BoxError> {
        Ok(Ended::new(0))
    }

    async fn list(&self, _: ListRequest<'_>) -> Result<SessionPage, BoxError> {
        let place = self.2.fetch_add(1, Ordering::Relaxed) % self.0;
        Ok(SessionPage::new(
            vec![Session::new(place.to_string(), at(NOW - place * self.1), at(NOW + 1)); 2],
            1,
        ))
    }
}

#[test]
fn pages_that_lead_in_a_circle_are_an_outage() {
    for (pages, apart) in [(1, 0), (2, 0), (3, 0), (2, 1), (3, 1)] {
        let store = Circle(pages, apart, AtomicU64::new(0));
        let jwt = builder(Config::default()).session_store(store).build().unwrap();
        let error = block_on(jwt.list_sessions("alice")).unwrap_err();
        assert!(matches!(error, TokenError::Unavailable(_)), "{error:?}");
    }
}
