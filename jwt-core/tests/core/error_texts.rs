//! Error messages are lowercase, have no trailing period, and do not repeat anything along a chain of sources.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;

use jwt_core::error::{CsrfError, InvalidRequest, InvalidToken, Segment, SegmentCount};
use jwt_core::keys::Secret;
use jwt_core::token::Identity;
use jwt_core::{Algorithm, Config, ConfigError, EncodeError, TokenError};
use serde_json::json;

use crate::refusals::{every_misuse, every_refusal};
use crate::support::{builder, manager, secs, segment, sign, token};

/// Returns whether the first word looks like the start of a sentence, unlike `CSRF` and `CurrentUser`.
fn begins_as_a_sentence(text: &str) -> bool {
    let word = text.split([' ', ':', '(']).next().unwrap();
    word.chars().next().is_some_and(char::is_uppercase) && !word.chars().skip(1).any(char::is_uppercase)
}

fn assert_well_written(error: &(dyn Error + 'static)) {
    let text = error.to_string();
    assert!(!text.is_empty());
    assert!(!begins_as_a_sentence(&text), "{text:?}");
    assert!(!text.ends_with(['.', '!', '\n']), "{text:?}");
    assert!(!text.contains("  "), "{text:?}");
    let mut cause = error.source();
    while let Some(source) = cause {
        let inner = source.to_string();
        assert!(!text.contains(&inner), "{text:?} repeats {inner:?}");
        cause = source.source();
    }
}

/// Checks the error and all of its sources, which this library wrote unless they come from the application.
fn assert_chain(error: &(dyn Error + 'static)) {
    assert_well_written(error);
    if let Some(source) = error.source() {
        assert_chain(source);
    }
}

fn every_invalid() -> Vec<InvalidToken> {
    let parts = [Segment::Header, Segment::Payload, Segment::Signature];
    let mut all = vec![
        InvalidToken::AlgorithmMissing,
        InvalidToken::AlgorithmNotAllowed,
        InvalidToken::Audience,
        InvalidToken::ClaimMissing("jti".into()),
        InvalidToken::ClaimType("jti".into()),
        InvalidToken::ClaimValue("azp".into()),
        InvalidToken::Claims,
        InvalidToken::Confirmation,
        InvalidToken::Critical,
        InvalidToken::EmptyIdentity,
        InvalidToken::Issuer,
        InvalidToken::KeyId,
        InvalidToken::Kind("access"),
        InvalidToken::MalformedHeader,
        InvalidToken::NotYetValid("nbf"),
        InvalidToken::Segments(SegmentCount::TooFew),
        InvalidToken::Segments(SegmentCount::TooMany),
        InvalidToken::Signature,
        InvalidToken::TooLarge,
        InvalidToken::Type,
        InvalidToken::UnencodedPayload,
        InvalidToken::UnknownCritical("x".into()),
    ];
    all.extend(parts.map(InvalidToken::Encoding));
    all.extend(parts.map(InvalidToken::Json));
    all
}

#[test]
fn refusals_are_well_written() {
    for refusal in every_refusal() {
        assert_chain(&refusal.error);
    }
    for why in every_invalid() {
        assert_chain(&TokenError::from(why));
    }
    for misuse in every_misuse() {
        assert_chain(&TokenError::from(misuse));
    }
    for why in [CsrfError::Missing, CsrfError::Mismatch] {
        assert_chain(&TokenError::Csrf(why));
    }
    for why in [InvalidRequest::Label, InvalidRequest::Repeated] {
        assert_chain(&TokenError::InvalidRequest(why));
    }
    assert_chain(&TokenError::Unavailable(io::Error::other("connection reset").into()));
}

#[test]
fn a_refusal_leads_to_its_cause() {
    for why in every_invalid() {
        let error = TokenError::from(why.clone());
        assert_eq!(error.source().and_then(|source| source.downcast_ref()), Some(&why));
    }
    for misuse in every_misuse() {
        let error = TokenError::from(misuse);
        assert_eq!(error.source().and_then(|source| source.downcast_ref()), Some(&misuse));
    }
    let refusals = every_refusal();
    let without: Vec<_> = refusals.iter().filter(|refusal| refusal.error.source().is_none()).collect();
    // Errors that contain a token instead of a source, and those for a missing token and for a rejected login.
    for refusal in without {
        let is_bare = matches!(refusal.error, TokenError::Missing(_) | TokenError::TooManySessions);
        assert!(refusal.error.token().is_some() || is_bare);
    }
}

#[test]
fn misuse_says_how_to_fix_it() {
    let [foreign, missing, no_loader, wrong_type] = every_misuse().map(|misuse| misuse.to_string());
    assert!(foreign.contains("complete()") && foreign.contains("check()"));
    assert!(missing.contains("add .with_state(jwt)"));
    assert!(no_loader.contains("user_lookup_loader"));
    assert!(wrong_type.contains("app::User") && wrong_type.contains("CurrentUser"));
}

#[test]
fn errors_of_issuing_are_well_written() {
    let jwt = manager(Config::default());
    let pairs = BTreeMap::from([((1, 2), 3)]);
    let nested = (0..200).fold(json!(1), |inner, _| json!([inner]));
    for token in [
        jwt.access_token("a").claim("x", &pairs),
        jwt.access_token("a").claim("x", &nested),
        jwt.access_token("a").expires_in(secs(0)),
        jwt.access_token("a").insecure_never_expires(),
        jwt.access_token("a").claims(&5),
        jwt.access_token("a").claim("exp", 5),
        jwt.access_token("a").header("alg", "none"),
        jwt.access_token(Identity::value(5)),
        jwt.access_token("a".repeat(20_000)),
    ] {
        assert_chain(&token.encode().unwrap_err());
    }
    for error in [EncodeError::Random, EncodeError::Signing] {
        assert_chain(&error);
    }
}

#[test]
fn errors_of_the_configuration_are_well_written() {
    for config in [
        Config::default().token_location([]),
        Config::default().header_name(""),
        Config::default().header_type("a b"),
        Config::default().identity_claim(""),
        Config::default().error_message_key(""),
        Config::default().access_token_expires(secs(0)),
        Config::default().refresh_token_expires(secs(0)),
        Config::default().exp_leeway(secs(301)),
        Config::default().nbf_leeway(secs(301)),
        Config::default().iat_leeway(secs(301)),
        Config::default().max_token_bytes(0),
        Config::default().encode_audience(["a"]),
        Config::default().realm("é"),
    ] {
        assert_chain(&builder(config).build().unwrap_err());
    }
    assert_chain(&builder(Config::default()).secret(Secret::from("short")).build().unwrap_err());
    for vars in [
        ("JWT_COOKIE_SECURE", "yes"),
        ("JWT_COOKIE_SECRUE", "true"),
        ("JWT_REALM", "a"),
        ("JWT_JSON_KEY", "{"),
    ] {
        assert_chain(&Config::default().with_vars([vars]).unwrap_err());
    }
    assert_chain(&ConfigError::MissingKey);
    assert_chain(&"none".parse::<Algorithm>().unwrap_err());
}

#[test]
fn no_text_of_an_error_shows_what_the_client_sent() {
    let jwt = manager(Config::default());
    let hostile = "<script>hostile</script>";
    let quoted = format!("\"{hostile}\"");
    for token in [
        String::from(hostile),
        format!("{hostile}.{hostile}.{hostile}"),
        sign(format!(r#"{{"alg":{quoted}}}"#), "{}"),
        sign(format!(r#"{{"alg":"HS256","typ":{quoted}}}"#), "{}"),
        sign(format!(r#"{{"alg":"HS256","crit":[{quoted}]}}"#), "{}"),
        sign(hostile, "{}"),
        token(&[("type", "5"), ("sub", &quoted)]),
        token(&[("aud", &quoted)]),
        token(&[("exp", &quoted)]),
        token(&[("exp", "1"), ("sub", &quoted)]),
        format!("{}.{}.x", segment(hostile), segment(hostile)),
    ] {
        let error = jwt.decode(&token).unwrap_err();
        let mut next: Option<&dyn Error> = Some(&error);
        while let Some(text) = next.map(ToString::to_string) {
            assert!(!text.contains("hostile") && !text.contains(&segment(hostile)), "{text:?}");
            next = next.and_then(Error::source);
        }
    }
}
