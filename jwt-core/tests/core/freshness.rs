//! What is fresh, and until when.

use jwt_core::{Config, ErrorKind, Invalid, Policy};

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
        assert_eq!(invalid(fresh("\"yes\"")), Invalid::ClaimType("fresh".into()));
        assert!(judge(&config, &Policy::access(), &[("fresh", "false")]).is_ok());
        // Kind first, then freshness.
        let refresh = judge(&config, &policy, &[("type", "\"refresh\"")]);
        assert_eq!(invalid(refresh), Invalid::Kind("access"));
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
fn expiry_is_told_before_the_kind_and_the_freshness() {
    for config in both() {
        let past = NOW.to_string();
        let expired = [("type", "\"refresh\""), ("exp", &*past)];
        let error = refused(judge(&config, &Policy::access().fresh(), &expired));
        assert_eq!(error.kind(), ErrorKind::ExpiredToken);
    }
}
