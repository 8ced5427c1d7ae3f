//! `WWW-Authenticate`, `Cache-Control`, and the header fields of custom responses.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use jwt_core::{
    BearerHandlers, Config, ErrorHandlers, ErrorKind, ErrorResponse, Policy, ProblemHandlers, Refusal,
    TokenError,
};

use crate::refusals::{Case, all, every_refusal, respond, with};
use crate::support::{authenticate, bearer, both, builder, manager, refused, request, token};

fn missing() -> TokenError {
    TokenError::Missing(Vec::new())
}

/// Returns the challenge in the response to a request without a token.
fn challenge(config: Config) -> String {
    let jwt = manager(config);
    let answer = respond(&jwt, &refused(jwt.check(&request("GET", &[]), &Policy::access())));
    all(&answer, WWW_AUTHENTICATE).join("|")
}

/// A client should not get another token if no token would help.
pub(crate) fn is_challenged(status: u16, kind: ErrorKind) -> bool {
    let by_application = matches!(kind, ErrorKind::Forbidden | ErrorKind::TokenVerificationFailed);
    status == 401 || (status == 403 && !by_application)
}

#[test]
fn a_401_or_403_has_one_challenge_and_others_have_none() {
    for config in both() {
        let jwt = manager(config);
        for Case { error, status, challenge, kind, .. } in every_refusal() {
            let answer = respond(&jwt, &error);
            let expected = if is_challenged(status, kind) { vec![challenge] } else { vec![] };
            assert_eq!(all(&answer, WWW_AUTHENTICATE), expected, "{kind:?}");
        }
    }
}

#[test]
fn no_answer_is_stored() {
    for jwt in [manager(Config::default()), with(BearerHandlers), with(ProblemHandlers)] {
        for Case { error, .. } in every_refusal() {
            assert_eq!(all(&respond(&jwt, &error), CACHE_CONTROL), ["no-store"]);
        }
    }
}

/// Responds to every error in the same way.
struct Always(ErrorResponse);

impl ErrorHandlers for Always {
    fn fallback(&self, _: &Refusal<'_>) -> ErrorResponse {
        self.0.clone()
    }

    fn unavailable(&self, _: &Refusal<'_>) -> ErrorResponse {
        self.0.clone()
    }
}

#[test]
fn a_custom_answer_gets_both_headers_by_its_own_status() {
    for status in [200, 302, 400, 401, 403, 404, 407, 418, 422, 500, 503] {
        let custom = ErrorResponse::text(StatusCode::from_u16(status).unwrap(), "no");
        assert_eq!(custom.status().as_u16(), status);
        let jwt = with(Always(custom));
        for Case { error, challenge, kind, .. } in every_refusal() {
            let answer = respond(&jwt, &error);
            let expected = if is_challenged(status, kind) { vec![challenge] } else { vec![] };
            assert_eq!(all(&answer, WWW_AUTHENTICATE), expected, "{status}");
            assert_eq!(all(&answer, CACHE_CONTROL), ["no-store"]);
            assert_eq!((answer.status().as_u16(), &**answer.body()), (status, &b"no"[..]));
        }
    }
}

#[test]
fn a_custom_answer_keeps_the_headers_that_it_has() {
    let custom = ErrorResponse::empty(StatusCode::UNAUTHORIZED)
        .header(WWW_AUTHENTICATE, HeaderValue::from_static("Cookie"))
        .header(WWW_AUTHENTICATE, HeaderValue::from_static("Form"))
        .header(CACHE_CONTROL, HeaderValue::from_static("private"));
    let answer = respond(&with(Always(custom)), &missing());
    assert_eq!(all(&answer, WWW_AUTHENTICATE), ["Cookie", "Form"]);
    assert_eq!(all(&answer, CACHE_CONTROL), ["private"]);
}

#[test]
fn a_response_of_http_types_is_treated_the_same() {
    let mut response = Response::new(Bytes::from_static(b"<p>"));
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    let answer = respond(&with(Always(response.into())), &missing());
    assert_eq!(all(&answer, WWW_AUTHENTICATE), ["Bearer"]);
    assert_eq!(all(&answer, CACHE_CONTROL), ["no-store"]);
    assert_eq!(all(&answer, CONTENT_TYPE), ["text/html"]);
    assert_eq!(&**answer.body(), b"<p>");
}

#[test]
fn a_response_can_omit_the_challenge_but_not_no_store() {
    for status in [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN] {
        let jwt = with(Always(ErrorResponse::empty(status).without_challenge()));
        for Case { error, .. } in every_refusal() {
            let answer = respond(&jwt, &error);
            assert!(all(&answer, WWW_AUTHENTICATE).is_empty());
            assert_eq!(all(&answer, CACHE_CONTROL), ["no-store"]);
        }
    }
}

#[test]
fn a_body_that_cannot_be_json_keeps_the_status() {
    let pairs = BTreeMap::from([((1, 2), 3)]);
    let answer = respond(&with(Always(ErrorResponse::json(StatusCode::FORBIDDEN, &pairs))), &missing());
    assert_eq!((answer.status(), answer.body().len()), (StatusCode::FORBIDDEN, 0));
    assert_eq!(all(&answer, WWW_AUTHENTICATE), ["Bearer"]);
}

#[test]
fn the_challenge_names_the_configured_scheme_and_realm() {
    for config in both() {
        assert_eq!(challenge(config.clone()), "Bearer");
        assert_eq!(challenge(config.clone().header_type("JWT")), "JWT");
        assert_eq!(challenge(config.clone().header_types(["JWT", "Bearer"])), "JWT");
        // A token without a scheme is challenged with the closest scheme.
        assert_eq!(challenge(config.clone().header_type("")), "Bearer");
        assert_eq!(challenge(config.clone().realm("api")), r#"Bearer realm="api""#);
        assert_eq!(
            challenge(config.clone().realm(r#"a "b", \c"#).header_type("JWT")),
            r#"JWT realm="a \"b\", \\c""#
        );
    }
    let jwt = builder(Config::default().realm("api")).error_handlers(BearerHandlers).build().unwrap();
    let answer = respond(&jwt, &refused(jwt.check(&bearer("x"), &Policy::access())));
    assert_eq!(
        all(&answer, WWW_AUTHENTICATE),
        [r#"Bearer realm="api", error="invalid_token", error_description="The token is invalid""#]
    );
}

#[test]
fn scopes_in_a_challenge_cannot_break_out_of_their_quotes() {
    let jwt = manager(Config::default());
    let policy = Policy::access().require_scope("a\"b\\c").require_scope("d\r\né");
    let error = refused(authenticate(&jwt, &bearer(&token(&[])), &policy));
    let answer = respond(&jwt, &error);
    let challenge = all(&answer, WWW_AUTHENTICATE);
    // No client can ask for them.
    let expected = r#"Bearer error="insufficient_scope", error_description="The token lacks an authority""#;
    assert_eq!(challenge, [expected]);
    let with_others = policy.scopes(&["x"]).try_authorities(["a b", "é,", "y"]).unwrap();
    let error = refused(authenticate(&jwt, &bearer(&token(&[])), &with_others));
    let answer = respond(&jwt, &error);
    assert_eq!(all(&answer, WWW_AUTHENTICATE), [format!(r#"{expected}, scope="x y""#)]);
}

#[test]
fn the_header_and_scheme_of_the_configuration_are_those_that_count() {
    let jwt = manager(Config::default().header_name("X-Token").header_type("JWT"));
    let good = token(&[]);
    for (name, value, expected) in [
        ("X-Token", format!("JWT {good}"), None),
        ("x-token", format!("jwt {good}"), None),
        (
            "X-Token",
            format!("Bearer {good}"),
            Some("Missing 'JWT' type in 'X-Token' header. Expected 'X-Token: JWT <JWT>'"),
        ),
        ("X-Token", String::from("JWT"), Some("Bad X-Token header. Expected 'X-Token: JWT <JWT>'")),
        ("Authorization", format!("JWT {good}"), Some("Missing X-Token Header")),
    ] {
        let mut view = request("GET", &[]);
        view.headers_mut().insert(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        match authenticate(&jwt, &view, &Policy::access()) {
            Ok(passed) => assert!(expected.is_none() && passed.token().is_some(), "{value}"),
            Err(error) => {
                let body = format!(r#"{{"msg":"{}"}}"#, expected.unwrap());
                assert_eq!(&**respond(&jwt, &error).body(), body.as_bytes());
            }
        }
    }
    let two = manager(Config::default().header_type("Token").header_types(["Bearer", "JWT"]));
    for scheme in ["Bearer", "jwt"] {
        let view = request("GET", &[&format!("{scheme} {good}")]);
        assert!(authenticate(&two, &view, &Policy::access()).is_ok(), "{scheme}");
    }
    let error = refused(authenticate(&two, &request("GET", &[&format!("Token {good}")]), &Policy::access()));
    let body = br#"{"msg":"Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'"}"#;
    assert_eq!(&**respond(&two, &error).body(), body);
    let bare = manager(Config::default().header_type(""));
    let passed = authenticate(&bare, &request("GET", &[&good]), &Policy::access());
    assert!(passed.is_ok());
    let error = refused(authenticate(&bare, &request("GET", &["a b"]), &Policy::access()));
    let body = br#"{"msg":"Bad Authorization header. Expected 'Authorization: <JWT>'"}"#;
    assert_eq!(&**respond(&bare, &error).body(), body);
}
