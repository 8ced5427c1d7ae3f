//! Which tokens are fresh, and for how long.

use jwt_core::error::InvalidToken;
use jwt_core::{Config, ErrorKind, Policy};

use crate::policies::judge;
use crate::support::{Clock, NOW, at, bearer, both, builder, invalid, refused, secs};

#[test]
fn freshness_is_a_bool_or_a_moment_that_has_not_passed() {
    let policy = Policy::access().fresh();
    for config in both() {
        let fresh = |json: &str| judge(&config, &policy, &[("fresh", json)]);
        for json in ["true", &NOW.to_string(), &format!("{NOW}.5"), "253402300799"] {
            assert!(fresh(json).is_ok(), "{json}");
        }
        for json in ["false", "", "0", "1", "-5", &(NOW - 1).to_string(), &format!("{}.999", NOW - 1)] {
            let error = refused(fresh(json));
            assert_eq!(error.kind(), ErrorKind::NeedsFreshToken, "{json}");
            assert_eq!(error.token().unwrap().identity(), "alice");
        }
        assert!(judge(&config, &Policy::access(), &[("fresh", "false")]).is_ok());
        // The kind is checked before freshness.
        let refresh = judge(&config, &policy, &[("type", "\"refresh\"")]);
        assert_eq!(invalid(refresh), InvalidToken::Kind("access"));
    }
}

#[test]
fn freshness_of_another_type_is_refused_or_by_choice_none() {
    let fresh = Policy::access().fresh();
    let any = Config::default().any_fresh(true);
    for json in ["\"yes\"", "null", "[]", "{}"] {
        let wrong = [("fresh", json)];
        let refused_as = invalid(judge(&Config::default(), &Policy::access(), &wrong));
        assert_eq!(refused_as, InvalidToken::ClaimType("fresh".into()), "{json}");
        for config in [&any, &Config::flask_compatible()] {
            assert!(judge(config, &Policy::access(), &wrong).is_ok(), "{json}");
            assert_eq!(refused(judge(config, &fresh, &wrong)).kind(), ErrorKind::NeedsFreshToken, "{json}");
        }
    }
}

#[test]
fn freshness_ends_with_its_moment_and_no_leeway() {
    let clock = Clock::new(at(NOW));
    let jwt = builder(Config::default().decode_leeway(secs(300))).clock(clock.reader()).build().unwrap();
    let token = bearer(&jwt.access_token("alice").fresh_for(secs(60)).encode().unwrap());
    let policy = Policy::access().fresh();
    clock.set(at(NOW + 60));
    assert!(jwt.check(&token, &policy).is_ok());
    clock.set(at(NOW + 60) + secs(1) / 1_000_000_000);
    assert_eq!(refused(jwt.check(&token, &policy)).kind(), ErrorKind::NeedsFreshToken);
}

#[test]
fn expiry_is_reported_before_the_kind_and_the_freshness() {
    for config in both() {
        let past = NOW.to_string();
        let expired = [("type", "\"refresh\""), ("exp", &*past)];
        let error = refused(judge(&config, &Policy::access().fresh(), &expired));
        assert_eq!(error.kind(), ErrorKind::ExpiredToken);
    }
}
