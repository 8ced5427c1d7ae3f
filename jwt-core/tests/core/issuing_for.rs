//! What a token can be issued for, and the resulting identity.

use jwt_core::keys::{Algorithm, SigningKey};
use jwt_core::token::Identity;
use jwt_core::{Config, EncodeError, TokenError};
use serde::Serialize;
use serde_json::{Value, json};

use crate::support::{Clock, NOW, SECRET, at, builder, secs};

#[derive(Serialize)]
struct User {
    id: u32,
    role: &'static str,
}

const ALICE: User = User { id: 7, role: "admin" };

#[test]
fn a_token_can_be_issued_for_a_whole_user_whom_the_loaders_see() {
    let jwt = builder(Config::default())
        .user_identity_loader(|user| user["id"].to_string())
        .additional_claims_loader(|user| json!({"role": user["role"]}))
        .additional_headers_loader(|user| json!({"x": user["id"]}))
        .encode_key_loader(|user| {
            let secret = (user["role"] == "admin").then_some(SECRET)?;
            SigningKey::from_secret(Algorithm::HS256, secret).ok()
        })
        .build()
        .unwrap();
    for text in [
        jwt.access_token(Identity::value(&ALICE)).encode().unwrap(),
        jwt.refresh_token(Identity::value(&ALICE)).encode().unwrap(),
    ] {
        let token = jwt.decode(&text).unwrap();
        assert_eq!((token.identity(), &token.claims()["role"]), ("7", &json!("admin")));
        assert_eq!(token.header()["x"], 7);
    }
}

#[test]
fn without_a_loader_it_is_the_identity_itself() {
    let jwt = builder(Config::default()).build().unwrap();
    assert!(matches!(jwt.access_token(Identity::value(&ALICE)).encode(), Err(EncodeError::SubjectNotText)));
    let lax = builder(Config::default().verify_sub(false)).build().unwrap();
    let text = lax.access_token(Identity::value(&ALICE)).encode().unwrap();
    assert_eq!(lax.decode(&text).unwrap().identity_value(), json!({"id": 7, "role": "admin"}));
}

#[test]
fn an_identity_that_cannot_be_written_is_an_error() {
    let unwritable = || std::collections::BTreeMap::from([(vec![1], 2)]);
    let jwt = builder(Config::default()).user_identity_loader(move |_| unwritable()).build().unwrap();
    assert!(matches!(jwt.access_token("alice").encode(), Err(EncodeError::Json(Some(_)))));
    let null = builder(Config::default()).user_identity_loader(|_| Value::Null).build().unwrap();
    assert!(matches!(null.access_token("alice").encode(), Err(EncodeError::SubjectNotText)));
}

#[test]
fn an_expired_token_is_decoded_on_request_but_no_other_invalid_one() {
    let clock = Clock::new(at(NOW));
    let jwt = builder(Config::default()).clock(clock.reader()).build().unwrap();
    let text = jwt.access_token("alice").expires_in(secs(60)).encode().unwrap();
    assert_eq!(jwt.decode_allow_expired(&text).unwrap().identity(), "alice");
    clock.set(at(NOW) + secs(3600));
    assert!(matches!(jwt.decode(&text), Err(TokenError::Expired(_))));
    assert_eq!(jwt.decode_allow_expired(&text).unwrap().identity(), "alice");
    assert!(matches!(jwt.decode_allow_expired(&format!("{text}A")), Err(TokenError::Invalid(_))));
}
