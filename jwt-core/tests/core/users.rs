//! The user that the application's loader returns.

use std::sync::Arc;

use jwt_core::error::Misuse;
use jwt_core::{Config, ErrorKind, Policy, Token, TokenError};

use crate::loaders::{Down, assert_refused, assert_unavailable, build};
use crate::support::{authenticate, bearer, manager, refused, request, token};

#[derive(Debug, PartialEq)]
struct User(String);

#[test]
fn the_user_is_the_one_that_the_loader_gives() {
    for jwt in build(|b| {
        b.user_lookup_loader(|token: Token| async move { Some(User(token.identity().to_uppercase())) })
    }) {
        let passed = authenticate(&jwt, &bearer(&token(&[])), &Policy::access()).unwrap();
        assert_eq!(*passed.user::<User>().unwrap(), User("ALICE".into()));
        assert!(Arc::ptr_eq(&passed.user::<User>().unwrap(), &passed.user::<User>().unwrap()));
    }
}

#[test]
fn a_user_that_is_not_known_is_refused_and_one_that_cannot_be_looked_up_is_unavailable() {
    assert_refused(&build(|b| b.user_lookup_loader(|_| async { None::<User> })), ErrorKind::UserLookupError);
    assert_refused(
        &build(|b| b.user_lookup_loader(|_| async { Ok::<Option<User>, Down>(None) })),
        ErrorKind::UserLookupError,
    );
    assert_unavailable(&build(|b| b.user_lookup_loader(|_| async { Err::<Option<User>, _>(Down(7)) })));
}

#[test]
fn a_user_of_another_type_or_without_a_loader_is_a_programming_error() {
    let [jwt, _] = build(|b| b.user_lookup_loader(|_| async { Some(5_u8) }));
    let passed = authenticate(&jwt, &bearer(&token(&[])), &Policy::access()).unwrap();
    let Err(TokenError::Misuse(Misuse::WrongUserType { asked })) = passed.user::<User>() else {
        panic!("no such user")
    };
    assert!(asked.ends_with("User"), "{asked}");
    assert_eq!(*passed.user::<u8>().unwrap(), 5);

    let plain = authenticate(&manager(Config::default()), &bearer(&token(&[])), &Policy::access()).unwrap();
    assert!(matches!(plain.user::<User>(), Err(TokenError::Misuse(Misuse::NoUserLoader))));
}

#[test]
fn without_a_token_there_is_no_user_and_no_loader_is_called() {
    for jwt in build(|b| {
        b.token_in_blocklist_loader(|_| async { true })
            .token_verification_loader(|_| async { false })
            .user_lookup_loader(|_| async { None::<User> })
    }) {
        let (view, policy) = (request("GET", &[]), Policy::access().optional());
        let passed = authenticate(&jwt, &view, &policy).unwrap();
        assert_eq!(refused(passed.user::<User>()).kind(), ErrorKind::Unauthorized);
        let at_once = jwt.complete_now(jwt.check(&view, &policy).unwrap()).expect("nothing to ask");
        assert!(at_once.unwrap().token().is_none());
    }
}
