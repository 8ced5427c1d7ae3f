//! `adapter::describe`: what a description says is what the checks do.

use std::sync::{Arc, Mutex};

use http::{Method, Request};
use jwt_core::adapter::{Way, describe, sample_responses};
use jwt_core::session::MemorySessions;
use jwt_core::{
    Config, ErrorHandlers, ErrorKind, ErrorResponse, JwtManager, Location, Policy, Refusal, Token, TokenError,
};

use crate::support::block_on;
use crate::support_log::recorded;

const EVERYWHERE: [Location; 5] =
    [Location::Header, Location::Cookie, Location::QueryString, Location::Json, Location::WebSocketProtocol];

fn manager(config: Config) -> JwtManager {
    JwtManager::builder(config).secret(crate::support::SECRET).build().unwrap()
}

/// A request that has its token where a description says.
fn request(way: &Way, method: &Method, token: &str, csrf: &str) -> Request<()> {
    let builder = Request::builder().method(method);
    let builder = match way {
        Way::Header { name, schemes } => {
            let scheme = schemes.first().map_or(String::new(), |scheme| format!("{scheme} "));
            builder.header(&**name, format!("{scheme}{token}"))
        }
        Way::Cookie { name, csrf: wanted } => {
            let builder = builder.header("cookie", format!("{name}={token}"));
            wanted.iter().fold(builder, |builder, wanted| builder.header(&*wanted.header, csrf))
        }
        Way::Query { name, prefix } => builder.uri(format!("/?{name}={prefix}{token}")),
        Way::Json { name } => {
            let body = format!(r#"{{"{name}":"{token}"}}"#);
            let body = jwt_core::adapter::BufferedBody(body.into());
            builder.header("content-type", "application/json").extension(body)
        }
        Way::WebSocketProtocol => builder
            .header("upgrade", "websocket")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("sec-websocket-protocol", format!("bearer, {token}")),
    };
    builder.body(()).unwrap()
}

#[test]
fn a_request_with_its_token_in_a_described_location_passes() {
    let renamed = Config::default()
        .header_name("X-Token")
        .header_type("JWT")
        .access_cookie_name("a")
        .refresh_cookie_name("r")
        .access_csrf_header_name("X-A")
        .refresh_csrf_header_name("X-R")
        .csrf_methods(["GET"])
        .query_string_name("q")
        .query_string_value_prefix("p-")
        .json_key("aj")
        .refresh_json_key("rj");
    let bare = Config::default().header_name("X-Token").header_type("");
    let mut count = 0;
    for config in [Config::default(), renamed, bare, Config::default().cookie_csrf_protect(false)] {
        let jwt = manager(config.token_location(EVERYWHERE).buffered_body(10_000));
        for (policy, token) in [
            (Policy::access(), jwt.access_token("alice").encode().unwrap()),
            (Policy::refresh(), jwt.refresh_token("alice").encode().unwrap()),
        ] {
            let csrf = jwt.decode(&token).unwrap().csrf().unwrap_or_default();
            for method in [Method::GET, Method::POST] {
                for way in describe(&jwt, &policy, &method).ways {
                    count += 1;
                    let checked = jwt.check(&request(&way, &method, &token, &csrf), &policy);
                    assert!(checked.is_ok(), "{method} {way:?}: {:?}", checked.err());
                    let Way::Cookie { name, csrf: Some(_) } = way else { continue };
                    let without = Way::Cookie { name, csrf: None };
                    let error = jwt.check(&request(&without, &method, &token, ""), &policy).unwrap_err();
                    assert!(matches!(error, TokenError::Csrf(_)), "{error:?}");
                }
            }
        }
    }
    // Handshakes are GET requests.
    assert_eq!(count, 4 * 2 * (5 + 4));
}

#[test]
fn nothing_is_described_that_no_request_can_use() {
    // RFC 6750, 2.3, as MCP has it: a protected resource does not read tokens in the query.
    let config = Config::default()
        .resource("https://api.example")
        .authorization_servers(["https://login.example"])
        .token_location([Location::Header]);
    let jwt = manager(config);
    let ways = |locations: &'static [Location]| {
        describe(&jwt, &Policy::access().locations(locations), &Method::GET).ways
    };
    assert_eq!(ways(&[Location::QueryString, Location::Header]), ways(&[Location::Header]));
    // Nobody passes, so the route is guarded.
    assert!(matches!(&*ways(&[Location::QueryString]), [Way::Query { .. }]));
}

#[test]
fn sample_errors_are_not_logged() {
    let builder = JwtManager::builder(Config::default()).secret(crate::support::SECRET);
    let jwt = builder.session_store(MemorySessions::new()).build().unwrap();
    let (responses, lines) = recorded(|| sample_responses(&jwt, &Policy::refresh(), &Method::GET));
    let kinds: Vec<_> = responses.into_iter().map(|(kind, _)| kind).collect();
    for kind in [ErrorKind::Unavailable, ErrorKind::RevokedToken, ErrorKind::ReusedToken] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn a_reused_token_is_documented_wherever_refresh_tokens_are_checked() {
    let builder = JwtManager::builder(Config::default()).secret(crate::support::SECRET);
    let jwt = builder.session_store(MemorySessions::new()).build().unwrap();
    for (policy, is_documented) in [
        (Policy::refresh(), true),
        (Policy::any(), true),
        (Policy::access(), false),
        (Policy::any().skip_revocation_check(), false),
    ] {
        let responses = sample_responses(&jwt, &policy, &Method::GET);
        let found = responses.iter().any(|(kind, _)| *kind == ErrorKind::ReusedToken);
        assert_eq!(found, is_documented, "{policy:?}");
    }
}

/// A handler can keep the token of a sample error.
#[test]
fn the_token_of_a_sample_error_is_good_for_nothing() {
    #[derive(Clone, Default)]
    struct Keeping(Arc<Mutex<Option<Token>>>);

    impl ErrorHandlers for Keeping {
        fn revoked_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
            *self.0.lock().unwrap() = refusal.token().cloned();
            refusal.default_response()
        }
    }

    let kept = Keeping::default();
    let builder = JwtManager::builder(Config::default()).secret(crate::support::SECRET);
    let jwt = builder.session_store(MemorySessions::new()).error_handlers(kept.clone()).build().unwrap();
    let _ = sample_responses(&jwt, &Policy::access(), &Method::GET);
    let token = kept.0.lock().unwrap().take().unwrap();
    assert!(matches!(block_on(jwt.still_good(&token)), Err(TokenError::Expired(_))));
}
