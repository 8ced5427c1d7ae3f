//! Tokens that did not arrive in a request. Every stage runs, and nothing related to HTTP is required.

use jwt_core::error::InvalidToken;
use jwt_core::{Config, ErrorKind, Location, Policy, TokenError, TokenKind};

use crate::loaders::{Down, build};
use crate::support::{block_on, builder, invalid, manager, refused, token};
use crate::support_sessions::house;

const RESET: TokenKind = TokenKind::custom("reset");

#[test]
fn every_stage_runs() {
    let jwt = manager(Config::default());
    let verify = |text: &str, policy: &Policy| block_on(jwt.verify(text, policy));

    let access = jwt.access_token("alice").encode().unwrap();
    let authenticated = verify(&access, &Policy::access()).unwrap();
    assert_eq!(authenticated.token().unwrap().identity(), "alice");
    assert_eq!(authenticated.token().unwrap().location(), None);

    let refresh = jwt.refresh_token("alice").encode().unwrap();
    assert_eq!(invalid(verify(&refresh, &Policy::access())), InvalidToken::Kind("access"));
    assert!(verify(&refresh, &Policy::refresh()).is_ok());
    let reset = jwt.token(RESET, "alice").encode().unwrap();
    assert_eq!(invalid(verify(&reset, &Policy::access())), InvalidToken::Kind("access"));
    assert!(verify(&reset, &Policy::of(RESET)).is_ok());

    assert_eq!(refused(verify(&access, &Policy::access().fresh())).kind(), ErrorKind::NeedsFreshToken);
    let admin = Policy::access().scopes(&["admin"]);
    assert_eq!(refused(verify(&access, &admin)).kind(), ErrorKind::InsufficientScope);
    let expired = token(&[("exp", "5")]);
    assert_eq!(refused(verify(&expired, &Policy::access())).kind(), ErrorKind::ExpiredToken);
    assert_eq!(invalid(verify(&format!("{access}x"), &Policy::access())), InvalidToken::Signature);
}

#[test]
fn a_text_that_is_not_a_token_is_invalid_whatever_the_policy_permits() {
    let jwt = manager(Config::default());
    let access = jwt.access_token("alice").encode().unwrap();
    for text in
        ["", " ", "Bearer", &format!("Bearer {access}"), &format!(" {access}"), &format!("{access}\n")]
    {
        for policy in
            [Policy::access(), Policy::any().optional(), Policy::access().locations(&[Location::Json])]
        {
            let error = refused(block_on(jwt.verify(text, &policy)));
            assert!(matches!(error, TokenError::Invalid(_)), "{text:?}: {error:?}");
        }
    }
}

#[test]
fn a_token_that_was_logged_out_is_revoked() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    let verify = |text: &str| block_on(house.jwt.verify(text, &Policy::any()));
    assert!(verify(pair.access()).is_ok());
    assert!(verify(pair.refresh()).is_ok());
    block_on(house.jwt.log_out(&house.read(pair.access()))).unwrap();
    for text in [pair.access(), pair.refresh()] {
        assert_eq!(refused(verify(text)).kind(), ErrorKind::RevokedToken);
        assert!(house.jwt.decode(text).is_ok());
    }
    let unasked = Policy::any().skip_revocation_check();
    assert!(block_on(house.jwt.verify(pair.access(), &unasked)).is_ok());
}

#[test]
fn loaders_are_called_and_a_failure_is_not_a_yes() {
    let verdict =
        |jwt: &jwt_core::JwtManager| refused(block_on(jwt.verify(&token(&[]), &Policy::access()))).kind();
    for jwt in build(|b| b.token_in_blocklist_loader(|_| async { true })) {
        assert_eq!(verdict(&jwt), ErrorKind::RevokedToken);
    }
    for jwt in build(|b| b.token_verification_loader(|_| async { false })) {
        assert_eq!(verdict(&jwt), ErrorKind::TokenVerificationFailed);
    }
    for jwt in build(|b| b.user_lookup_loader(|_| async { Option::<u8>::None })) {
        assert_eq!(verdict(&jwt), ErrorKind::UserLookupError);
    }
    for jwt in build(|b| b.token_in_blocklist_loader(|_| async { Err::<bool, _>(Down(7)) })) {
        assert_eq!(verdict(&jwt), ErrorKind::Unavailable);
    }
    let jwt = builder(Config::default()).user_lookup_loader(|_| async { Some(7_u8) }).build().unwrap();
    let authenticated = block_on(jwt.verify(&token(&[]), &Policy::access())).unwrap();
    assert_eq!(*authenticated.user::<u8>().unwrap(), 7);
}

/// A token from a cookie has a `csrf` claim, but there is no request with a value to compare.
#[test]
fn no_csrf_value_is_required() {
    let jwt = manager(Config::default().token_location([Location::Cookie]));
    let access = jwt.access_token("alice").encode().unwrap();
    assert!(jwt.decode(&access).unwrap().claims().contains_key("csrf"));
    assert!(block_on(jwt.verify(&access, &Policy::access())).is_ok());
}
