//! The names of the reasons in logs.

use std::collections::BTreeSet;

use jwt_core::error::{CsrfError, InvalidRequest, InvalidToken, Misuse, Segment, SegmentCount};
use jwt_core::token::CODES;
use jwt_core::{BearerHandlers, Config, Policy, RequiredAuthorities, RequiredLogin, Token, TokenError};

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

/// An error for each code.
fn one_of_each(token: &Token) -> Vec<TokenError> {
    use {CsrfError as C, InvalidRequest as R, InvalidToken as I, Misuse as M};
    let invalid = [
        I::AlgorithmMissing,
        I::AlgorithmNotAllowed,
        I::Audience,
        I::ClaimMissing("jti".into()),
        I::ClaimType("jti".into()),
        I::ClaimValue("azp".into()),
        I::Claims,
        I::Confirmation,
        I::Critical,
        I::EmptyIdentity,
        I::Encoding(Segment::Payload),
        I::Issuer,
        I::Json(Segment::Payload),
        I::KeyId,
        I::KeyIdMissing,
        I::Kind("refresh"),
        I::MalformedHeader,
        I::NotYetValid("nbf"),
        I::QueryPrefix,
        I::Segments(SegmentCount::TooFew),
        I::Signature,
        I::TooLarge,
        I::TokenType,
        I::Type,
        I::UnencodedPayload,
        I::UnknownKey,
    ];
    let misuses = [
        M::ForeignManager,
        M::MisplacedManager { fix: "fix" },
        M::MissingManager { fix: "fix" },
        M::NoRequest,
        M::NoSessionStore,
        M::NoStore,
        M::NoUserLoader,
        M::RuleWithoutBody,
        M::WrongUserType { asked: "User" },
    ];
    let requests = [R::BodyTooLarge, R::BodyUnreadable, R::Label, R::Malformed, R::Repeated];
    let csrf = [C::BodyNotRead, C::CrossOrigin, C::Mismatch, C::Missing].map(TokenError::Csrf);
    let of_token = [
        TokenError::Expired,
        TokenError::Forbidden,
        TokenError::NotFresh,
        TokenError::Reused,
        TokenError::Revoked,
        TokenError::UserLookup,
        TokenError::VerificationFailed,
    ];
    let others = [
        TokenError::InsufficientScope {
            token: token.clone(),
            required: RequiredAuthorities::scopes(["articles:write"]),
        },
        TokenError::InsufficientUserAuthentication {
            token: token.clone(),
            required: RequiredLogin::new(["mfa"], None),
        },
        TokenError::Missing(Vec::new()),
        TokenError::TooManySessions,
        TokenError::Unavailable("canary-4f1d".into()),
    ];
    let errors = invalid.into_iter().map(TokenError::from).chain(misuses.into_iter().map(TokenError::from));
    let errors = errors.chain(requests.into_iter().map(TokenError::from)).chain(csrf);
    errors.chain(of_token.into_iter().map(|of| of(token.clone()))).chain(others).collect()
}

/// With `--nocapture`, it prints what the log has.
#[test]
fn an_operator_sees_each_reason_in_one_line() {
    let jwt = manager(Config::default());
    let token = jwt.decode(&jwt.access_token("canary-4f1d").encode().unwrap()).unwrap();
    let (request, policy) = (request("GET", &["Bearer canary-4f1d"]), Policy::access());
    let mut seen = BTreeSet::new();
    for error in one_of_each(&token) {
        let (response, lines) = logged(|| jwt.respond(&error, &request, &policy));
        let lines: Vec<_> = lines.iter().filter(|line| line.target() == "jwt").collect();
        let [line] = &*lines else { panic!("{lines:?}") };
        println!("{} {}: {} {}", line.level(), line.target(), line.message(), line.fields());
        assert_eq!(line.fields(), format!("code={}, status={}", error.code(), response.status().as_u16()));
        assert_eq!(line.message(), "rejected a request");
        assert!(seen.insert(error.code()), "{} twice", error.code());
        let start = format!("| `{}` | {} | ", error.code(), response.status().as_u16());
        assert!(PAGE.contains(&start), "the guide has no {start}");
    }
    assert_eq!(seen, CODES.iter().copied().collect());
}

#[test]
fn bearer_handlers_differ_as_the_guide_says() {
    let flask = manager(Config::default());
    let bearer = builder(Config::default()).error_handlers(BearerHandlers).build().unwrap();
    let token = flask.decode(&flask.access_token("alice").encode().unwrap()).unwrap();
    let (request, policy) = (request("GET", &[]), Policy::access());
    for error in one_of_each(&token) {
        let [default, found] =
            [&flask, &bearer].map(|jwt| jwt.respond(&error, &request, &policy).status().as_u16());
        let expected = match error.code() {
            code if code.starts_with("invalid_") => 401,
            "verification_failed" => 403,
            _ => default,
        };
        assert_eq!(found, expected, "{}", error.code());
    }
}
