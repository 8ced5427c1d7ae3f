//! Tokens among the protocols that the handshake of a WebSocket offers, and the protocol that the response names.

use http::header::{CACHE_CONTROL, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use http::{Request, Response};
use jwt_core::adapter::{add_fields, can_add_fields, remember, response_fields_of_request, wants_body};
use jwt_core::adapter::{forbid_storing, hide_token, works_without_body};
use jwt_core::error::{InvalidRequest, InvalidToken, MissingReason};
use jwt_core::{Authenticated, Config, JwtManager, Location, NoStore, Policy, TokenError};

use crate::support::{authenticate, invalid, manager, refused, segment, token};

const HERE: Policy = Policy::access().locations(&[Location::WebSocketProtocol]);

fn handshake(fields: &[(&str, &str)]) -> Request<()> {
    let request = Request::builder().header("upgrade", "websocket");
    let add = |request: http::request::Builder, (name, value): &(&str, &str)| request.header(*name, *value);
    fields.iter().fold(request, add).body(()).unwrap()
}

fn offering(protocols: &str) -> Request<()> {
    handshake(&[("sec-websocket-protocol", protocols)])
}

fn of_kubernetes(token: &str) -> String {
    format!("base64url.bearer.authorization.k8s.io.{}", segment(token))
}

fn location(passed: Result<Authenticated, TokenError>) -> Option<Location> {
    passed.unwrap().into_token().unwrap().location()
}

fn everywhere() -> Config {
    Config::default().buffered_body(1000).token_location([
        Location::WebSocketProtocol,
        Location::Header,
        Location::QueryString,
        Location::Json,
        Location::Cookie,
    ])
}

#[test]
fn a_handshake_has_its_token_among_the_protocols() {
    let jwt = manager(Config::default());
    let good = token(&[]);
    for protocols in [format!("bearer, {good}"), format!("chat, {}", of_kubernetes(&good))] {
        let mut request = offering(&protocols);
        assert_eq!(location(authenticate(&jwt, &request, &HERE)), Some(Location::WebSocketProtocol));
        // A location that the policy does not name does not count.
        assert!(matches!(
            refused(authenticate(&jwt, &request, &Policy::access())),
            TokenError::Missing(absent) if absent == [MissingReason::Header]
        ));
        request.headers_mut().remove("upgrade");
        match refused(authenticate(&jwt, &request, &HERE)) {
            TokenError::Missing(absent) => {
                assert_eq!(absent, [MissingReason::Subprotocol]);
                assert_eq!(absent[0].location(), Location::WebSocketProtocol);
            }
            other => panic!("{other:?}"),
        }
        assert!(authenticate(&jwt, &request, &HERE.optional()).unwrap().token().is_none());
    }
    assert!(authenticate(&jwt, &offering("chat, bearer"), &HERE.optional()).unwrap().token().is_none());
    let refresh = token(&[("type", "\"refresh\"")]);
    let refresh = offering(&format!("bearer, {refresh}"));
    const REFRESH: Policy = Policy::refresh().locations(&[Location::WebSocketProtocol]);
    assert_eq!(location(authenticate(&jwt, &refresh, &REFRESH)), Some(Location::WebSocketProtocol));
    assert_eq!(invalid(authenticate(&jwt, &refresh, &HERE)), InvalidToken::Kind("access"));
}

#[test]
fn what_is_not_a_token_is_rejected_as_in_the_header() {
    let jwt = manager(everywhere());
    for text in ["x", "a.b", "a.b.c.d", "a.b.c", "Bearer", &"t".repeat(16 * 1024 + 1)] {
        let by_header = invalid(authenticate(
            &jwt,
            &handshake(&[("authorization", &format!("Bearer {text}"))]),
            &Policy::access(),
        ));
        for protocols in [format!("bearer, {text}"), format!("chat, {}", of_kubernetes(text))] {
            let found = invalid(authenticate(&jwt, &offering(&protocols), &Policy::access()));
            assert_eq!(found, by_header, "{protocols}");
        }
    }
}

#[test]
fn the_page_of_any_origin_can_use_a_token_that_it_has() {
    let jwt = manager(everywhere());
    let protocols = format!("bearer, {}", token(&[]));
    let foreign = [
        ("sec-websocket-protocol", &*protocols),
        ("origin", "https://app.example"),
        ("sec-fetch-site", "cross-site"),
        ("host", "api.example"),
    ];
    assert!(authenticate(&jwt, &handshake(&foreign), &Policy::access()).is_ok());
    // With the cookie alone, the origin decides.
    let cookie = format!("access_token_cookie={}", token(&[("csrf", "\"c\"")]));
    let foreign = [&foreign[1..], &[("cookie", &*cookie)]].concat();
    assert!(matches!(
        refused(authenticate(&jwt, &handshake(&foreign), &Policy::access())),
        TokenError::Csrf(_)
    ));
}

#[test]
fn a_token_elsewhere_is_a_second_one_except_in_a_cookie() {
    let good = token(&[]);
    let bearer = format!("Bearer {good}");
    let plain = format!("bearer, {good}");
    let encoded = format!("chat, {}", of_kubernetes(&good));
    let repeated = |config: &Config, request: &Request<()>| {
        let outcome = authenticate(&manager(config.clone()), request, &Policy::access());
        matches!(outcome, Err(TokenError::InvalidRequest(InvalidRequest::Repeated)))
    };
    let header_first = everywhere().token_location([Location::Header, Location::WebSocketProtocol]);
    for strict in [everywhere(), header_first] {
        let lenient = strict.clone().first_token_wins(true);
        for protocols in [&*plain, &encoded, "bearer, x"] {
            let both = handshake(&[("authorization", &bearer), ("sec-websocket-protocol", protocols)]);
            assert!(repeated(&strict, &both), "{protocols}");
            assert!(!repeated(&lenient, &both), "{protocols}");
        }
        let twice = offering(&format!("{plain}, {encoded}"));
        assert!(repeated(&strict, &twice));
        let found = authenticate(&manager(lenient), &twice, &Policy::access());
        assert_eq!(location(found), Some(Location::WebSocketProtocol));
        // Without a token, `bearer` is a protocol like any other.
        let one = handshake(&[("authorization", &bearer), ("sec-websocket-protocol", "chat, bearer")]);
        assert_eq!(location(authenticate(&manager(strict), &one, &Policy::access())), Some(Location::Header));
    }
    let cookie = format!("access_token_cookie={good}");
    let with_cookie = handshake(&[("cookie", &cookie), ("sec-websocket-protocol", &plain)]);
    let found = authenticate(&manager(everywhere()), &with_cookie, &Policy::access());
    assert_eq!(location(found), Some(Location::WebSocketProtocol));
}

#[test]
fn a_body_can_hold_a_second_token() {
    let jwt = manager(everywhere());
    let good = token(&[]);
    let json = ("content-type", "application/json");
    let protocols = format!("bearer, {good}");
    let mut request = handshake(&[json, ("sec-websocket-protocol", &protocols)]);
    assert_eq!(wants_body(&jwt, &request, &Policy::access()), Some(1000));
    assert_eq!(wants_body(&jwt, &request, &HERE), None);
    request
        .extensions_mut()
        .insert(jwt_core::adapter::BufferedBody(format!(r#"{{"access_token":"{good}"}}"#).into()));
    let refused = refused(authenticate(&jwt, &request, &Policy::access()));
    assert!(matches!(refused, TokenError::InvalidRequest(InvalidRequest::Repeated)));
    assert!(works_without_body(&jwt, Some(&HERE)).is_ok());
}

/// Passes a request through a guard whose handler sends this response, and returns the protocols and `Cache-Control` of
/// the response.
fn respond(jwt: &JwtManager, request: &mut Request<()>, response: &Response<()>) -> (Vec<String>, usize) {
    let authenticated = authenticate(jwt, request, &HERE.optional()).unwrap();
    assert!(can_add_fields(jwt, &HERE));
    // A guard that looks at the request again finds the same, with and without the memo of another one.
    let again = response_fields_of_request(jwt, request, &HERE);
    let fields = remember(jwt, request, &authenticated);
    let memo = response_fields_of_request(jwt, request, &HERE);
    let added = [fields, again, memo].map(|fields| {
        let response = add_fields(response.clone(), fields);
        let headers = response.headers();
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        let protocols = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().map(text).collect();
        (protocols, headers.get_all(CACHE_CONTROL).iter().count())
    });
    assert_eq!([&added[0], &added[0]], [&added[1], &added[2]]);
    added[0].clone()
}

fn response(status: u16) -> Response<()> {
    Response::builder().status(status).body(()).unwrap()
}

#[test]
fn only_a_response_that_accepts_the_handshake_names_a_protocol() {
    let jwt = manager(Config::default());
    let good = token(&[]);
    let one = |name: &str| (vec![name.to_owned()], 0);
    for (protocols, named) in
        [(format!("chat, Bearer, {good}"), "Bearer"), (format!("{}, a, b", of_kubernetes(&good)), "a")]
    {
        let mut request = offering(&protocols);
        assert_eq!(respond(&jwt, &mut request, &response(101)), one(named));
        for status in [200, 204, 302, 401, 426, 500] {
            assert_eq!(respond(&jwt, &mut request, &response(status)), (vec![], 0), "{status}");
        }
        let mut chosen = response(101);
        chosen.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("chat"));
        assert_eq!(respond(&jwt, &mut request, &chosen), one("chat"));
        // A WebSocket over HTTP/2 (RFC 8441, 5).
        let mut connect = Request::builder()
            .method("CONNECT")
            .header("sec-websocket-protocol", &protocols)
            .body(())
            .unwrap();
        assert_eq!(respond(&jwt, &mut connect, &response(200)), one(named));
        for status in [101, 404] {
            assert_eq!(respond(&jwt, &mut connect, &response(status)), (vec![], 0), "{status}");
        }
    }
    // Without a token, the handler decides alone.
    assert_eq!(respond(&jwt, &mut offering("chat, bearer"), &response(101)), (vec![], 0));
    let always = manager(Config::default().no_store(NoStore::Always));
    let mut request = offering(&format!("bearer, {good}"));
    assert_eq!(respond(&always, &mut request, &response(101)), (vec!["bearer".into()], 1));
    assert_eq!(respond(&always, &mut request, &response(200)), (vec![], 1));
    let mut own = response(200);
    forbid_storing(own.headers_mut());
    assert_eq!(respond(&always, &mut request, &own), (vec![], 1));
}

#[test]
fn debug_of_a_request_behind_a_guard_does_not_show_the_token() {
    let jwt = manager(Config::default());
    let good = token(&[]);
    let fields = [("sec-websocket-protocol", "bearer"), ("sec-websocket-protocol", &*good)];
    let mut request = handshake(&fields);
    let authenticated = authenticate(&jwt, &request, &HERE).unwrap();
    assert!(format!("{request:?}").contains(&good));
    let _ = remember(&jwt, &mut request, &authenticated);
    let shown = format!("{request:?}");
    assert!(!shown.contains(&good) && !shown.contains("bearer"), "{shown}");
    // The handler still gets them.
    let values = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    assert!(values.map(HeaderValue::as_bytes).eq(["bearer".as_bytes(), good.as_bytes()]));
    // Tokens cannot be there, so there is nothing to hide.
    let mut other =
        handshake(&[("authorization", &format!("Bearer {good}")), ("sec-websocket-protocol", "chat")]);
    let memo = authenticate(&jwt, &other, &Policy::access()).unwrap().memo();
    hide_token(&jwt, memo.as_ref(), other.headers_mut());
    assert!(format!("{other:?}").contains("chat"));
}

#[test]
fn a_handshake_is_completed_and_its_token_hidden_if_another_location_decides() {
    const BOTH: Policy = Policy::access().locations(&[Location::Header, Location::WebSocketProtocol]);
    let jwt = manager(Config::default().first_token_wins(true));
    let good = token(&[]);
    let mut request = handshake(&[
        ("authorization", &format!("Bearer {good}")),
        ("sec-websocket-protocol", &format!("bearer, {good}")),
    ]);
    let authenticated = authenticate(&jwt, &request, &BOTH).unwrap();
    assert_eq!(authenticated.token().unwrap().location(), Some(Location::Header));
    let fields = remember(&jwt, &mut request, &authenticated);
    assert_eq!(fields.protocol(101).unwrap(), "bearer");
    let shown = format!("{:?}", request.headers()["sec-websocket-protocol"]);
    assert!(!shown.contains(&good), "{shown}");
}

#[test]
fn it_can_be_configured_with_a_variable() {
    let config =
        Config::default().with_vars([("JWT_TOKEN_LOCATION", r#"["headers", "websocket_protocol"]"#)]);
    let jwt = manager(config.unwrap());
    let request = offering(&format!("bearer, {}", token(&[])));
    let found = authenticate(&jwt, &request, &Policy::access());
    assert_eq!(location(found), Some(Location::WebSocketProtocol));
    let reason = authenticate(&jwt, &offering("chat"), &Policy::access()).unwrap_err().reason().into_owned();
    assert_eq!(
        reason,
        "Missing JWT in headers or websocket_protocol (Missing Authorization Header; Missing token in \
         'Sec-WebSocket-Protocol' header)"
    );
}
