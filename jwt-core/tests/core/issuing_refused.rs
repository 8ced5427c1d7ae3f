//! Tokens that cannot be issued. The error occurs when the token is encoded, not when it comes back.

use jwt_core::token::Identity;
use jwt_core::{Config, EncodeError, JwtManager, TokenBuilder};
use serde_json::{Value, json};

use crate::support::{both, builder, invalid, manager, text_of};

pub(crate) fn why(token: TokenBuilder<'_>) -> EncodeError {
    token.encode().expect_err("it was issued")
}

/// Checks that the token can be verified if it can be issued.
pub(crate) fn comes_back_if_issued(jwt: &JwtManager, token: TokenBuilder<'_>, what: &str) {
    if let Ok(token) = token.encode() {
        assert!(jwt.decode(&token).is_ok(), "{what}: issued, and refused when it comes back");
    }
}

const RESERVED: [&str; 10] = ["iat", "nbf", "exp", "iss", "aud", "sub", "jti", "type", "fresh", "csrf"];

#[test]
fn claims_of_the_library_cannot_be_overwritten() {
    let jwt = manager(Config::default());
    assert!(matches!(why(jwt.access_token("alice").claim("exp", "x")), EncodeError::ExpiryClaim));
    for name in RESERVED.into_iter().filter(|name| *name != "exp") {
        let error = why(jwt.access_token("alice").claim(name, "x"));
        assert!(matches!(&error, EncodeError::ReservedClaim(claim) if **claim == *name), "{name}");
        assert!(error.to_string().contains(name));
    }
    let own = manager(Config::default().identity_claim("uid"));
    let error = why(own.access_token("alice").claim("uid", "bob"));
    assert!(matches!(error, EncodeError::ReservedClaim(name) if &*name == "uid"));
}

#[test]
fn a_loader_cannot_overwrite_them_either() {
    let jwt =
        builder(Config::default()).additional_claims_loader(|_: &Value| json!({"exp": 1})).build().unwrap();
    assert!(matches!(why(jwt.access_token("a")), EncodeError::ExpiryClaim));
}

#[test]
fn the_flask_preset_overwrites_claims_in_place() {
    for config in [Config::flask_compatible(), Config::default().insecure_claim_override(true)] {
        let jwt = manager(config);
        for name in RESERVED {
            let token = jwt.access_token("alice").claim(name, "x").encode().unwrap();
            let payload: Value = serde_json::from_str(&text_of(&token, 1)).unwrap();
            assert_eq!(payload[name], "x");
        }
        let token = jwt.access_token("alice").claim("iat", 5).encode().unwrap();
        assert!(text_of(&token, 1).starts_with(r#"{"fresh":false,"iat":5,"jti":"#));
    }
}

#[test]
fn headers_that_would_change_the_meaning_cannot_be_set() {
    for config in both() {
        let jwt = manager(config);
        for (name, value) in [
            ("alg", json!("HS512")),
            ("alg", json!("none")),
            ("crit", json!(["exp"])),
            ("b64", json!(false)),
            ("kid", json!(5)),
        ] {
            let error = why(jwt.access_token("a").header(name, &value));
            assert!(matches!(error, EncodeError::ReservedHeader(header) if *header == *name), "{name}");
        }
        // A reserved header parameter can be set to the value that it has anyway.
        let token = jwt.access_token("a").header("kid", "k1").header("x", 1).header("alg", "HS256");
        let token = token.encode().unwrap();
        assert_eq!(text_of(&token, 0), r#"{"alg":"HS256","kid":"k1","typ":"JWT","x":1}"#);
    }
}

#[test]
fn a_typ_that_would_be_refused_is_open_to_the_flask_preset_alone() {
    let (safe, flask) = (manager(Config::default()), manager(Config::flask_compatible()));
    for typ in [json!("at+jwt"), json!(null), json!(5)] {
        let error = why(safe.access_token("a").header("typ", &typ));
        assert!(matches!(error, EncodeError::ReservedHeader(header) if &*header == "typ"), "{typ}");
    }
    assert!(safe.access_token("a").header("typ", "JWT").encode().is_ok());
    let other = flask.access_token("a").header("typ", "at+jwt").encode().unwrap();
    assert_eq!(text_of(&other, 0), r#"{"alg":"HS256","typ":"at+jwt"}"#);
    let none = flask.access_token("a").header("typ", None::<String>).encode().unwrap();
    assert_eq!(text_of(&none, 0), r#"{"alg":"HS256"}"#);
    for token in [other, none] {
        assert!(flask.decode(&token).is_ok());
    }
}

#[test]
fn an_identity_is_a_string_unless_the_configuration_says_otherwise() {
    let jwt = manager(Config::default());
    for identity in [json!(5), json!(null), json!(["a"]), json!(f64::NAN)] {
        assert!(
            matches!(why(jwt.access_token(Identity::value(&identity))), EncodeError::SubjectNotText),
            "{identity}"
        );
    }
    for config in [Config::default().verify_sub(false), Config::default().identity_claim("uid")] {
        let jwt = manager(config);
        let token = jwt.access_token(Identity::value(json!({"id": 5}))).encode().unwrap();
        assert_eq!(jwt.decode(&token).unwrap().identity_value(), json!({"id": 5}));
    }
    // As in flask-jwt-extended, the token is issued but rejected when it comes back.
    let flask = manager(Config::flask_compatible());
    let token = flask.access_token(Identity::value(5)).encode().unwrap();
    assert_eq!(invalid(flask.decode(&token)).to_string(), "claim has the wrong type");
}

#[test]
fn a_token_is_as_long_as_the_cap_and_no_longer() {
    for config in both() {
        let length = manager(config.clone()).access_token("alice").encode().unwrap().len();
        let exact = manager(config.clone().max_token_bytes(length));
        let token = exact.access_token("alice").encode().unwrap();
        assert!(exact.decode(&token).is_ok());
        let short = manager(config.max_token_bytes(length - 1));
        assert!(matches!(why(short.access_token("alice")), EncodeError::TooLarge));
        assert_eq!(invalid(short.decode(&token)).to_string(), "token is too large");
    }
}
