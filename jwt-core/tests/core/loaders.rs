//! The results of the application's loaders. A failure never means "yes".

use std::error::Error as _;
use std::fmt;

use jwt_core::adapter::manager_id;
use jwt_core::error::Misuse;
use jwt_core::{Config, ErrorKind, JwtManager, JwtManagerBuilder, Policy, Token, TokenError};

use crate::support::{authenticate, bearer, block_on, both, builder, manager, refused, request, token};

#[derive(Debug)]
pub(crate) struct Down(pub(crate) u8);

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store is down")
    }
}

impl std::error::Error for Down {}

pub(crate) fn build(with: impl Fn(JwtManagerBuilder) -> JwtManagerBuilder) -> [JwtManager; 2] {
    both().map(|config| with(builder(config)).build().unwrap())
}

fn verdict(jwt: &JwtManager, policy: &Policy) -> Result<Token, TokenError> {
    authenticate(jwt, &bearer(&token(&[])), policy)?.into_token()
}

pub(crate) fn assert_refused(jwts: &[JwtManager], kind: ErrorKind) {
    for jwt in jwts {
        let error = refused(verdict(jwt, &Policy::access()));
        assert_eq!(error.kind(), kind);
        assert_eq!(error.token().unwrap().id(), Some("id-1"));
    }
}

fn assert_passes(jwts: &[JwtManager]) {
    for jwt in jwts {
        assert_eq!(verdict(jwt, &Policy::access()).unwrap().identity(), "alice");
    }
}

pub(crate) fn assert_unavailable(jwts: &[JwtManager]) {
    for jwt in jwts {
        for policy in [Policy::access(), Policy::any().optional()] {
            let error = refused(verdict(jwt, &policy));
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert!(error.token().is_none());
            let cause = error.source().expect("the loader's own error");
            assert_eq!(cause.downcast_ref::<Down>().expect("its own type").0, 7);
        }
    }
}

#[test]
fn a_revoked_token_is_refused_and_another_passes() {
    assert_refused(&build(|b| b.token_in_blocklist_loader(|_| async { true })), ErrorKind::RevokedToken);
    assert_refused(
        &build(|b| b.token_in_blocklist_loader(|_| async { Ok::<_, Down>(true) })),
        ErrorKind::RevokedToken,
    );
    assert_passes(&build(|b| b.token_in_blocklist_loader(|_| async { false })));
    assert_passes(&build(|b| b.token_in_blocklist_loader(|_| async { Ok::<_, Down>(false) })));
}

#[test]
fn a_blocklist_that_fails_is_unavailable_and_lets_nobody_in() {
    assert_unavailable(&build(|b| b.token_in_blocklist_loader(|_| async { Err::<bool, _>(Down(7)) })));
}

#[test]
fn a_loader_asks_about_the_token_it_was_given() {
    let jwts =
        build(|b| b.token_in_blocklist_loader(|token: Token| async move { token.id() == Some("id-2") }));
    assert_passes(&jwts);
    for jwt in &jwts {
        let other = bearer(&token(&[("jti", "\"id-2\"")]));
        assert_eq!(refused(authenticate(jwt, &other, &Policy::access())).kind(), ErrorKind::RevokedToken);
    }
}

#[test]
fn the_application_may_refuse_claims() {
    assert_refused(
        &build(|b| b.token_verification_loader(|_| async { false })),
        ErrorKind::TokenVerificationFailed,
    );
    assert_refused(
        &build(|b| b.token_verification_loader(|_| async { Ok::<_, Down>(false) })),
        ErrorKind::TokenVerificationFailed,
    );
    assert_passes(&build(|b| b.token_verification_loader(|_| async { true })));
    assert_unavailable(&build(|b| b.token_verification_loader(|_| async { Err::<bool, _>(Down(7)) })));
}

#[test]
fn revocation_is_not_checked_if_the_policy_skips_it() {
    let skip = Policy::access().skip_revocation_check();
    for jwt in build(|b| b.token_in_blocklist_loader(|_| async { true })) {
        assert!(verdict(&jwt, &skip).is_ok());
        assert!(verdict(&jwt, &Policy::access()).is_err());
    }
    for jwt in build(|b| b.token_verification_loader(|_| async { false })) {
        assert!(verdict(&jwt, &skip).is_err(), "it skips revocation and nothing else");
    }
}

#[test]
fn a_future_is_needed_exactly_if_a_loader_has_to_be_called() {
    let view = bearer(&token(&[]));
    let (access, skip) = (Policy::access(), Policy::access().skip_revocation_check());
    for ([jwt, _], asks, asks_if_skipped) in [
        (build(|b| b), false, false),
        (build(|b| b.token_in_blocklist_loader(|_| async { false })), true, false),
        (build(|b| b.token_verification_loader(|_| async { true })), true, true),
        (build(|b| b.user_lookup_loader(|_| async { Some(5) })), true, true),
    ] {
        for (policy, asks) in [(&access, asks), (&skip, asks_if_skipped)] {
            match jwt.complete_now(jwt.check(&view, policy).unwrap()) {
                Ok(answer) => {
                    assert!(!asks, "a loader was not asked");
                    assert!(answer.unwrap().token().is_some());
                }
                Err(checked) => {
                    assert!(asks, "there is nobody to ask");
                    // The returned value can still be passed to `complete`.
                    assert!(block_on(jwt.complete(checked)).unwrap().token().is_some());
                }
            }
        }
    }
}

#[test]
fn what_one_manager_checked_another_does_not_complete() {
    let (one, other) = (manager(Config::default()), manager(Config::default()));
    let view = bearer(&token(&[]));
    for policy in [Policy::access(), Policy::access().optional()] {
        let back = other.complete_now(one.check(&view, &policy).unwrap()).expect_err("foreign");
        let error = refused(block_on(other.complete(back)));
        assert!(matches!(error, TokenError::Misuse(Misuse::ForeignManager)), "{error:?}");
    }
    let empty = one.check(&request("GET", &[]), &Policy::access().optional()).unwrap();
    assert!(block_on(other.complete(empty)).is_err());
    // A clone counts as the same manager.
    assert_eq!(manager_id(&one.clone()), manager_id(&one));
    assert_ne!(manager_id(&other), manager_id(&one));
    assert!(block_on(one.clone().complete(one.check(&view, &Policy::access()).unwrap())).is_ok());
}
