//! The limit of sessions per user, uses within the grace period, and clocks that differ.

use http::StatusCode;
use jwt_core::session::{
    MemorySessions, NewSession, SessionError, SessionLimit, Sessions as _, StartRequest, Subject,
};
use jwt_core::{Config, ErrorKind, JwtManager, Policy, TokenError};

use crate::support::{NOW, SECRET, at, authenticate, bearer, block_on, builder, request, secs};
use crate::support_sessions::{House, house};

const DAY: u64 = 86_400;

fn ids(house: &House, user: &str) -> Vec<String> {
    block_on(house.jwt.list_sessions(user)).unwrap().into_iter().map(|session| session.id).collect()
}

#[test]
fn a_user_has_at_most_a_hundred_sessions() {
    let house = house(Config::default());
    let pairs: Vec<_> = (0..103)
        .map(|second| {
            house.clock.set(at(NOW + second));
            house.log_in("alice")
        })
        .collect();
    house.log_in("bob");
    let alive = ids(&house, "alice");
    assert_eq!(alive.len(), 100);
    let evicted: Vec<_> =
        pairs[..3].iter().map(|pair| format!("evicted {} of alice", pair.session())).collect();
    assert_eq!(house.told.take(), evicted);
    for (place, pair) in pairs.iter().enumerate() {
        let access = authenticate(&house.jwt, &bearer(pair.access()), &Policy::access());
        assert_eq!(access.err().map(|error| error.kind()), (place < 3).then_some(ErrorKind::RevokedToken));
        let rotated = house.rotate(pair.refresh());
        assert_eq!(matches!(rotated, Err(SessionError::Rejected(TokenError::Revoked(_)))), place < 3);
        assert_eq!(alive.contains(&pair.session().to_owned()), place >= 3);
    }
}

#[test]
fn the_session_that_was_unused_for_longest_ends() {
    let house = house(Config::default().max_sessions_per_user(2));
    let (first, second) = (house.log_in("alice"), {
        house.clock.set(at(NOW + 1));
        house.log_in("alice")
    });
    house.clock.set(at(NOW + 2));
    house.rotate(first.refresh()).unwrap();
    house.clock.set(at(NOW + 3));
    let third = house.log_in("alice");
    assert_eq!(ids(&house, "alice"), [third.session(), first.session()]);
    assert_eq!(house.told.take(), [format!("evicted {} of alice", second.session())]);
}

#[test]
fn a_login_beyond_the_limit_can_be_rejected() {
    let config = Config::default().max_sessions_per_user(2).reject_login_at_session_limit(true);
    let house = house(config);
    let first = house.log_in("alice");
    house.log_in("alice");
    let rejected = || block_on(async { house.jwt.log_in("alice").await }).unwrap_err();
    let SessionError::Rejected(error @ TokenError::TooManySessions) = rejected() else {
        panic!("not rejected")
    };
    let response = house.jwt.respond(&error, &request("POST", &[]), &Policy::access());
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert_eq!(house.told.take(), [""; 0], "the store is available, and nothing has ended");
    assert_eq!(ids(&house, "alice").len(), 2);
    house.log_in("bob");
    assert!(block_on(house.jwt.end_session("alice", first.session())).unwrap());
    house.log_in("alice");
    assert!(matches!(rejected(), SessionError::Rejected(TokenError::TooManySessions)));
}

#[test]
fn a_limit_is_a_number_of_sessions() {
    for wrong in [0, 1001, usize::MAX] {
        let error = builder(Config::default().max_sessions_per_user(wrong)).build().unwrap_err().to_string();
        assert!(error.starts_with("max_sessions_per_user") && error.contains("1 and 1000"), "{error}");
    }
    for right in [1, 1000] {
        builder(Config::default().max_sessions_per_user(right)).build().unwrap();
    }
    let config = Config::default().insecure_unlimited_sessions().reject_login_at_session_limit(true);
    let error = builder(config).build().unwrap_err().to_string();
    assert!(
        error.starts_with("reject_login_at_session_limit") && error.contains("max_sessions_per_user"),
        "{error}"
    );
}

#[test]
fn without_a_limit_any_number_of_sessions_stays() {
    let house = house(Config::default().insecure_unlimited_sessions());
    for _ in 0..150 {
        house.log_in("alice");
    }
    assert_eq!(ids(&house, "alice").len(), 150);
}

#[test]
fn one_user_cannot_fill_the_memory_of_everybody() {
    let store = MemorySessions::with_limit(200);
    let jwt =
        JwtManager::builder(Config::default()).secret(SECRET).session_store(store.clone()).build().unwrap();
    let log_in = |user: &str| block_on(async { jwt.log_in(user).await });
    for _ in 0..1000 {
        log_in("mallory").unwrap();
    }
    assert_eq!(store.entries(), 100);
    for user in 0..100 {
        log_in(&user.to_string()).unwrap();
    }
    // It is full. A user at the limit replaces a session of their own, and nobody else loses one.
    assert!(log_in("late").is_err());
    log_in("mallory").unwrap();
    assert_eq!(store.entries(), 200);
    assert_eq!(block_on(jwt.list_sessions("0")).unwrap().len(), 1);
    assert!(log_in("late").is_err(), "the place of the replaced session is taken");
}

/// A thief and the owner exchange every 14 minutes, and the owner is 9 seconds late. Returns the number of rounds until
/// one of them is rejected.
fn take_turns(house: &House, rounds: usize) -> usize {
    let mut refresh = house.log_in("alice").refresh().to_owned();
    for round in 0..rounds {
        let now = NOW + 840 * u64::try_from(round + 1).unwrap();
        house.clock.set(at(now));
        let Ok(thief) = house.rotate(&refresh) else { return round };
        house.clock.set(at(now + 9));
        let Ok(owner) = house.rotate(&refresh) else { return round };
        assert_eq!(house.read(thief.refresh()).id(), house.read(owner.refresh()).id());
        refresh = owner.refresh().to_owned();
    }
    rounds
}

#[test]
fn a_thief_who_takes_turns_with_the_owner_is_seen() {
    let house = house(Config::default());
    assert_eq!(take_turns(&house, 100), 100);
    let events: Vec<_> = (1..=100).map(|in_a_row| format!("grace {in_a_row}")).collect();
    assert_eq!(house.told.take(), events);
}

#[test]
fn a_session_can_end_after_some_uses_within_the_grace_period() {
    let house = house(Config::default().end_session_after_grace_uses(5));
    assert_eq!(take_turns(&house, 100), 4);
    assert_eq!(
        house.told.take(),
        ["grace 1", "grace 2", "grace 3", "grace 4", "grace 5", "ended 1 by One", "reuse"]
    );
    assert_eq!(ids(&house, "alice"), [""; 0]);

    // Fewer do nothing, and an exchange that nobody else follows resets the count.
    for _ in 0..3 {
        let (first, now) = (house.log_in("bob"), NOW + DAY);
        house.clock.set(at(now));
        let second = house.rotate(first.refresh()).unwrap();
        house.rotate(first.refresh()).unwrap();
        let third = house.rotate(second.refresh()).unwrap();
        house.rotate(third.refresh()).unwrap();
        house.clock.set(at(NOW));
    }
    assert!(house.told.take().iter().all(|event| event == "grace 1"));
    for wrong in [0, 1] {
        let error =
            builder(Config::default().end_session_after_grace_uses(wrong)).build().unwrap_err().to_string();
        assert!(error.starts_with("end_session_after_grace_uses") && error.contains("at least 2"), "{error}");
    }
}

#[test]
fn a_session_of_a_fast_clock_ends_with_a_cutoff_that_is_made_now() {
    for everyone in [false, true] {
        let house = house(Config::default());
        house.clock.set(at(NOW + 4));
        let fast = house.log_in("victim");
        house.clock.set(at(NOW));
        let subject = (!everyone).then_some("victim");
        assert_eq!(block_on(house.jwt.end_issued_before(subject, at(NOW))).unwrap(), 1);
        for now in [NOW, NOW + 4, NOW + 5] {
            house.clock.set(at(now));
            assert!(authenticate(&house.jwt, &bearer(fast.access()), &Policy::access()).is_err());
            assert!(house.rotate(fast.refresh()).is_err());
        }
        assert_eq!(house.log_in("victim").session(), ids(&house, "victim")[0]);
    }
}

#[test]
fn a_limit_of_the_contract_comes_from_the_configuration() {
    let store = MemorySessions::new();
    let alice = Subject::new("", "alice");
    let start = |id: &str, limit: Option<SessionLimit>| {
        let session = NewSession::new(alice, id, "jti", at(NOW) + secs(3600));
        block_on(store.start(StartRequest::new(session, at(NOW)).limit(limit)))
    };
    for id in ["a", "b", "c"] {
        assert!(start(id, None).unwrap().evicted.is_empty());
    }
    assert_eq!(start("d", Some(SessionLimit::evict(2))).unwrap().evicted.len(), 2);
    assert_eq!(
        start("d", Some(SessionLimit::evict(1))).unwrap_err().to_string(),
        "session with this id already exists"
    );
}
