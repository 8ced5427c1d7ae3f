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
    assert_eq!(new.remove("exchanged_at"), Some(json!(NOW)));
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

#[test]
fn a_renewal_whose_cookie_cannot_be_set_leaves_the_session_as_it_is() {
    let house = house_with(config(), |builder| {
        builder.additional_claims_loader(|_: &Value| json!({ "roles": "r".repeat(5000) }))
    });
    // A browser would not keep it either, so it is not sent as a cookie.
    let pair = block_on(async { house.jwt.log_in("alice").await }).unwrap();
    let last_use = || block_on(house.jwt.list_sessions("alice")).unwrap()[0].last_used_at;
    let before = last_use();
    house.clock.set(at(NOW + 700));
    assert_eq!(renewed(&house, pair.access(), &[]), None);
    assert_eq!(last_use(), before);
}

/// Renews as a thief does: whenever the token is about to expire. Returns the last token, and when it expires.
fn renew_over_and_over(house: &House, mut access: String, until: u64) -> (String, u64) {
    let expiry = |access: &str| house.read(access).claims()["exp"].as_u64().unwrap();
    loop {
        let now = expiry(&access) - 1;
        house.clock.set(at(now));
        match renewed(house, &access, &[]) {
            Some(new) if now < until => access = new,
            _ => return (access.clone(), expiry(&access)),
        }
    }
}

const DAY: u64 = 86_400;

#[test]
fn renewals_end_a_day_after_the_login_or_the_exchange() {
    let house = house(config());
    let pair = house.log_in("alice");
    let (last, end) = renew_over_and_over(&house, pair.access().to_owned(), NOW + 10 * DAY);
    assert_eq!(end, NOW + DAY, "no renewed token lives on");
    assert_eq!(house.read(&last).claims()["exchanged_at"], NOW);
    assert_eq!(house.told.take().iter().filter(|event| *event == "renewed").count(), 96);

    // The owner exchanges, which gives the owner another day, and the thief nothing.
    let exchanged = house.rotate(pair.refresh()).unwrap();
    assert_eq!(renewed(&house, &last, &[]), None);
    let (_, end) = renew_over_and_over(&house, exchanged.access().to_owned(), NOW + 10 * DAY);
    assert_eq!(end, NOW + DAY - 1 + DAY);
}

#[test]
fn a_token_that_is_not_renewed_does_not_keep_its_session_alive() {
    let house = house(config().renewal_expires(secs(900)));
    let pair = house.log_in("alice");
    let used = |house: &House| block_on(house.jwt.list_sessions("alice")).unwrap()[0].last_used_at;
    house.clock.set(at(NOW + 899));
    assert_eq!(renewed(&house, pair.access(), &[]), None);
    assert_eq!(used(&house), at(NOW));
}

#[test]
fn the_end_of_renewals_can_be_set_and_given_up() {
    for (config, end) in [
        (config().renewal_expires(secs(3600)), NOW + 3600),
        (config().insecure_unlimited_renewal(), NOW + 90 * DAY),
        (Config::flask_compatible().token_location([Location::Cookie]), NOW + 90 * DAY),
        (config().insecure_unlimited_renewal().renewal_expires(secs(3600)), NOW + 3600),
    ] {
        let house = house(config);
        let pair = house.log_in("alice");
        let (_, found) = renew_over_and_over(&house, pair.access().to_owned(), NOW + 100 * DAY);
        assert_eq!(found, end);
    }
    for wrong in [secs(0), secs(1) / 2, secs(101 * 366 * 86_400)] {
        let error = crate::support::builder(config().renewal_expires(wrong)).build().unwrap_err().to_string();
        assert!(error.starts_with("renewal_expires") && error.contains("one second"), "{error}");
    }
}

#[test]
fn nobody_can_write_the_time_of_the_exchange() {
    let house = house_with(config(), |builder| {
        builder.additional_claims_loader(|_: &Value| json!({ "exchanged_at": NOW + 50 * DAY }))
    });
    assert!(block_on(async { house.jwt.log_in("alice").await }).is_err());
    let plain = self::house(config());
    assert!(
        block_on(async { plain.jwt.log_in("alice").claim("exchanged_at", NOW + 50 * DAY).await }).is_err()
    );
}
