//! Handshakes of WebSockets whose token is among the protocols that the client offers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{Response, StatusCode};
use jwt_core::{Config, JwtManager, Location, Policy, TokenError};
use jwt_tests::{Answer, App, Ask, EVERY, Extractor, Framework, Route, Seen, Server};
use serde_json::json;

use crate::support::{SECRET, expired};

const PLACES: &[Location] = &[Location::WebSocketProtocol];

fn manager(config: Config) -> JwtManager {
    JwtManager::builder(config.token_location([Location::Header, Location::WebSocketProtocol]))
        .secret(SECRET)
        .build()
        .unwrap()
}

/// Accepts the handshake, and names this protocol or none. The frameworks' own types compute more fields.
fn accepting(protocol: Option<&'static str>) -> impl Fn(&Seen) -> Response<Bytes> + Send + Sync {
    move |_| {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        if let Some(protocol) = protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
        }
        response
    }
}

fn app(jwt: &JwtManager) -> App {
    let policy = Policy::access().locations(PLACES);
    App::new([
        Route::get("/socket").guarded(jwt, policy.clone()).answering(accepting(None)),
        Route::get("/chat").guarded(jwt, policy.clone()).answering(accepting(Some("chat"))),
        Route::get("/inner")
            .guarded(jwt, policy.clone())
            .extracting(jwt, Extractor::Access)
            .answering(accepting(None)),
        Route::get("/optional").guarded(jwt, policy.clone().optional()).answering(accepting(None)),
        Route::get("/page").guarded(jwt, policy),
        Route::get("/extractor").extracting(jwt, Extractor::Access),
        Route::get("/any").guarded(jwt, Policy::access()).answering(accepting(None)),
        Route::get("/refresh").guarded(jwt, Policy::refresh()).answering(accepting(None)),
    ])
}

/// Runs the test on every framework, and on warp with its layer.
fn on_every(jwt: &JwtManager, test: impl Fn(&Server, &Framework)) {
    for framework in EVERY {
        test(&framework.serve(app(jwt)), &framework);
        if framework.name == "warp" {
            test(&framework.serve(App { layer: Some(jwt.clone()), ..app(jwt) }), &framework);
        }
    }
}

fn handshake(path: &str, fields: &[&str]) -> Ask {
    let ask = Ask::get(path)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    fields.iter().fold(ask, |ask, field| ask.header("sec-websocket-protocol", field))
}

fn of_kubernetes(token: &str) -> String {
    format!("base64url.bearer.authorization.k8s.io.{}", URL_SAFE_NO_PAD.encode(token))
}

/// The status, and the protocols of the response.
fn accepted(answer: &Answer) -> (u16, Vec<&str>) {
    let protocols = answer.headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    (answer.status.as_u16(), protocols.map(|name| name.to_str().unwrap()).collect())
}

#[test]
fn an_accepted_handshake_names_a_protocol_that_the_client_offered() {
    let jwt = manager(Config::default());
    let token = jwt.access_token("alice").encode().unwrap();
    let encoded = of_kubernetes(&token);
    on_every(&jwt, |server, framework| {
        for (fields, named) in [
            (vec![format!("bearer, {token}")], "bearer"),
            (vec![format!("chat.v2,chat, Bearer,{token}")], "Bearer"),
            (vec!["chat".into(), "BEARER".into(), token.clone()], "BEARER"),
            (vec![format!("{encoded}, chat.v2, chat")], "chat.v2"),
            (vec!["chat".into(), encoded.clone(), "bearer".into()], "chat"),
        ] {
            let fields: Vec<_> = fields.iter().map(String::as_str).collect();
            for path in ["/socket", "/inner", "/optional", "/any"] {
                let answer = server.ask(handshake(path, &fields));
                assert_eq!(accepted(&answer), (101, vec![named]), "{framework:?}: {path} {fields:?}");
            }
            // The handler decides.
            let answer = server.ask(handshake("/chat", &fields));
            assert_eq!(accepted(&answer), (101, vec!["chat"]), "{framework:?}: {fields:?}");
            // A response that does not accept the handshake does not name a protocol.
            for path in ["/page", "/extractor"] {
                let answer = server.ask(handshake(path, &fields));
                assert_eq!(accepted(&answer), (200, vec![]), "{framework:?}: {path} {fields:?}");
                assert_eq!(answer.json(), json!({ "identity": "alice" }), "{framework:?}");
            }
        }
        let refresh = jwt.refresh_token("alice").encode().unwrap();
        let answer = server.ask(handshake("/refresh", &["bearer", &refresh]));
        assert_eq!(accepted(&answer), (101, vec!["bearer"]), "{framework:?}");
    });
}

#[test]
fn a_token_from_elsewhere_accepts_no_protocol() {
    let jwt = manager(Config::default());
    let token = jwt.access_token("alice").encode().unwrap();
    on_every(&jwt, |server, framework| {
        let by_header = handshake("/any", &["chat, bearer"]).bearer(&token);
        assert_eq!(accepted(&server.ask(by_header)), (101, vec![]), "{framework:?}");
        let without = handshake("/optional", &["chat, bearer"]);
        assert_eq!(accepted(&server.ask(without)), (101, vec![]), "{framework:?}");
    });
}

#[test]
fn a_rejected_handshake_gets_the_responses_of_the_handlers() {
    let jwt = manager(Config::default());
    let (token, expired) = (jwt.access_token("alice").encode().unwrap(), expired(&jwt));
    let missing = TokenError::Missing(vec![jwt_core::error::MissingReason::Subprotocol]);
    let missing = (401, missing.reason().into_owned());
    assert_eq!(missing.1, "Missing token in 'Sec-WebSocket-Protocol' header");
    let repeated = (400, "Request must not have more than one token".to_owned());
    let cases = [
        (vec![], missing.clone()),
        (vec!["chat, bearer".to_owned()], missing.clone()),
        (vec![format!("chat, {token}")], missing.clone()),
        (vec!["bearer, x".into()], (422, "Not enough segments".into())),
        (vec!["chat, base64url.bearer.authorization.k8s.io.=".into()], (422, "Not enough segments".into())),
        (vec![format!("bearer, {expired}")], (401, "Token has expired".into())),
        (vec![format!("bearer, {token}, bearer, {token}")], repeated.clone()),
        (vec![format!("bearer, {token}"), of_kubernetes(&token)], repeated),
        (vec![of_kubernetes(&token)], (400, "Request is malformed".into())),
        // What a server reads is bounded, so ten thousand protocols with short names.
        (vec!["c,".repeat(10_000)], missing.clone()),
        (vec!["bearer,x,".repeat(1000)], (400, "Request must not have more than one token".into())),
        (vec!["bearer".into(), "t".repeat(16 * 1024 + 1)], (422, "Token is too large".into())),
    ];
    on_every(&jwt, |server, framework| {
        for (fields, (status, reason)) in &cases {
            let fields: Vec<_> = fields.iter().map(String::as_str).collect();
            let answer = server.ask(handshake("/socket", &fields));
            assert_eq!(accepted(&answer), (*status, vec![]), "{framework:?}: {fields:?}");
            assert_eq!(answer.json(), json!({ "msg": reason }), "{framework:?}: {fields:?}");
        }
        // Another request has no token there.
        let page = Ask::get("/socket").header("sec-websocket-protocol", format!("bearer, {token}"));
        assert_eq!(server.ask(page).json(), json!({ "msg": missing.1 }), "{framework:?}");
        let both = handshake("/any", &["bearer", &token]).bearer(&token);
        assert_eq!(server.ask(both).status, 400, "{framework:?}");
    });
}

/// The frameworks whose guards own the request.
mod logs {
    use std::sync::{Arc, Mutex};

    use http::Request;
    use http_body_util::Full;
    use tower::{Layer as _, ServiceExt as _, service_fn};
    use tower_service::Service;
    use warp::Filter as _;

    use super::*;

    fn request(token: &str) -> Request<Full<Bytes>> {
        let request = Request::builder().uri("/").header("upgrade", "websocket");
        let request = request.header("sec-websocket-protocol", "bearer");
        request.header("sec-websocket-protocol", token).body(Full::default()).unwrap()
    }

    /// Returns what middleware logs that prints the header inside of the guard.
    async fn printed<L, S>(token: &str, guarded: impl FnOnce(Arc<Mutex<String>>) -> S) -> String
    where
        S: Service<Request<Full<Bytes>>, Response = Response<L>, Error: std::fmt::Debug>,
    {
        let log = Arc::new(Mutex::new(String::new()));
        let response = guarded(log.clone()).oneshot(request(token)).await.unwrap();
        assert_eq!(response.status(), 200);
        let printed = log.lock().unwrap().clone();
        assert!(printed.contains("sec-websocket-protocol"), "{printed}");
        printed
    }

    #[tokio::test]
    async fn debug_of_the_header_does_not_show_the_token() {
        let jwt = manager(Config::default());
        let token = jwt.access_token("alice").encode().unwrap();
        let policy = || Policy::access().locations(PLACES);
        let axum = printed(&token, |log| {
            let handler = move |headers: http::HeaderMap| async move {
                *log.lock().unwrap() = format!("{headers:?}");
            };
            let router = axum::Router::new().route("/", axum::routing::get(handler));
            router.route_layer(jwt_axum::require(&jwt, policy()))
        });
        let tower = printed(&token, |log| {
            let handler = service_fn(move |request: Request<Full<Bytes>>| {
                *log.lock().unwrap() = format!("{:?}", request.headers());
                std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default())))
            });
            jwt_tower::JwtLayer::new(&jwt, policy()).unwrap().layer(handler)
        });
        let warp = printed(&token, |log| {
            let route = jwt_warp::guard_with(&jwt, policy(), |token| {
                let print = move |headers: http::HeaderMap, _: jwt_core::Authenticated| {
                    *log.lock().unwrap() = format!("{headers:?}");
                    warp::reply()
                };
                warp::header::headers_cloned().and(token).map(print)
            });
            jwt_warp::JwtLayer::new(&jwt).layer(warp::service(route))
        });
        for printed in [axum.await, tower.await, warp.await] {
            assert!(!printed.contains("bearer") && !printed.contains(&token), "{printed}");
        }
    }
}
