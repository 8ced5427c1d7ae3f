//! Refresh tokens in cookies, which the tabs of a browser share.

use http::Request;
use jwt_core::session::{SessionError, TokenPair};
use jwt_core::{Config, ErrorKind, Location, Policy};

use crate::support::{NOW, at, authenticate, bearer, block_on, secs};
use crate::support_sessions::{House, house};

const BOTH: [Location; 2] = [Location::Header, Location::Cookie];

fn cookies() -> Config {
    Config::default().token_location(BOTH)
}

/// Exchanges a refresh token that arrives in this location.
fn rotate_from(house: &House, place: Location, refresh: &str) -> Result<TokenPair, SessionError> {
    let request = match place {
        Location::Cookie => {
            let csrf = house.read(refresh).claims()["csrf"].as_str().unwrap().to_owned();
            let cookie = format!("refresh_token_cookie={refresh}");
            let request = Request::post("/").header("cookie", cookie).header("x-csrf-token", csrf);
            request.body(()).unwrap()
        }
        _ => bearer(refresh),
    };
    let found = authenticate(&house.jwt, &request, &Policy::refresh())?;
    let token = found.token().unwrap();
    assert_eq!(token.location(), Some(place));
    block_on(async { house.jwt.rotate(token).await })
}

fn rotate(house: &House, refresh: &str) -> TokenPair {
    rotate_from(house, Location::Cookie, refresh).unwrap()
}

fn kind(result: Result<TokenPair, SessionError>) -> Option<ErrorKind> {
    match result {
        Ok(_) => None,
        Err(SessionError::Rejected(error)) => Some(error.kind()),
        Err(other) => panic!("{other}"),
    }
}

fn id(house: &House, pair: &TokenPair) -> String {
    house.read(pair.refresh()).id().unwrap().to_owned()
}

fn is_alive(house: &House, pair: &TokenPair) -> bool {
    authenticate(&house.jwt, &bearer(pair.access()), &Policy::access()).is_ok()
}

#[test]
fn tabs_that_refresh_at_once_in_any_order_get_one_token() {
    let house = house(cookies());
    let first = house.log_in("alice");
    // The first one exchanges the token of the login at once.
    let second = rotate(&house, first.refresh());
    assert_ne!(id(&house, &second), id(&house, &first));
    // A use of the current token moves the idle limit, and a use of the previous one does not.
    for (later, earlier, used) in [(0, &second, 0), (3, &first, 0), (8, &second, 8), (9, &first, 8)] {
        house.clock.set(at(NOW + later));
        let pair = rotate(&house, earlier.refresh());
        assert_eq!(id(&house, &pair), id(&house, &second));
        assert_eq!(pair.session(), first.session());
        assert_ne!(pair.access(), second.access());
        assert!(is_alive(&house, &pair));
        let token = house.read(pair.refresh());
        assert_eq!(token.issued_at(), Some(at(NOW + later)), "signed again");
        assert_eq!(token.expires_at(), Some(at(NOW + used + 30 * 24 * 60 * 60)));
    }
    assert_eq!(house.told.take(), ["grace 1", "grace 1"], "only uses of the previous token are events");
}

#[test]
fn a_token_that_was_kept_is_exchanged_after_the_grace() {
    let house = house(cookies());
    let first = house.log_in("alice");
    let second = rotate(&house, first.refresh());
    house.clock.set(at(NOW + 9));
    let kept = rotate(&house, second.refresh());
    house.clock.set(at(NOW + 10));
    let third = rotate(&house, kept.refresh());
    assert_ne!(id(&house, &third), id(&house, &second));
    // The texts of a kept token differ, but it is one token.
    for earlier in [&second, &kept] {
        assert_eq!(id(&house, &rotate(&house, earlier.refresh())), id(&house, &third));
    }
    assert_eq!(house.told.take(), ["grace 1", "grace 1"]);
    let reused = rotate_from(&house, Location::Cookie, first.refresh());
    assert_eq!(kind(reused), Some(ErrorKind::ReusedToken));
    assert_eq!(house.told.take(), ["ended 1 by One", "reuse"]);
    assert!(!is_alive(&house, &third));
}

#[test]
fn a_kept_token_that_is_presented_after_its_own_grace_ends_the_session() {
    let house = house(cookies());
    let first = house.log_in("alice");
    let second = rotate(&house, first.refresh());
    let stolen = rotate(&house, second.refresh());
    house.clock.set(at(NOW + 900));
    let third = rotate(&house, second.refresh());
    house.clock.set(at(NOW + 910));
    let reused = rotate_from(&house, Location::Cookie, stolen.refresh());
    assert_eq!(kind(reused), Some(ErrorKind::ReusedToken));
    assert!(!is_alive(&house, &third));
}

#[test]
fn a_token_in_a_header_field_is_exchanged_at_once() {
    let house = house(cookies());
    let first = house.log_in("alice");
    let second = rotate_from(&house, Location::Header, first.refresh()).unwrap();
    let third = rotate_from(&house, Location::Header, second.refresh()).unwrap();
    assert_ne!(id(&house, &third), id(&house, &second));
    // Without a request, the manager does not know how the token arrived.
    let fourth = house.rotate(third.refresh()).unwrap();
    assert_ne!(id(&house, &fourth), id(&house, &third));
    assert_eq!(kind(house.rotate(second.refresh())), Some(ErrorKind::ReusedToken));
}

#[test]
fn without_a_grace_period_a_cookie_is_exchanged_at_once() {
    let house = house(cookies().rotation_grace(secs(0)));
    let first = house.log_in("alice");
    let second = rotate(&house, first.refresh());
    let third = rotate(&house, second.refresh());
    assert_ne!(id(&house, &third), id(&house, &second));
    let reused = rotate_from(&house, Location::Cookie, second.refresh());
    assert_eq!(kind(reused), Some(ErrorKind::ReusedToken));
}

#[test]
fn a_clock_that_is_set_back_far_does_not_stop_the_rotation() {
    let house = house(cookies().iat_leeway(secs(300)).nbf_leeway(secs(300)));
    let first = house.log_in("alice");
    let second = rotate(&house, first.refresh());
    house.clock.set(at(NOW - 60));
    let third = rotate(&house, second.refresh());
    assert_ne!(id(&house, &third), id(&house, &second));
}

#[test]
fn turns_within_the_grace_are_counted_although_tokens_are_kept() {
    let house = house(cookies().end_session_after_grace_uses(3));
    let mut owner = house.log_in("alice");
    for round in 1..=3 {
        house.clock.set(at(NOW + round * 840));
        let thief = rotate(&house, owner.refresh());
        rotate(&house, thief.refresh());
        let outcome = rotate_from(&house, Location::Cookie, owner.refresh());
        if round == 3 {
            assert_eq!(kind(outcome), Some(ErrorKind::ReusedToken));
            assert_eq!(
                house.told.take(),
                ["grace 1", "grace 2", "grace 3", "ended 1 by One", "reuse"],
                "{round}"
            );
            assert!(!is_alive(&house, &thief));
        } else {
            owner = outcome.unwrap();
            rotate(&house, owner.refresh());
        }
    }
}
