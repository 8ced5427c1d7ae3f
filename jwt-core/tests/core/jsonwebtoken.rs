//! Tokens that a service issued with the `jsonwebtoken` crate, and how lenient the preset for them is.

use jwt_core::error::InvalidToken;
use jwt_core::{Config, ErrorKind, Policy, TokenKind};

use crate::support::{NOW, block_on, decode, invalid, manager, refused, sign, token};

/// Returns the result of `encode(&Header::default(), &Claims { sub, exp, role }, …)`.
fn theirs(exp: u64) -> String {
    sign(r#"{"typ":"JWT","alg":"HS256"}"#, format!(r#"{{"sub":"alice","exp":{exp},"role":"admin"}}"#))
}

#[test]
fn a_token_of_a_struct_of_claims_is_an_access_token() {
    let jwt = manager(Config::jsonwebtoken_compatible());
    let verified = block_on(jwt.verify(&theirs(NOW + 60), &Policy::access())).unwrap().into_token().unwrap();
    assert_eq!((verified.identity(), verified.kind(), verified.id()), ("alice", "access", None));
    let error = refused(block_on(jwt.verify(&theirs(NOW + 60), &Policy::refresh())));
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    // Without the preset, the token is rejected.
    assert!(matches!(
        invalid(manager(Config::default()).decode(&theirs(NOW + 60))),
        InvalidToken::ClaimMissing(_)
    ));
}

#[test]
fn the_leeway_is_a_minute() {
    let jwt = manager(Config::jsonwebtoken_compatible());
    assert!(jwt.decode(&theirs(NOW - 59)).is_ok());
    assert_eq!(refused(jwt.decode(&theirs(NOW - 60))).kind(), ErrorKind::ExpiredToken);
    assert!(decode(Config::jsonwebtoken_compatible(), &[("nbf", &(NOW + 60).to_string())]).is_ok());
    assert!(decode(Config::jsonwebtoken_compatible(), &[("nbf", &(NOW + 61).to_string())]).is_err());
}

#[test]
fn nothing_else_is_lenient() {
    let config = Config::jsonwebtoken_compatible;
    for (changes, why) in [
        (&[("exp", "")][..], InvalidToken::ClaimMissing("exp".into())),
        (&[("sub", "")], InvalidToken::ClaimMissing("sub".into())),
        (&[("sub", "5")], InvalidToken::ClaimType("sub".into())),
        (&[("aud", "\"api\"")], InvalidToken::Audience),
        (&[("type", "5")], InvalidToken::ClaimType("type".into())),
        (&[("fresh", "\"yes\"")], InvalidToken::ClaimType("fresh".into())),
    ] {
        assert_eq!(invalid(decode(config(), changes)), why);
    }
    let jwt = manager(config());
    let reset = jwt.token(TokenKind::custom("reset"), "alice").encode().unwrap();
    assert_eq!(invalid(block_on(jwt.verify(&reset, &Policy::access()))), InvalidToken::Kind("access"));
    assert!(block_on(jwt.verify(&token(&[]), &Policy::access())).is_ok());
}

#[test]
fn new_tokens_are_complete() {
    let text = manager(Config::jsonwebtoken_compatible()).access_token("alice").encode().unwrap();
    assert!(manager(Config::default()).decode(&text).is_ok());
}
