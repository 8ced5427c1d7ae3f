//! Refresh tokens that work only once.

use std::sync::{Arc, Mutex};

use jwt_core::error::InvalidToken;
use jwt_core::session::SessionError;
use jwt_core::token::Identity;
use jwt_core::{Config, ErrorKind, Policy, TokenError};
use serde_json::{Value, json};

use crate::support::{NOW, at, authenticate, bearer, block_on, secs};
use crate::support_sessions::{House, house, house_with};

fn kind(result: Result<impl Sized, SessionError>) -> Option<ErrorKind> {
    match result {
        Ok(_) => None,
        Err(SessionError::Rejected(error)) => Some(error.kind()),
        Err(other) => panic!("{other}"),
    }
}

fn is_alive(house: &House, access: &str) -> bool {
    authenticate(&house.jwt, &bearer(access), &Policy::access()).is_ok()
}

#[test]
fn an_exchange_gives_a_new_pair_of_the_same_session() {
    let house = house(Config::default());
    let first = house.log_in("alice");
    house.clock.set(at(NOW + 60));
    let second = house.rotate(first.refresh()).unwrap();
    assert_eq!(second.session(), first.session());
    let (old, new) = (house.read(first.refresh()), house.read(second.refresh()));
    assert_ne!(old.id(), new.id());
    assert_eq!(new.claims()["auth_time"], json!(NOW), "when the user logged in");
    assert_eq!(new.issued_at(), Some(at(NOW + 60)));
    let access = house.read(second.access());
    assert!(!access.is_fresh_at(at(NOW + 60)), "nobody gave a password");
    assert!(is_alive(&house, second.access()));
    assert!(is_alive(&house, first.access()), "it has its time still");
    assert_eq!(house.told.take(), Vec::<String>::new());
}

#[test]
fn within_grace_the_previous_token_gives_the_current_one() {
    let house = house(Config::default());
    let first = house.log_in("alice");
    let second = house.rotate(first.refresh()).unwrap();
    house.clock.set(at(NOW + 9));
    let again = house.rotate(first.refresh()).unwrap();
    assert_eq!(house.read(again.refresh()).id(), house.read(second.refresh()).id());
    assert!(is_alive(&house, again.access()));
    // Both clients can continue. The slower one then relies on the grace period.
    let third = house.rotate(again.refresh()).unwrap();
    let late = house.rotate(second.refresh()).unwrap();
    assert_eq!(house.read(third.refresh()).id(), house.read(late.refresh()).id());
    assert_eq!(house.told.take(), ["grace 1", "grace 2"]);
}

#[test]
fn a_spent_token_ends_the_session() {
    let strict = house(Config::default().rotation_grace(secs(0)));
    let after_grace = house(Config::default());
    let two_behind = house(Config::default());
    for (house, later, exchanges) in [(strict, 0, 1), (after_grace, 10, 1), (two_behind, 0, 2)] {
        let other = house.log_in("alice");
        let first = house.log_in("alice");
        let mut last = first.clone();
        for _ in 0..exchanges {
            last = house.rotate(last.refresh()).unwrap();
        }
        house.clock.set(at(NOW + later));
        assert_eq!(kind(house.rotate(first.refresh())), Some(ErrorKind::ReusedToken));
        assert_eq!(house.told.take(), ["ended 1 by One", "reuse"]);
        assert!(!is_alive(&house, last.access()), "the thief's or the owner's, nobody knows");
        assert_eq!(kind(house.rotate(last.refresh())), Some(ErrorKind::RevokedToken));
        assert!(is_alive(&house, other.access()), "another session of the same user");
    }
}

#[test]
fn a_spent_token_ends_the_session_also_where_it_is_not_exchanged() {
    let house = house(Config::default());
    let first = house.log_in("alice");
    let second = house.rotate(first.refresh()).unwrap();
    let check = |token: &str| authenticate(&house.jwt, &bearer(token), &Policy::refresh());
    assert!(check(first.refresh()).is_ok(), "in grace");
    house.clock.set(at(NOW + 10));
    assert!(check(second.refresh()).is_ok());
    assert_eq!(check(first.refresh()).unwrap_err().kind(), ErrorKind::ReusedToken);
    assert_eq!(house.told.take(), ["ended 1 by One", "reuse"]);
    assert_eq!(check(second.refresh()).unwrap_err().kind(), ErrorKind::RevokedToken);
}

#[test]
fn only_own_refresh_tokens_are_exchanged() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    let refused = house.rotate(pair.access()).unwrap_err();
    assert!(matches!(refused, SessionError::Rejected(TokenError::Invalid(InvalidToken::Kind("refresh")))));
    house.clock.set(at(NOW + 30 * 24 * 60 * 60));
    assert_eq!(kind(house.rotate(pair.refresh())), Some(ErrorKind::ExpiredToken));
    house.clock.set(at(NOW));
    block_on(house.jwt.revoke(pair.refresh())).unwrap();
    assert_eq!(kind(house.rotate(pair.refresh())), Some(ErrorKind::RevokedToken));
    assert_eq!(house.told.take(), ["revoked used"]);
    assert!(is_alive(&house, pair.access()), "that one was not revoked");
}

#[test]
fn claims_and_freshness_go_on_only_if_the_application_says_so() {
    let house = house_with(Config::default(), |builder| {
        builder.additional_claims_loader(|identity: &Value| json!({ "of_loader": identity }))
    });
    let log_in = house.jwt.log_in("alice").claim("role", "admin").claim("theme", "dark");
    let pair = block_on(async { log_in.await }).unwrap();
    let token = house.read(pair.refresh());
    house.clock.set(at(NOW + 100));
    let plain = block_on(async { house.jwt.rotate(&token).await }).unwrap();
    let claims = house.read(plain.access()).claims();
    assert_eq!((claims.get("role"), &claims["of_loader"]), (None, &json!("alice")));
    let token = house.read(plain.refresh());
    assert_eq!(token.claims().get("role"), None);

    let pair = block_on(async { house.jwt.log_in("bob").claim("role", "admin").await }).unwrap();
    let token = house.read(pair.refresh());
    let rotate = house.jwt.rotate(&token).keep_claims(&["role", "missing"]).claim("n", 1);
    let kept = block_on(async { rotate.fresh_for(secs(30)).await }).unwrap();
    for token in [kept.access(), kept.refresh()] {
        let claims = house.read(token).claims();
        assert_eq!(
            (&claims["role"], &claims["n"], claims.get("missing")),
            (&json!("admin"), &json!(1), None)
        );
    }
    let access = house.read(kept.access());
    assert!(access.is_fresh_at(at(NOW + 130)) && !access.is_fresh_at(at(NOW + 131)), "since the login");
}

#[test]
fn the_loaders_are_given_the_identity_of_the_token_or_what_the_application_says() {
    let house = house_with(Config::default(), |builder| {
        builder
            .user_identity_loader(|user: &Value| {
                user["name"].as_str().expect("never asked with a text").to_owned()
            })
            .additional_claims_loader(|user: &Value| json!({ "role": user["role"] }))
    });
    let alice = json!({ "name": "alice", "role": "admin" });
    let pair = block_on(async { house.jwt.log_in(Identity::value(&alice)).await }).unwrap();
    let role = |token: &str| house.read(token).claims()["role"].clone();
    assert_eq!(role(pair.access()), "admin");
    let plain = house.rotate(pair.refresh()).unwrap();
    assert_eq!(role(plain.access()), Value::Null);
    let token = house.read(plain.refresh());
    let given = block_on(async { house.jwt.rotate(&token).issued_for(&alice).await }).unwrap();
    for token in [given.access(), given.refresh()] {
        assert_eq!((role(token), house.read(token).identity()), (json!("admin"), "alice"));
    }
}

#[test]
fn an_account_that_is_gone_gets_nothing_and_loses_nothing() {
    let users = Arc::new(Mutex::new(Some("alice")));
    let known = users.clone();
    let house = house_with(Config::default(), |builder| {
        builder.user_lookup_loader(move |_| {
            let user = *known.lock().unwrap();
            async move { user }
        })
    });
    let pair = house.log_in("alice");
    *users.lock().unwrap() = None;
    assert_eq!(kind(house.rotate(pair.refresh())), Some(ErrorKind::UserLookupError));
    *users.lock().unwrap() = Some("alice");
    house.rotate(pair.refresh()).unwrap();
    assert_eq!(house.told.take(), Vec::<String>::new());
}

#[test]
fn a_token_on_the_applications_own_list_is_not_exchanged_and_not_consumed() {
    let listed = Arc::new(Mutex::new(true));
    let loader = listed.clone();
    let house = house_with(Config::default(), |builder| {
        builder.token_in_blocklist_loader(move |_| {
            let revoked = *loader.lock().unwrap();
            async move { revoked }
        })
    });
    let pair = house.log_in("alice");
    assert_eq!(kind(house.rotate(pair.refresh())), Some(ErrorKind::RevokedToken));
    assert_eq!(house.told.take(), ["revoked used"]);
    *listed.lock().unwrap() = false;
    house.rotate(pair.refresh()).unwrap();
}

#[test]
fn a_pair_that_cannot_be_issued_consumes_nothing() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    let token = house.read(pair.refresh());
    let failed = block_on(async { house.jwt.rotate(&token).claim("sid", "x").await });
    assert!(matches!(failed, Err(SessionError::NotIssued(_))));
    house.clock.set(at(NOW + 60));
    house.rotate(pair.refresh()).unwrap();
}

#[test]
fn an_exchange_whose_reply_was_lost_on_the_way_is_made_up_for() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    house.store.forget(true);
    for _ in 0..2 {
        assert_eq!(kind(house.rotate(pair.refresh())), Some(ErrorKind::Unavailable));
    }
    house.store.forget(false);
    let second = house.rotate(pair.refresh()).unwrap();
    house.clock.set(at(NOW + 60));
    let third = house.rotate(second.refresh()).unwrap();
    assert!(is_alive(&house, third.access()));

    // Without a grace period, a retry looks like theft.
    let strict = self::house(Config::default().rotation_grace(secs(0)));
    let pair = strict.log_in("alice");
    strict.store.forget(true);
    assert_eq!(kind(strict.rotate(pair.refresh())), Some(ErrorKind::Unavailable));
    strict.store.forget(false);
    assert_eq!(kind(strict.rotate(pair.refresh())), Some(ErrorKind::ReusedToken));
}

#[test]
fn exchanges_within_one_second_are_told_apart() {
    let house = house(Config::default().rotation_grace(secs(0)));
    let mut pair = house.log_in("alice");
    for _ in 0..5 {
        pair = house.rotate(pair.refresh()).unwrap();
    }
    assert!(is_alive(&house, pair.access()));
}

#[test]
fn a_clock_that_is_set_back_revives_nothing_and_ends_nothing() {
    let house = house(Config::default());
    let first = house.log_in("alice");
    let ended = house.log_in("alice");
    block_on(house.jwt.log_out(&house.read(ended.access()))).unwrap();
    let second = house.rotate(first.refresh()).unwrap();
    house.clock.set(at(NOW - 3600));
    // `iat` is in the future, so pass tokens to `rotate` that were decoded before.
    assert!(matches!(house.jwt.decode(second.refresh()), Err(TokenError::Invalid(_))));
    house.clock.set(at(NOW));
    let (old, current, dead) =
        (house.read(first.refresh()), house.read(second.refresh()), house.read(ended.refresh()));
    house.clock.set(at(NOW - 3600));
    let rotate = |token| block_on(async { house.jwt.rotate(token).await });
    assert_eq!(kind(rotate(&dead)), Some(ErrorKind::RevokedToken));
    assert_eq!(kind(rotate(&current)), None);
    assert_eq!(kind(rotate(&old)), Some(ErrorKind::ReusedToken));
}
