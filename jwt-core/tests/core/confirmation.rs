//! Tokens that are bound to a key of their holder (RFC 7800).

use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::session::MemorySessions;
use jwt_core::{Config, Issuer, JwtManager, Policy, Token};

use crate::support::{
    HEADER, SECRET, authenticate, bearer, block_on, builder, invalid, manager, payload, sign, token,
};
use crate::support_keys::keyless;

const BOUND: [(&str, &str); 5] = [
    ("cnf", r#"{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}"#),
    ("cnf", r#"{"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}"#),
    ("cnf", "{}"),
    ("cnf", "null"),
    ("cnf", "\"text\""),
];

#[test]
fn a_bound_token_is_not_a_bearer_token() {
    let jwt = manager(Config::default());
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = asked.clone();
    let counting = builder(Config::default()).token_in_blocklist_loader(move |_: Token| {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async { false }
    });
    let counting = counting.build().unwrap();
    for claim in BOUND {
        let bound = token(&[claim]);
        for policy in [Policy::access(), Policy::any(), Policy::access().optional(), Policy::refresh()] {
            for jwt in [&jwt, &counting] {
                let why = invalid(block_on(jwt.verify(&bound, &policy)));
                assert_eq!(why, InvalidToken::Confirmation, "{claim:?}");
                let why = invalid(authenticate(jwt, &bearer(&bound), &policy));
                assert_eq!(why, InvalidToken::Confirmation, "{claim:?}");
            }
        }
        // It can be read, but that grants nothing.
        assert!(jwt.decode(&bound).is_ok());
    }
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 0, "nobody is asked about such a token");
    assert!(manager(Config::default()).decode(&token(&[("cnf", r#"{"jkt":"\ud800"}"#)])).is_err());
}

#[test]
fn only_its_setter_turns_a_bound_token_into_a_bearer_token() {
    for config in [Config::default().insecure_ignore_confirmation(true), Config::flask_compatible()] {
        let jwt = manager(config);
        assert!(block_on(jwt.verify(&token(&[BOUND[0]]), &Policy::access())).is_ok());
    }
    for config in
        [Config::jsonwebtoken_compatible(), Config::flask_compatible().insecure_ignore_confirmation(false)]
    {
        let jwt = manager(config);
        assert!(block_on(jwt.verify(&token(&[BOUND[0]]), &Policy::access())).is_err());
    }
}

#[test]
fn an_issuer_behind_a_gateway_has_its_own_setter() {
    let login = || {
        let key = VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap();
        Issuer::new("https://login.example", KeySet::single(key))
    };
    let bound = sign(HEADER, payload(&[("iss", "\"https://login.example\""), BOUND[0]]));
    let ask = |config: Config, issuer: Issuer| {
        let jwt = keyless(config).trusted_issuer(issuer).build().unwrap();
        block_on(jwt.verify(&bound, &Policy::access())).map(|_| ())
    };
    for config in [Config::default(), Config::flask_compatible()] {
        assert_eq!(invalid(ask(config.clone(), login())), InvalidToken::Confirmation);
        assert_eq!(
            invalid(ask(config.clone(), login().confirmed_by_gateway(false))),
            InvalidToken::Confirmation
        );
        assert!(ask(config, login().confirmed_by_gateway(true)).is_ok());
    }
}

#[test]
fn a_bound_refresh_token_is_not_exchanged() {
    let jwt: JwtManager = builder(Config::default()).session_store(MemorySessions::new()).build().unwrap();
    let pair = block_on(async { jwt.log_in("alice").claim("cnf", BOUND[2].1).await }).unwrap();
    let refresh = jwt.decode(pair.refresh()).unwrap();
    let error = block_on(async { jwt.rotate(&refresh).await }).unwrap_err();
    assert!(format!("{error:?}").contains("Confirmation"), "{error:?}");
    assert!(block_on(jwt.verify(pair.access(), &Policy::access())).is_err());
}
