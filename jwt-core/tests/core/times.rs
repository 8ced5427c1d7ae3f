//! `exp`, `nbf`, and `iat`, to the nanosecond.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwt_core::error::InvalidToken;
use jwt_core::{Config, Token, TokenError};

use crate::support::{NOW, at, both, invalid, manager_at, secs, token};

const NANO: Duration = Duration::from_nanos(1);

/// Checks a token with these claims at `now`.
fn judge(config: &Config, now: SystemTime, changes: &[(&str, &str)]) -> Result<Token, TokenError> {
    manager_at(config.clone(), now).decode(&token(changes))
}

fn expired(result: Result<Token, TokenError>) -> bool {
    match result {
        Ok(_) => false,
        Err(TokenError::Expired(_)) => true,
        Err(other) => panic!("{other:?}"),
    }
}

/// Returns the claim that is still in the future, or `None` if the token is already valid.
fn not_yet(result: Result<Token, TokenError>) -> Option<&'static str> {
    match result {
        Ok(_) => None,
        Err(TokenError::Invalid(InvalidToken::NotYetValid(claim))) => Some(claim),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_token_is_expired_from_the_very_instant_of_exp_on() {
    let exp = NOW.to_string();
    for config in both() {
        for (now, is_expired) in
            [(at(NOW) - secs(1), false), (at(NOW) - NANO, false), (at(NOW), true), (at(NOW) + NANO, true)]
        {
            assert_eq!(expired(judge(&config, now, &[("exp", &exp)])), is_expired, "{now:?}");
        }
    }
}

#[test]
fn the_exp_leeway_is_exact_too() {
    let exp = NOW.to_string();
    let end = at(NOW) + secs(300);
    for config in both() {
        for config in [config.clone().exp_leeway(secs(300)), config.decode_leeway(secs(300))] {
            assert!(!expired(judge(&config, end - NANO, &[("exp", &exp)])));
            assert!(expired(judge(&config, end, &[("exp", &exp)])));
        }
    }
}

#[test]
fn a_token_is_valid_from_the_very_instant_of_nbf_and_iat_on() {
    let start = NOW.to_string();
    for (config, leeway) in [
        (Config::default(), 5),
        (Config::flask_compatible(), 0),
        (Config::default().nbf_leeway(secs(7)).iat_leeway(secs(7)), 7),
        (Config::flask_compatible().decode_leeway(secs(300)), 300),
    ] {
        let first = at(NOW) - secs(leeway);
        for claim in ["nbf", "iat"] {
            let verdict = |now| not_yet(judge(&config, now, &[(claim, &start)]));
            assert_eq!(verdict(first - NANO), Some(claim), "{leeway} s");
            assert_eq!(verdict(first), None, "{claim}, {leeway} s");
            assert_eq!(verdict(first + NANO), None, "{claim}, {leeway} s");
        }
    }
}

#[test]
fn each_leeway_is_its_own() {
    let (now, start) = (at(NOW), (NOW + 10).to_string());
    let nbf_only = Config::default().nbf_leeway(secs(10));
    assert_eq!(not_yet(judge(&nbf_only, now, &[("nbf", &start)])), None);
    assert_eq!(not_yet(judge(&nbf_only, now, &[("iat", &start)])), Some("iat"));
    let iat_only = Config::default().iat_leeway(secs(10));
    assert_eq!(not_yet(judge(&iat_only, now, &[("iat", &start)])), None);
    assert_eq!(not_yet(judge(&iat_only, now, &[("nbf", &start)])), Some("nbf"));
    let past = NOW.to_string();
    assert!(expired(judge(&nbf_only, now, &[("exp", &past)])));
    assert!(!expired(judge(&Config::default().exp_leeway(secs(10)), now, &[("exp", &past)])));
}

#[test]
fn times_may_have_a_fraction() {
    let half = format!("{NOW}.5");
    let instant = at(NOW) + secs(1) / 2;
    for config in both() {
        assert!(!expired(judge(&config, instant - NANO, &[("exp", &half)])));
        assert!(expired(judge(&config, instant, &[("exp", &half)])));
        let config = config.decode_leeway(Duration::ZERO);
        assert_eq!(not_yet(judge(&config, instant - NANO, &[("nbf", &half)])), Some("nbf"));
        assert_eq!(not_yet(judge(&config, instant, &[("nbf", &half)])), None);
        assert_eq!(not_yet(judge(&config, instant - NANO, &[("iat", &half)])), Some("iat"));
        assert_eq!(not_yet(judge(&config, instant, &[("iat", &half)])), None);
        // The same number, written differently.
        assert!(expired(judge(&config, at(NOW), &[("exp", "1.893456e9")])));
    }
}

#[test]
fn times_reach_to_the_end_of_the_year_9999_and_no_further() {
    for config in both() {
        let token = judge(&config, at(NOW), &[("exp", "253402300799")]).unwrap();
        assert_eq!(token.expires_at(), Some(at(253_402_300_799)));
        for claim in ["exp", "nbf", "iat"] {
            for beyond in [
                "253402300800",
                "253402300800.0",
                "1e12",
                "9223372036854775807",
                "9223372036854775808",
                "18446744073709551616",
                "1e300",
                "1e999",
                "-253402300800",
                "-9223372036854775808",
                "-1e300",
            ] {
                let why = invalid(judge(&Config::default(), at(NOW), &[(claim, beyond)]));
                assert_eq!(why, InvalidToken::ClaimType(claim.into()), "{beyond}");
            }
        }
    }
}

#[test]
fn times_can_optionally_be_unlimited() {
    for config in [Config::default().any_time(true), Config::flask_compatible()] {
        for beyond in ["253402300800", "1799999999999", "9223372036854775808", "1e300"] {
            assert!(judge(&config, at(NOW), &[("exp", beyond)]).is_ok(), "{beyond}");
            for claim in ["nbf", "iat"] {
                let why = invalid(judge(&config, at(NOW), &[(claim, beyond)]));
                assert_eq!(why, InvalidToken::NotYetValid(claim), "{beyond}");
            }
        }
        assert!(expired(judge(&config, at(NOW), &[("exp", "-1e300")])));
        assert!(judge(&config, at(NOW), &[("iat", "-99999999999")]).is_ok());
        let why = invalid(judge(&config, at(NOW), &[("exp", "1e999")]));
        assert_eq!(why, InvalidToken::ClaimType("exp".into()));
    }
}

#[test]
fn negative_times_are_times_before_1970() {
    for config in both() {
        let token = judge(&config, at(NOW), &[("iat", "-1"), ("nbf", "-1.5")]).unwrap();
        assert_eq!(token.issued_at(), Some(UNIX_EPOCH - secs(1)));
        assert_eq!(token.not_before(), Some(UNIX_EPOCH - secs(3) / 2));
        assert!(expired(judge(&config, at(NOW), &[("exp", "-1")])));
        assert!(expired(judge(&config, at(0), &[("exp", "-0")])));
        let before = UNIX_EPOCH - secs(2);
        assert!(!expired(judge(&config, before, &[("exp", "-1")])));
        assert!(expired(judge(&config, before + secs(1), &[("exp", "-1")])));
        assert_eq!(not_yet(judge(&config, before - secs(10), &[("nbf", "-1")])), Some("nbf"));
    }
}

#[test]
fn the_times_of_a_token_are_exact() {
    let (exp, nbf, iat) = ((NOW + 1).to_string(), format!("{NOW}.25"), (NOW - 1).to_string());
    let token = judge(&Config::default(), at(NOW), &[("exp", &exp), ("nbf", &nbf), ("iat", &iat)]).unwrap();
    assert_eq!(token.expires_at(), Some(at(NOW + 1)));
    assert_eq!(token.not_before(), Some(at(NOW) + secs(1) / 4));
    assert_eq!(token.issued_at(), Some(at(NOW - 1)));
    let none = judge(&Config::flask_compatible(), at(NOW), &[("exp", "")]).unwrap();
    assert_eq!((none.expires_at(), none.not_before(), none.issued_at()), (None, None, None));
}

#[test]
fn an_issued_token_lives_for_its_lifetime_by_the_managers_clock() {
    let issuer = manager_at(Config::default(), at(NOW));
    let token = issuer.access_token("alice").encode().unwrap();
    let ends = at(NOW + 15 * 60);
    for config in both() {
        assert!(manager_at(config.clone(), ends - NANO).decode(&token).is_ok());
        assert!(expired(manager_at(config.clone(), ends).decode(&token)));
        assert!(!expired(manager_at(config, at(NOW)).decode(&token)));
    }
}

#[test]
fn an_expired_token_is_reported_with_its_claims() {
    let exp = NOW.to_string();
    for config in both() {
        let Err(error) = judge(&config, at(NOW), &[("exp", &exp)]) else { panic!("accepted") };
        let token = error.token().expect("a verified token");
        assert_eq!((token.identity(), token.expires_at()), ("alice", Some(at(NOW))));
    }
}
