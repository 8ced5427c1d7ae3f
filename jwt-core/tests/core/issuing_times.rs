//! How long issued tokens are valid and how long they are fresh.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwt_core::{Config, EncodeError, TokenBuilder};
use serde_json::Value;

use crate::issuing::{claims, round_trip};
use crate::issuing_refused::{comes_back_if_issued, why};
use crate::support::{Clock, NOW, at, both, builder, manager, manager_at, secs};

#[test]
fn default_lifetimes_are_a_quarter_of_an_hour_and_thirty_days() {
    let jwt = manager(Config::default());
    let lives = |token| round_trip(&jwt, token).expires_at().unwrap();
    assert_eq!(lives(jwt.access_token("a")), at(NOW + 900));
    assert_eq!(lives(jwt.refresh_token("a")), at(NOW + 30 * 24 * 3600));
}

#[test]
fn freshness_is_a_bool_or_the_moment_when_it_ends() {
    let clock = Clock::new(at(NOW) + secs(1) / 4);
    let jwt = builder(Config::default()).clock(clock.reader()).build().unwrap();
    let fresh = |token: TokenBuilder<'_>| {
        let text = claims(token);
        text[r#"{"fresh":"#.len()..text.find(",\"iat\"").unwrap()].to_owned()
    };
    let until = at(NOW) + secs(90);
    assert_eq!(fresh(jwt.access_token("a")), "false");
    assert_eq!(fresh(jwt.access_token("a").fresh()), "true");
    assert_eq!(fresh(jwt.access_token("a").fresh_for(secs(90))), format!("{}.25", NOW + 90));
    assert_eq!(fresh(jwt.access_token("a").fresh_until(until)), format!("{}.0", NOW + 90));
    // The last call wins.
    assert_eq!(fresh(jwt.access_token("a").fresh().fresh_until(at(5))), "5.0");

    let token = round_trip(&jwt, jwt.access_token("a").fresh_until(until));
    assert!(token.is_fresh_at(until));
    assert!(!token.is_fresh_at(until + secs(1) / 1_000_000_000));
}

#[test]
fn a_token_can_have_a_lifetime_of_its_own() {
    for config in [Config::default(), Config::flask_compatible()] {
        let jwt = manager_at(config, at(NOW) + secs(1) / 2);
        let exp = |token: TokenBuilder<'_>| -> Value {
            let payload: Value = serde_json::from_str(&claims(token)).unwrap();
            payload["exp"].clone()
        };
        assert_eq!(exp(jwt.access_token("a").expires_in(secs(5))), NOW + 5);
        assert_eq!(exp(jwt.refresh_token("a").expires_in(secs(5))), NOW + 5);
        assert_eq!(exp(jwt.access_token("a").expires_at(at(7) + secs(1) / 2)), 7);
        assert_eq!(exp(jwt.access_token("a").expires_at(UNIX_EPOCH - secs(1))), -1);
        let last = at(253_402_300_799);
        assert_eq!(exp(jwt.access_token("a").expires_at(last)), 253_402_300_799_u64);
    }
}

#[test]
fn one_kind_may_never_expire_and_the_other_still_does() {
    let expires = |config: Config| {
        let jwt = manager(config);
        let expires = |token| round_trip(&jwt, token).expires_at().is_some();
        (expires(jwt.access_token("a")), expires(jwt.refresh_token("a")))
    };
    assert_eq!(expires(Config::default().insecure_access_never_expires()), (false, true));
    assert_eq!(expires(Config::default().insecure_refresh_never_expires()), (true, false));
}

#[test]
fn a_token_never_expires_where_the_configuration_allows_it() {
    let whole = Config::default().insecure_never_expires();
    for config in [Config::flask_compatible(), whole, Config::default().insecure_allow_missing_exp(true)] {
        let jwt = manager(config);
        let token = round_trip(&jwt, jwt.access_token("a").insecure_never_expires());
        assert_eq!(token.expires_at(), None);
        assert!(!token.claims().contains_key("exp"));
    }
    let jwt = manager(Config::default().insecure_never_expires());
    for token in [jwt.access_token("a"), jwt.refresh_token("a")] {
        assert_eq!(round_trip(&jwt, token).expires_at(), None);
    }
    let some = round_trip(&jwt, jwt.access_token("a").expires_in(secs(5)));
    assert_eq!(some.expires_at(), Some(at(NOW + 5)));
}

#[test]
fn a_lifetime_has_a_second_at_least_and_ends_before_the_year_10000() {
    let year_10000 = at(253_402_300_800);
    for config in both() {
        let jwt = manager(config);
        for token in [
            jwt.access_token("a").expires_in(Duration::ZERO),
            jwt.access_token("a").expires_in(secs(1) - Duration::from_nanos(1)),
            jwt.access_token("a").expires_in(Duration::MAX),
            jwt.access_token("a").expires_in(secs(253_402_300_800 - NOW)),
            jwt.access_token("a").expires_at(year_10000),
        ] {
            assert!(matches!(why(token), EncodeError::Lifetime));
        }
        assert!(jwt.access_token("a").expires_in(secs(1)).encode().is_ok());
        assert!(jwt.access_token("a").expires_in(secs(253_402_300_799 - NOW)).encode().is_ok());
    }
}

#[test]
fn an_expiry_before_the_year_1_is_refused() {
    let year_1 = UNIX_EPOCH - secs(62_135_596_800);
    let jwt = manager(Config::default());
    assert!(jwt.access_token("a").expires_at(year_1).encode().is_ok());
    let before: SystemTime = year_1 - secs(1);
    assert!(matches!(why(jwt.access_token("a").expires_at(before)), EncodeError::Lifetime));
}

#[test]
fn a_freshness_that_ends_after_the_year_9999_gives_no_token_that_is_refused_later() {
    for config in both() {
        let jwt = manager(config);
        comes_back_if_issued(&jwt, jwt.access_token("a").fresh_for(Duration::MAX), "fresh_for");
        comes_back_if_issued(&jwt, jwt.access_token("a").fresh_until(at(253_402_300_800)), "fresh_until");
    }
}

#[test]
fn a_token_without_exp_is_refused_where_exp_is_required() {
    let jwt = manager(Config::default());
    assert!(matches!(why(jwt.access_token("a").insecure_never_expires()), EncodeError::NeverExpires));
    let jwt = manager(Config::default().insecure_never_expires().required_claims(["exp"]));
    assert!(matches!(why(jwt.refresh_token("a")), EncodeError::NeverExpires));
}
