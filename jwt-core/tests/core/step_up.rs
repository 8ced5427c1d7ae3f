//! The login that a policy requires (RFC 9470).

use std::time::Duration;

use http::header::WWW_AUTHENTICATE;
use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::{Config, ErrorKind, Issuer, JwtManager, Policy, TokenError};

use crate::building::assert_told;
use crate::policies::judge;
use crate::refusals::{all, respond};
use crate::support::{
    Clock, HEADER, NOW, SECRET, at, authenticate, bearer, both, builder, manager, payload, refused, secs,
    sign, token,
};
use crate::support_keys::keyless;
use crate::support_sessions::house;

const STRONG: Policy = Policy::access().acr_values(&["phrh", "phr"]);
const RECENT: Policy = Policy::access().max_age(Duration::from_secs(60));

fn verdict(policy: &Policy, changes: &[(&str, &str)]) -> Option<ErrorKind> {
    judge(&Config::default(), policy, changes).err().map(|error| error.kind())
}

#[test]
fn the_kind_of_login_is_one_of_the_values() {
    for json in ["\"phr\"", "\"phrh\"", r#""\u0070hr""#] {
        assert_eq!(verdict(&STRONG, &[("acr", json)]), None, "{json}");
    }
    for json in
        ["", "\"pwd\"", "\"PHR\"", "\"phr phrh\"", "\"\"", "null", "5", r#"["phr"]"#, r#"{"phr":true}"#]
    {
        assert_eq!(
            verdict(&STRONG, &[("acr", json)]),
            Some(ErrorKind::InsufficientUserAuthentication),
            "{json}"
        );
    }
    let data = Policy::access().acr_values(&["x"]).try_acr_values(vec!["phr".to_owned()]).unwrap();
    assert_eq!(verdict(&data, &[("acr", "\"phr\"")]), None);
    assert!(verdict(&data, &[("acr", "\"x\"")]).is_some());
    let last = data.acr_values(&["y"]);
    assert_eq!(verdict(&last, &[("acr", "\"y\"")]), None);
    assert!(verdict(&last, &[("acr", "\"phr\"")]).is_some());
    for bad in [vec![], vec![""], vec!["a b"], vec!["a\"b"], vec!["a", "a"]] {
        assert_told(&Policy::access().try_acr_values(bad).unwrap_err(), "Policy::try_acr_values");
    }
}

#[test]
fn the_login_was_at_most_so_long_ago() {
    let whole = |at: u64| at.to_string();
    for json in [whole(NOW), whole(NOW - 60), format!("{}.5", NOW - 60), whole(NOW + 5), "1.893456e9".into()]
    {
        assert_eq!(verdict(&RECENT, &[("auth_time", &json)]), None, "{json}");
    }
    for json in [
        whole(NOW - 61),
        format!("{}.999", NOW - 61),
        whole(NOW + 6),
        whole(NOW * 1000),
        "0".into(),
        "-1".into(),
        "1e999".into(),
        "99999999999999999999".into(),
        String::new(),
        "null".into(),
        "true".into(),
        format!("\"{NOW}\""),
        format!("[{NOW}]"),
        "{}".into(),
    ] {
        let found = judge(&Config::default(), &RECENT, &[("auth_time", &json)]);
        // Some numbers are not even JSON that this library reads.
        if let Err(error) = &found
            && error.kind() == ErrorKind::InvalidToken
        {
            assert_eq!(json, "1e999");
            continue;
        }
        assert_eq!(refused(found).kind(), ErrorKind::InsufficientUserAuthentication, "{json}");
    }
    let none = Config::default().iat_leeway(Duration::ZERO);
    assert!(judge(&none, &RECENT, &[("auth_time", &whole(NOW + 1))]).is_err());
    let forever = Policy::access().max_age(Duration::MAX);
    assert_eq!(verdict(&forever, &[("auth_time", "0")]), None);
}

#[test]
fn the_challenge_names_all_that_is_required_at_once() {
    let jwt = manager(Config::default());
    let start = r#"Bearer error="insufficient_user_authentication", error_description="A different authentication level is required""#;
    for (policy, rest) in [
        (STRONG, r#", acr_values="phrh phr""#),
        (RECENT, r#", max_age="60""#),
        (STRONG.max_age(secs(90)), r#", acr_values="phrh phr", max_age="90""#),
        (RECENT.max_age(Duration::from_millis(1_999)), r#", max_age="1""#),
        (RECENT.max_age(Duration::ZERO), r#", max_age="0""#),
        // A new login of the right kind is also fresh.
        (STRONG.fresh(), r#", acr_values="phrh phr""#),
    ] {
        let error = refused(authenticate(&jwt, &bearer(&token(&[])), &policy));
        let answer = respond(&jwt, &error);
        assert_eq!(answer.status(), 401);
        assert_eq!(all(&answer, WWW_AUTHENTICATE), [format!("{start}{rest}")]);
    }
    let stale = judge(&Config::default(), &STRONG.fresh(), &[("acr", "\"phr\"")]);
    assert_eq!(refused(stale).kind(), ErrorKind::InsufficientUserAuthentication);
    assert_eq!(verdict(&STRONG.fresh(), &[("acr", "\"phr\""), ("fresh", "true")]), None);
}

#[test]
fn the_manager_s_clock_decides() {
    let clock = Clock::new(at(NOW));
    let jwt = builder(Config::default()).clock(clock.reader()).build().unwrap();
    let view = bearer(&token(&[("auth_time", &(NOW - 30).to_string())]));
    clock.set(at(NOW + 30));
    assert!(jwt.check(&view, &RECENT).is_ok());
    clock.set(at(NOW + 30) + Duration::from_nanos(1));
    assert!(matches!(jwt.check(&view, &RECENT), Err(TokenError::InsufficientUserAuthentication { .. })));
}

#[test]
fn the_tokens_of_issuers_have_the_claims_too() {
    let keys = KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap());
    let jwt = keyless(Config::default())
        .trusted_issuer(Issuer::new("https://login.example", keys))
        .build()
        .unwrap();
    let ask = |jwt: &JwtManager, acr: &str, time: u64| {
        let (acr, time) = (format!("\"{acr}\""), time.to_string());
        let iss = ("iss", r#""https://login.example""#);
        let view = bearer(&sign(HEADER, payload(&[iss, ("acr", &acr), ("auth_time", &time)])));
        authenticate(jwt, &view, &STRONG.max_age(secs(60))).map(drop).map_err(|error| error.kind())
    };
    assert_eq!(ask(&jwt, "phr", NOW - 10), Ok(()));
    assert_eq!(ask(&jwt, "pwd", NOW - 10), Err(ErrorKind::InsufficientUserAuthentication));
    assert_eq!(ask(&jwt, "phr", NOW - 100), Err(ErrorKind::InsufficientUserAuthentication));
}

#[test]
fn it_comes_after_the_kind_and_before_revocation() {
    for config in both() {
        let jwt = builder(config).token_in_blocklist_loader(|_| async { true }).build().unwrap();
        let kind = |changes: &[(&str, &str)]| {
            refused(authenticate(&jwt, &bearer(&token(changes)), &STRONG.scopes(&["x"]))).kind()
        };
        assert_eq!(kind(&[("type", "\"refresh\"")]), ErrorKind::InvalidToken);
        assert_eq!(kind(&[]), ErrorKind::InsufficientUserAuthentication);
        assert_eq!(kind(&[("acr", "\"phr\"")]), ErrorKind::RevokedToken);
    }
}

#[test]
fn a_refresh_does_not_make_the_login_more_recent() {
    let house = house(Config::default());
    let kind = |text: &str| authenticate(&house.jwt, &bearer(text), &RECENT).err().map(|error| error.kind());
    let pair = house.log_in("alice");
    assert_eq!(kind(pair.access()), None);
    house.clock.set(at(NOW + 61));
    let next = house.rotate(pair.refresh()).unwrap();
    assert_eq!(kind(next.access()), Some(ErrorKind::InsufficientUserAuthentication));
    // A refresh token has the claim too.
    let view = bearer(next.refresh());
    let policy = Policy::refresh().max_age(secs(61));
    assert!(house.jwt.check(&view, &policy).is_ok());
}
