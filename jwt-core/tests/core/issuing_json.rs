//! Claims, header parameters, and identities that JSON cannot represent or that a reader could not parse.

use std::collections::BTreeMap;
use std::error::Error as _;

use jwt_core::token::Identity;
use jwt_core::{Config, EncodeError};
use serde_json::{Value, json};

use crate::issuing_refused::{comes_back_if_issued, why};
use crate::support::{both, builder, manager};

/// Returns nested lists.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(null), |inner, _| json!([inner]))
}

#[test]
fn what_cannot_be_json_is_refused_with_its_cause() {
    let pairs = BTreeMap::from([((1, 2), 3)]);
    let jwt = manager(Config::default());
    for token in [
        jwt.access_token(Identity::value(&pairs)),
        jwt.access_token("a").claim("x", &pairs),
        jwt.access_token("a").claims(&pairs),
        jwt.access_token("a").header("x", &pairs),
        // The first error is reported, even if others follow.
        jwt.access_token("a").claims(&pairs).claims(&5),
    ] {
        let error = why(token);
        assert!(matches!(error, EncodeError::Json(Some(_))), "{error:?}");
        assert!(error.source().is_some());
    }
    // JSON cannot represent this number. serde writes null instead.
    let token = jwt.access_token("a").claim("x", f64::NAN).encode().unwrap();
    assert_eq!(jwt.decode(&token).unwrap().claims()["x"], Value::Null);
}

#[test]
fn additional_claims_and_headers_are_objects() {
    let jwt = manager(Config::default());
    for value in [json!(5), json!([1]), json!("x"), json!(null)] {
        assert!(matches!(why(jwt.access_token("a").claims(&value)), EncodeError::NotAnObject), "{value}");
        assert!(matches!(why(jwt.access_token("a").headers(&value)), EncodeError::NotAnObject), "{value}");
    }
    let jwt = builder(Config::default()).additional_claims_loader(|_: &Value| 5).build().unwrap();
    assert!(matches!(why(jwt.access_token("a")), EncodeError::NotAnObject));
}

#[test]
fn claims_too_deep_to_be_read_again_are_refused() {
    for config in both() {
        let jwt = manager(config.verify_sub(false));
        for depth in 120..140 {
            let deep = nested(depth);
            comes_back_if_issued(&jwt, jwt.access_token("a").claim("x", &deep), &format!("claim {depth}"));
            comes_back_if_issued(
                &jwt,
                jwt.access_token("a").claim("scope", &deep),
                &format!("scope {depth}"),
            );
            comes_back_if_issued(
                &jwt,
                jwt.access_token(Identity::value(&deep)),
                &format!("identity {depth}"),
            );
        }
        assert!(jwt.access_token("a").claim("x", nested(100)).encode().is_ok());
        let error = why(jwt.access_token("a").claim("x", nested(200)));
        assert!(matches!(error, EncodeError::Json(None)), "{error:?}");
        assert!(jwt.access_token(Identity::value(nested(200))).encode().is_err());
    }
}

#[test]
fn headers_too_deep_to_be_read_again_are_refused() {
    for config in both() {
        let jwt = manager(config);
        for depth in 120..140 {
            let token = jwt.access_token("a").header("x", nested(depth));
            comes_back_if_issued(&jwt, token, &format!("header {depth}"));
        }
        assert!(jwt.access_token("a").header("x", nested(100)).encode().is_ok());
        assert!(matches!(why(jwt.access_token("a").header("x", nested(200))), EncodeError::Json(_)));
    }
}
