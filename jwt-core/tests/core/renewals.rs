//! Cookies that are renewed before they expire, without HTTP.

use std::sync::{Arc, Mutex};

use http::Request;
use jwt_core::adapter::Renewal;
use jwt_core::{Config, Location};
use serde_json::{Map, Value, json};

use crate::support::{NOW, at, block_on, secs};
use crate::support_sessions::{House, house, house_with};

fn config() -> Config {
    Config::default().token_location([Location::Cookie])
}

/// Returns the new access token in the response to a request with this one.
fn renewed(house: &House, access: &str, keep: &[&str]) -> Option<String> {
    let cookie = format!("access_token_cookie={access}");
    let request = Request::get("/").header("cookie", cookie).body(()).unwrap();
    let renewal = Renewal::find(&house.jwt, &request, secs(300))?;
    let fields = block_on(renewal.fields(keep));
    let field = fields.first()?.to_str().unwrap().to_owned();
    field.split(['=', ';']).nth(1).map(Into::into)
}

#[test]
fn claims_that_the_loader_no_longer_gives_are_gone() {
    let role = Arc::new(Mutex::new(json!({ "role": "admin", "scope": "admin:all" })));
    let loader = role.clone();
    let house = house_with(config(), |builder| {
        builder.additional_claims_loader(move |_: &Value| loader.lock().unwrap().clone())
    });
    let pair = block_on(async { house.jwt.log_in("alice").claim("device", "phone").await }).unwrap();
    house.clock.set(at(NOW + 700));
    let claims = |token: String| house.read(&token).claims();
    let kept = claims(renewed(&house, pair.access(), &["device", "missing"]).unwrap());
    assert_eq!((&kept["role"], &kept["device"]), (&json!("admin"), &json!("phone")));
    *role.lock().unwrap() = json!({});
    let demoted = claims(renewed(&house, pair.access(), &[]).unwrap());
    for name in ["role", "scope", "device"] {
        assert_eq!(demoted.get(name), None, "{name}");
    }
    assert_eq!((&demoted["sid"], &demoted["auth_time"]), (&json!(pair.session()), &json!(NOW)));
}

#[test]
fn without_a_loader_all_claims_are_kept() {
    let house = house(config());
    let pair = block_on(async { house.jwt.log_in("alice").claim("device", "phone").await }).unwrap();
    house.clock.set(at(NOW + 700));
    let old = house.read(pair.access()).claims();
    let mut new: Map<String, Value> = house.read(&renewed(&house, pair.access(), &[]).unwrap()).claims();
    for name in ["jti", "iat", "nbf", "exp", "fresh"] {
        assert_ne!(new.remove(name).as_ref(), old.get(name), "{name}");
    }
    for (name, value) in &new {
        assert_eq!(Some(value), old.get(name), "{name}");
    }
}

#[test]
fn an_active_user_is_not_idle() {
    let house = house(config().session_idle_expires(secs(600)));
    let mut access = house.log_in("alice").access().to_owned();
    for minute in 1..60 {
        house.clock.set(at(NOW + minute * 60));
        assert!(house.jwt.decode(&access).is_ok(), "minute {minute}");
        access = renewed(&house, &access, &[]).unwrap_or(access);
    }
}
