//! The CSRF value of a session.

use http::Request;
use jwt_core::adapter::Renewal;
use jwt_core::session::TokenPair;
use jwt_core::{Config, Location};
use serde_json::{Value, json};

use crate::support::{NOW, at, block_on, secs, sign};
use crate::support_sessions::{House, house};

fn cookies() -> Config {
    Config::default().token_location([Location::Cookie])
}

/// Returns the values of the access token and the refresh token.
fn values(house: &House, pair: &TokenPair) -> [Option<Value>; 2] {
    [pair.access(), pair.refresh()].map(|token| house.read(token).claim("csrf"))
}

/// Returns the only value of a pair.
fn value(house: &House, pair: &TokenPair) -> String {
    let [access, refresh] = values(house, pair);
    assert_eq!(access, refresh);
    access.unwrap().as_str().unwrap().to_owned()
}

/// Returns a refresh token of the session, with these claims changed.
fn with_claim(house: &House, pair: &TokenPair, csrf: Option<Value>) -> String {
    let mut claims = house.read(pair.refresh()).claims();
    claims.remove("csrf");
    claims.extend(csrf.map(|csrf| ("csrf".to_owned(), csrf)));
    sign(r#"{"alg":"HS256","typ":"JWT"}"#, Value::Object(claims).to_string())
}

#[test]
fn a_session_has_one_value_until_it_ends() {
    let house = house(cookies());
    let mut pair = house.log_in("alice");
    let first = value(&house, &pair);
    assert_eq!(first.len(), 36, "a UUID: 122 random bits");
    assert_ne!(first, pair.session());
    let (before, mut minutes) = (pair.clone(), 0);
    for _ in 0..20 {
        minutes += 14;
        house.clock.set(at(NOW + minutes * 60));
        pair = house.rotate(pair.refresh()).unwrap();
        assert_eq!(value(&house, &pair), first);
        let cookie = format!("access_token_cookie={}", pair.access());
        let request = Request::get("/").header("cookie", cookie).body(()).unwrap();
        house.clock.set(at(NOW + minutes * 60 + 700));
        let fields = block_on(Renewal::find(&house.jwt, &request, secs(300)).unwrap().fields(&[]));
        assert!(fields[1].to_str().unwrap().starts_with(&format!("csrf_access_token={first};")));
    }
    let again = house.log_in("alice");
    assert_ne!(value(&house, &again), first);
    for token in [before.refresh(), pair.refresh()] {
        assert!(house.read(token).claim("jti").is_some_and(|id| id != first));
    }
}

#[test]
fn within_the_grace_the_value_is_the_same() {
    let house = house(cookies());
    let first = house.log_in("alice");
    let csrf = value(&house, &first);
    let second = house.rotate(first.refresh()).unwrap();
    let graced = house.rotate(first.refresh()).unwrap();
    assert_eq!([value(&house, &second), value(&house, &graced)], [csrf.clone(), csrf]);
}

#[test]
fn an_exchange_keeps_the_value_of_the_refresh_token_and_adds_one_that_is_missing() {
    let house = house(cookies());
    let pair = house.log_in("alice");
    // Versions before this rule issued two values for each session.
    let old = with_claim(&house, &pair, Some(json!("of an older version")));
    let pair = house.rotate(&old).unwrap();
    assert_eq!(value(&house, &pair), "of an older version");
    for missing in [None, Some(json!("")), Some(json!(7)), Some(Value::Null)] {
        let pair = house.log_in("alice");
        let exchanged = house.rotate(&with_claim(&house, &pair, missing)).unwrap();
        let new = value(&house, &exchanged);
        assert_eq!(new.len(), 36);
        let next = house.rotate(exchanged.refresh()).unwrap();
        assert_eq!(value(&house, &next), new);
    }
}

#[test]
fn a_session_that_began_without_cookies_has_its_value_already() {
    let house = house(Config::default().token_location([Location::Header, Location::Cookie]));
    let pair = house.log_in("alice");
    let csrf = value(&house, &pair);
    let fields = house.jwt.pair_cookies(&pair).fields().unwrap();
    for (field, name) in [(&fields[1], "csrf_access_token"), (&fields[3], "csrf_refresh_token")] {
        assert!(field.to_str().unwrap().starts_with(&format!("{name}={csrf};")), "{field:?}");
    }
}

#[test]
fn without_the_claim_there_is_no_value() {
    for config in [Config::default(), cookies().csrf_claim(false), cookies().cookie_csrf_protect(false)] {
        let house = house(config);
        let first = house.log_in("alice");
        assert_eq!(values(&house, &first), [None, None]);
        let carried = with_claim(&house, &first, Some(json!("left over")));
        assert_eq!(values(&house, &house.rotate(&carried).unwrap()), [None, None]);
    }
}

#[test]
fn each_token_has_its_own_value_if_the_application_or_the_preset_says_so() {
    for config in [cookies().csrf_per_session(false), Config::flask_compatible()] {
        let house = house(config);
        let first = house.log_in("alice");
        let second = house.rotate(first.refresh()).unwrap();
        let mut all: Vec<_> = [&first, &second].iter().flat_map(|pair| values(&house, pair)).collect();
        all.sort_by_key(|value| value.as_ref().unwrap().to_string());
        all.dedup();
        assert_eq!(all.len(), 4);
    }
}

#[test]
fn tokens_without_a_session_have_a_value_each() {
    let house = house(cookies());
    let issue = || house.jwt.access_token("alice").encode().unwrap();
    let [one, other] = [issue(), issue()].map(|token| house.read(&token).csrf().unwrap());
    assert_ne!(one, other);
}
