//! The names of the reasons in logs.

use std::collections::BTreeSet;

use jwt_core::token::CODES;
use jwt_core::{Config, Policy, TokenError};

use crate::support::{bearer, builder, manager, payload, request, sign};
use crate::support_log::logged;

const PAGE: &str = include_str!("../../src/guide/observability.md");

#[test]
fn the_guide_describes_every_code_and_no_other() {
    let row = |line: &'static str| line.strip_prefix("| `")?.split_once("` |").map(|(code, _)| code);
    let (_, codes) = PAGE.split_once("# Codes").unwrap();
    let described: Vec<_> = codes.lines().filter_map(row).collect();
    let sorted: BTreeSet<_> = CODES.iter().copied().collect();
    assert_eq!(sorted.len(), CODES.len(), "a code twice");
    assert_eq!(described, sorted.into_iter().collect::<Vec<_>>(), "in alphabetical order");
}

#[test]
fn a_code_is_a_short_name() {
    for code in CODES {
        assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
    }
}

#[test]
fn a_rejected_request_is_logged_once_with_its_code_and_without_anything_from_it() {
    let jwt = manager(Config::default());
    let policy = Policy::access();
    let canary = "canary-4f1d";
    let expired = sign(r#"{"alg":"HS256"}"#, payload(&[("exp", "1"), ("sub", "\"canary-4f1d\"")]));
    let claims = payload(&[("sub", "\"canary-4f1d\"")]);
    for (authorization, code, status) in [
        (String::new(), "missing", "401"),
        (format!("Bearer {canary}"), "invalid_segments", "422"),
        (format!("Bearer {expired}"), "expired", "401"),
        (format!("Bearer {expired}x"), "invalid_signature", "422"),
        (format!("Bearer {}", sign(r#"{"alg":"canary-4f1d"}"#, claims)), "invalid_alg", "422"),
        (format!("Bearer a, Bearer {canary}"), "request_two_tokens", "400"),
    ] {
        let fields: Vec<_> = Some(&*authorization).into_iter().filter(|field| !field.is_empty()).collect();
        let request = request("GET", &fields);
        let ((), lines) = logged(|| {
            let error = jwt.check(&request, &policy).unwrap_err();
            assert_eq!(error.code(), code);
            let _ = jwt.respond(&error, &request, &policy);
        });
        let shown = format!("{lines:?}");
        assert!(!shown.contains(canary), "{shown}");
        let [line] = &*lines else { panic!("{shown}") };
        assert_eq!(
            (line.level(), line.code(), line.status()),
            (tracing::Level::DEBUG, code, status),
            "{shown}"
        );
    }
}

#[test]
fn a_request_that_is_not_rejected_is_not_logged() {
    let jwt = builder(Config::default()).build().unwrap();
    let token = jwt.access_token("alice").encode().unwrap();
    let ((), lines) = logged(|| {
        jwt.check(&bearer(&token), &Policy::access()).map(drop).unwrap();
    });
    assert!(lines.is_empty(), "{lines:?}");
    assert_eq!(TokenError::Missing(Vec::new()).code(), "missing");
}
