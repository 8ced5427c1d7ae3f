//! Configurations that `build()` rejects, with an error that names the option and the fix.

use std::time::Duration;

use jwt_core::{Config, ConfigError};

use crate::support::{both, builder, manager, secs};

fn why(config: Config) -> ConfigError {
    builder(config).build().expect_err("it was built")
}

/// Checks that the message starts with the option and ends with the fix.
pub(crate) fn assert_told(error: &ConfigError, option: &str) {
    let text = error.to_string();
    assert!(text.starts_with(option), "{text:?} does not name {option}");
    let (_, fix) = text.split_once(": ").unwrap_or_else(|| panic!("{text:?} does not say how to fix it"));
    assert!(!fix.is_empty());
}

#[test]
fn lifetimes_under_a_second_are_refused() {
    for config in both() {
        for lifetime in [Duration::ZERO, secs(1) - Duration::from_nanos(1)] {
            assert_told(&why(config.clone().access_token_expires(lifetime)), "access_token_expires");
            assert_told(&why(config.clone().refresh_token_expires(lifetime)), "refresh_token_expires");
        }
        let second = config.access_token_expires(secs(1)).refresh_token_expires(secs(1));
        assert!(builder(second).build().is_ok());
    }
}

#[test]
fn leeways_over_five_minutes_are_refused() {
    type Setter = fn(Config, Duration) -> Config;
    let setters: [(&str, Setter); 4] = [
        ("exp_leeway", Config::exp_leeway),
        ("nbf_leeway", Config::nbf_leeway),
        ("iat_leeway", Config::iat_leeway),
        ("exp_leeway", Config::decode_leeway),
    ];
    for config in both() {
        for (option, set) in setters {
            assert!(builder(set(config.clone(), secs(300))).build().is_ok());
            assert_told(&why(set(config.clone(), secs(300) + Duration::from_nanos(1))), option);
        }
    }
}

#[test]
fn names_that_no_request_can_have_are_refused() {
    for config in both() {
        for name in ["", "two words", "Authorization:", "über"] {
            assert_told(&why(config.clone().header_name(name)), "header_name");
        }
        for scheme in ["two words", "Bearer,", "Bearer ", "träger", "B\r\n"] {
            assert_told(&why(config.clone().header_type(scheme)), "header_type");
            assert_told(&why(config.clone().header_types(["Bearer", scheme])), "header_types");
        }
        for scheme in ["", "JWT=", "a/b", "Bearer:"] {
            assert!(builder(config.clone().header_type(scheme)).build().is_ok(), "{scheme}");
        }
        for schemes in [&[][..], &["Bearer", ""], &["", ""]] {
            assert_told(&why(config.clone().header_types(schemes.to_vec())), "header_types");
        }
        assert!(builder(config.clone().header_types([""])).build().is_ok());
        assert_told(&why(config.token_location([])), "token_location");
    }
}

#[test]
fn an_identity_claim_has_no_other_meaning() {
    for config in both() {
        for name in ["", "iat", "nbf", "exp", "iss", "aud", "jti", "type", "fresh", "csrf", "scope"] {
            assert_told(&why(config.clone().identity_claim(name)), "identity_claim");
        }
        assert!(builder(config.identity_claim("uid")).build().is_ok());
    }
}

#[test]
fn an_audience_for_issuing_alone_would_refuse_the_own_tokens() {
    let error = why(Config::default().encode_audience(["api"]));
    assert_eq!(error, ConfigError::Audience);
    for part in ["encode_audience", "decode_audience", "audience()"] {
        assert!(error.to_string().contains(part));
    }
    for config in [
        Config::default().audience("api"),
        Config::default().encode_audience(["api"]).ignore_unconfigured_claims(true),
        Config::flask_compatible().encode_audience(["api"]),
    ] {
        let jwt = manager(config);
        assert!(jwt.decode(&jwt.access_token("a").encode().unwrap()).is_ok());
    }
}

#[test]
fn a_realm_that_no_header_can_have_is_refused() {
    for config in both() {
        for realm in ["Zürich", "a\nb", "a\tb", "\u{7f}"] {
            let error = why(config.clone().realm(realm));
            assert!(error.to_string().starts_with("realm "), "{error}");
        }
        assert!(builder(config.realm(r#"a "quoted" \ realm"#)).build().is_ok());
    }
}

#[test]
fn the_error_for_a_bad_realm_says_how_to_fix_it() {
    assert_told(&why(Config::default().realm("Zürich")), "realm");
}

#[test]
fn a_cap_that_no_token_could_keep_is_refused() {
    for config in both() {
        assert_told(&why(config.clone().max_token_bytes(63)), "max_token_bytes");
        assert!(builder(config.max_token_bytes(64)).build().is_ok());
    }
}

#[test]
fn an_empty_message_key_is_refused() {
    assert_told(&why(Config::default().error_message_key("")), "error_message_key");
}

#[test]
fn an_empty_name_in_a_list_is_refused() {
    for (option, config) in [
        ("audience", Config::default().audience("")),
        ("decode_audience", Config::default().decode_audience([""])),
        ("decode_issuer", Config::default().decode_issuer(["me", ""])),
        ("required_claims", Config::default().required_claims([""])),
    ] {
        let error = jwt_core::JwtManager::builder(config)
            .secret(crate::support::SECRET)
            .build()
            .unwrap_err()
            .to_string();
        assert!(error.contains(option) && error.contains("remove it"), "{error}");
    }
}
