//! Calls of a real client over the loopback interface, and requests that such a client does not send.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full};
use jwt_tower::{
    BearerHandlers, Config, ErrorHandlers, ErrorResponse, JwtLayer, JwtManager, Policy, ReadBody, Refusal,
    RequestInfo, RequestView, Rule, Token, Verdict,
};
use tokio_stream::StreamExt as _;
use tonic::service::LayerExt as _;
use tonic::transport::Server;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::support::{bearer, builder, get, get_as, manager, send, whoami};
use crate::tonic_support::{WhoAmI, call, channel, watch, with};

const METHODS: [&str; 2] = ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"];

/// Calls with every kind of token, in unary and in streaming calls.
async fn check_statuses(channel: tonic::transport::Channel, jwt: &JwtManager) {
    let scoped = |scope: &str| {
        format!("Bearer {}", jwt.access_token("alice").scopes(scope.split(' ')).encode().unwrap())
    };
    let expected = [
        ("", Code::Unauthenticated, "Missing Authorization Header", Some("Bearer")),
        ("Bearer forged", Code::Unauthenticated, "Not enough segments", Some("invalid_token")),
        (&scoped("read"), Code::PermissionDenied, "Token lacks a required scope", Some("insufficient_scope")),
        (&scoped("write broken"), Code::Unavailable, "Token could not be checked", None),
    ];
    for (authorization, code, message, challenge) in expected {
        for status in [
            call(&channel, authorization).await.unwrap_err(),
            watch(&channel, authorization).await.unwrap_err(),
        ] {
            assert_eq!((status.code(), status.message()), (code, message), "{authorization}");
            let field = |name| status.metadata().get(name).and_then(|value| value.to_str().ok());
            let found = field("www-authenticate");
            assert_eq!(found.is_some(), challenge.is_some(), "{found:?}");
            assert!(found.unwrap_or_default().contains(challenge.unwrap_or_default()), "{found:?}");
            assert_eq!(field("retry-after"), (code == Code::Unavailable).then_some("1"));
        }
    }
    for outcome in [call(&channel, &scoped("write")).await, watch(&channel, &scoped("write")).await] {
        assert_eq!(outcome.unwrap(), "alice");
    }
}

/// A manager whose store fails for tokens with the scope `broken`.
fn with_outages() -> JwtManager {
    let loader = |token: Token| async move {
        if token.has_authority("broken") { Err("the store is down") } else { Ok(false) }
    };
    builder(Config::default())
        .token_in_blocklist_loader(loader)
        .error_handlers(BearerHandlers)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_client_sees_statuses_and_challenges_around_a_server() {
    let jwt = with_outages();
    let layer = JwtLayer::new(&jwt, Policy::access().scopes(&["write"])).unwrap();
    let server = Server::builder().layer(layer).add_service(WhoAmI::server());
    check_statuses(channel(server).await, &jwt).await;
}

#[tokio::test]
async fn a_client_sees_statuses_and_challenges_around_one_service() {
    let jwt = with_outages();
    let layer = JwtLayer::new(&jwt, Policy::access().scopes(&["write"])).unwrap();
    let reflection = tonic_reflection::server::Builder::configure().build_v1().unwrap();
    let server = Server::builder().add_service(layer.named_layer(WhoAmI::server())).add_service(reflection);
    let channel = channel(server).await;
    check_statuses(channel.clone(), &jwt).await;
    // The other service is public.
    assert!(reflect(channel).await.is_ok());
}

/// Opens a stream that the client never ends, and reads the first message.
async fn reflect(channel: tonic::transport::Channel) -> Result<(), Status> {
    let requests = tokio_stream::once(ServerReflectionRequest::default()).chain(tokio_stream::pending());
    let mut client = ServerReflectionClient::new(channel);
    let mut responses = client.server_reflection_info(requests).await?.into_inner();
    // An empty request is an error of the service, which has read it.
    match responses.message().await {
        Err(status) if status.code() == Code::Unauthenticated => Err(status),
        _ => Ok(()),
    }
}

#[tokio::test]
async fn health_can_be_public_and_reflection_is_not() {
    let jwt = manager();
    for paths in [&METHODS[..], &METHODS[..1], &[]] {
        let layer = JwtLayer::new(&jwt, Policy::access()).unwrap();
        let layer = layer.public_paths(paths.iter().copied()).unwrap();
        let reflection = tonic_reflection::server::Builder::configure().build_v1().unwrap();
        let server = Server::builder().layer(layer).add_service(WhoAmI::server()).add_service(reflection);
        let channel = channel(server).await;
        let outcomes = [call(&channel, "").await, watch(&channel, "").await];
        for (outcome, path) in outcomes.into_iter().zip(METHODS) {
            let code = outcome.map_or_else(|status| status.code(), |_| Code::Ok);
            assert_eq!(code, if paths.contains(&path) { Code::Ok } else { Code::Unauthenticated }, "{path}");
        }
        assert_eq!(reflect(channel).await.unwrap_err().code(), Code::Unauthenticated);
    }
}

#[tokio::test]
async fn a_token_is_only_found_in_its_metadata() {
    let jwt = manager();
    let layer = JwtLayer::new(&jwt, Policy::access()).unwrap();
    let server = Server::builder().layer(layer).add_service(WhoAmI::server());
    let channel = channel(server).await;
    let authorization = bearer(&jwt, "alice");
    let token = authorization.strip_prefix("Bearer ").unwrap();
    type Fields<'a> = &'a [(&'static str, &'a str)];
    let mixed = format!("bEaReR {token}");
    let cases: [(Fields<'_>, Code); 7] = [
        (&[("authorization", &authorization)], Code::Ok),
        (&[("authorization", &mixed)], Code::Ok),
        // tonic encodes the values of binary keys.
        (&[("authorization-bin", &authorization)], Code::Unauthenticated),
        (&[("authorization-bin", token), ("token", token)], Code::Unauthenticated),
        (&[("authorization", token)], Code::Unauthenticated),
        (&[("authorization", &authorization), ("authorization", &authorization)], Code::InvalidArgument),
        (&[("x-authorization", &authorization)], Code::Unauthenticated),
    ];
    for (fields, expected) in cases {
        let request = with(HealthCheckRequest::default(), fields);
        let outcome = HealthClient::new(channel.clone()).check(request).await;
        let code = outcome.map_or_else(|status| status.code(), |_| Code::Ok);
        assert_eq!(code, expected, "{fields:?}");
    }
}

#[tokio::test]
async fn a_message_is_percent_encoded_and_bounded() {
    let nobody = async |_: Token| None::<()>;
    let jwt = builder(Config::default()).user_lookup_loader(nobody).build().unwrap();
    let layer = JwtLayer::new(&jwt, Policy::access()).unwrap();
    let channel = channel(Server::builder().layer(layer).add_service(WhoAmI::server())).await;
    for identity in ["100%41 Ünï\r\ncode 鍵", &"é".repeat(3000)] {
        let status = call(&channel, &bearer(&jwt, identity)).await.unwrap_err();
        let reason: String = format!("Error loading the user {identity}").chars().take(256).collect();
        assert_eq!((status.code(), status.message()), (Code::Unauthenticated, &*reason));
    }
}

#[tokio::test]
async fn the_content_type_says_whether_a_request_is_a_call() {
    let jwt = manager();
    let layer = JwtLayer::new(&jwt, Policy::access()).unwrap();
    let service = layer.layer(service_fn(whoami::<Full<Bytes>>));
    for (content_type, is_call) in [
        ("application/grpc", true),
        ("application/grpc+proto", true),
        ("application/grpc;charset=utf-8", true),
        ("application/grpc ; charset=utf-8", true),
        ("application/grpc-web", true),
        ("application/grpc-web-text+proto", true),
        ("Application/GRPC", true),
        ("application/grpcx", false),
        ("application/grpc-x", false),
        ("application/grpc-webx", false),
        ("application/grp", false),
        ("application/json", false),
        (" application/grpc", false),
        ("text/plain, application/grpc", false),
        ("", false),
    ] {
        let mut request = get("/");
        request.headers_mut().insert("content-type", content_type.parse().unwrap());
        // Calls are POST requests. A proxy that asks with another method must not take the status for an acceptance.
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::CONNECT] {
            let mut request = request.clone();
            *request.method_mut() = method;
            assert_eq!(send(&service, request).await.0, 401, "{content_type}");
        }
        *request.method_mut() = Method::POST;
        let mut twice = request.clone();
        twice.headers_mut().append("content-type", "application/grpc".parse().unwrap());
        assert_eq!(send(&service, twice).await.0, 401, "{content_type}");
        let Ok(response) = service.clone().oneshot(request).await;
        let status = if is_call { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        assert_eq!(response.status(), status, "{content_type}");
        let field = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(field("grpc-status"), is_call.then_some("16"));
        assert_eq!(field("grpc-message"), is_call.then_some("Missing Authorization Header"));
        assert_eq!(field("content-type"), Some(if is_call { content_type } else { "application/json" }));
        assert_eq!((field("www-authenticate"), field("cache-control")), (Some("Bearer"), Some("no-store")));
        // The header is the end of the stream.
        assert_eq!(response.body().is_end_stream(), is_call);
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes().is_empty(), is_call);
    }
    assert_eq!(send(&service, get("/")).await.0, 401);
}

#[tokio::test]
async fn a_body_that_the_application_creates_is_the_end_of_the_response() {
    let jwt = manager();
    let create = |body: Bytes| tonic::body::Body::new(Full::new(body));
    let layer = JwtLayer::new(&jwt, Policy::access()).unwrap().body_with(create);
    let service = layer.clone().layer(tonic::service::Routes::new(WhoAmI::server()).prepare());
    let request = Request::post(METHODS[0]).header("content-type", "application/grpc");
    let request = request.body(tonic::body::Body::empty()).unwrap();
    let response = service.oneshot(request).await.unwrap_or_else(|never: Infallible| match never {});
    assert!(response.body().is_end_stream());

    let channel = channel(Server::builder().layer(layer).add_service(WhoAmI::server())).await;
    let status = call(&channel, "").await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unauthenticated, "Missing Authorization Header"));
    assert_eq!(call(&channel, &bearer(&jwt, "alice")).await.unwrap(), "alice");
}

#[tokio::test]
async fn an_application_without_grpc_responds_with_its_handlers() {
    let loader = async |token: Token| token.identity() == "mallory";
    let waiting = builder(Config::default()).token_in_blocklist_loader(loader).build().unwrap();
    // One manager decides at once, and one waits for its loader. All setters keep the choice.
    for (jwt, identity) in [(manager(), ""), (waiting, "mallory")] {
        let layer = || JwtLayer::new(&jwt, Policy::access()).unwrap();
        let handler = || service_fn(whoami::<Full<Bytes>>);
        let mut request = Request::post("/").body(Full::default()).unwrap();
        request.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
        if !identity.is_empty() {
            request.headers_mut().insert("authorization", bearer(&jwt, identity).parse().unwrap());
        }
        let mut plain = request.clone();
        plain.headers_mut().remove("content-type");
        let Ok(expected) = layer().layer(handler()).oneshot(plain).await;
        assert_eq!(expected.status(), StatusCode::UNAUTHORIZED);

        let off = layer().grpc_statuses(false);
        let Ok(wrapped) = off.clone().layer(handler()).oneshot(request.clone()).await;
        assert_eq!((wrapped.status(), wrapped.headers()), (expected.status(), expected.headers()));
        let public = off.clone().public_paths(["/health"]).unwrap().same_body();
        assert_eq!(send(&public.layer(handler()), request.clone()).await.0, 401);
        let created = off.body_with(Full::new);
        assert_eq!(send(&created.layer(handler()), request.clone()).await.0, 401);

        let Ok(on) = layer().grpc_statuses(true).layer(handler()).oneshot(request).await;
        assert_eq!((on.status().as_u16(), &on.headers()["grpc-status"]), (200, &"16".parse().unwrap()));
    }
}

/// Needs the body, which nobody reads.
#[derive(Clone, Copy)]
struct NeedsBody;

impl Rule for NeedsBody {
    fn check(&self, _: &Token, _: &RequestInfo) -> Verdict {
        Verdict::permit()
    }

    fn body_limit(&self) -> Option<usize> {
        Some(1)
    }
}

#[tokio::test]
async fn a_misconfiguration_and_a_rule_have_statuses_of_their_own() {
    let jwt = manager();
    let choose = |request: &dyn RequestView| {
        let policy = Policy::access();
        match request.path() {
            "/grpc.health.v1.Health/Check" => policy.with_rule(NeedsBody),
            _ => policy.with_rule(|_: &Token, request: &RequestInfo| request.path() == "/elsewhere"),
        }
    };
    let layer = JwtLayer::new(&jwt, choose).unwrap();
    let channel = channel(Server::builder().layer(layer).add_service(WhoAmI::server())).await;
    let authorization = bearer(&jwt, "alice");
    let misused = call(&channel, &authorization).await.unwrap_err();
    assert_eq!((misused.code(), misused.message()), (Code::Internal, "Internal Server Error"));
    let forbidden = watch(&channel, &authorization).await.unwrap_err();
    assert_eq!(
        (forbidden.code(), forbidden.message()),
        (Code::PermissionDenied, "Token does not permit the request")
    );
}

#[tokio::test]
async fn a_malformed_call_is_an_invalid_argument() {
    // A body that is larger than a rule permits, and one that is not. `a_token_is_only_found_in_its_metadata` has two
    // tokens.
    let jwt = manager();
    let service = JwtLayer::buffering(&jwt, Policy::access().with_rule(NeedsBody));
    let service = service.layer(service_fn(whoami::<ReadBody<Full<Bytes>>>));
    for (body, status) in [("ab", Some("3")), ("a", None)] {
        let mut request = get_as(&jwt, "alice", "/").map(|_| Full::from(body));
        *request.method_mut() = Method::POST;
        request.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
        let Ok(response) = service.clone().oneshot(request).await;
        assert_eq!(response.headers().get("grpc-status").map(|value| value.to_str().unwrap()), status);
    }
}

/// Adds fields to the response that metadata can and cannot have.
struct Chatty;

impl ErrorHandlers for Chatty {
    fn fallback(&self, _: &Refusal<'_>) -> ErrorResponse {
        KEPT.iter().chain(DROPPED).fold(ErrorResponse::text(418, "teapot"), |response, (name, value)| {
            response.header(*name, *value)
        })
    }
}

const KEPT: &[(&str, &str)] = &[
    ("x-hint", "one"),
    ("x-hint", "two"),
    ("retry-after", "7"),
    ("x-padded-bin", "AAE="),
    ("x-unpadded-bin", "AAE"),
    ("x-joined-bin", "AAE=,AAE,"),
    ("x-mixed-bin", "/+8="),
];

const DROPPED: &[(&str, &str)] = &[
    ("grpc-status", "0"),
    ("grpc-status", "5"),
    ("grpc-message", "all good"),
    ("grpc-status-details-bin", "AAE="),
    ("grpc-encoding", "gzip"),
    ("grpc-anything", "x"),
    ("content-length", "6"),
    ("content-encoding", "gzip"),
    ("content-type", "text/html"),
    ("te", "trailers"),
    ("connection", "close"),
    ("keep-alive", "timeout=5"),
    ("proxy-connection", "close"),
    ("transfer-encoding", "chunked"),
    ("upgrade", "h2c"),
    ("x-mixed-bin", "_-8="),
    ("x-words-bin", "not base64"),
    ("x-short-bin", "A"),
    ("x-long-bin", "AAE=="),
    ("x-listed-bin", "AAE=,!"),
];

#[tokio::test]
async fn handlers_cannot_set_what_grpc_reserves() {
    let jwt = builder(Config::default()).error_handlers(Chatty).build().unwrap();
    let layer = JwtLayer::new(&jwt, Policy::access()).unwrap();
    let mut request = Request::post("/").body(Full::default()).unwrap();
    request.headers_mut().insert("content-type", "application/grpc+proto".parse().unwrap());
    let Ok(response) = layer.clone().layer(service_fn(whoami::<Full<Bytes>>)).oneshot(request).await;
    let own = [
        ("content-type", "application/grpc+proto"),
        ("grpc-status", "16"),
        ("grpc-message", "Missing Authorization Header"),
    ];
    let mut expected: Vec<_> = KEPT.iter().chain(&own).copied().collect();
    let fields = response.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    let mut fields: Vec<_> = fields.filter(|(name, _)| *name != "cache-control").collect();
    expected.sort_unstable();
    fields.sort_unstable();
    assert_eq!(fields, expected);

    // A client sees it like this.
    let channel = channel(Server::builder().layer(layer).add_service(WhoAmI::server())).await;
    let status = call(&channel, "").await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unauthenticated, "Missing Authorization Header"));
    let hints: Vec<_> = status.metadata().get_all("x-hint").iter().collect();
    assert_eq!(hints, ["one", "two"]);
    assert_eq!(status.metadata().get_bin("x-padded-bin").unwrap().to_bytes().unwrap(), [0, 1].as_slice());
    assert!(status.details().is_empty());
}

#[tokio::test]
async fn each_request_of_a_mixed_server_gets_its_kind_of_response() {
    let jwt = manager();
    let layer = JwtLayer::new(&jwt, Policy::access()).unwrap();
    let routes = tonic::service::Routes::new(WhoAmI::server()).prepare();
    let service = layer.layer(routes);
    let ask = |content_type: &str| {
        let request = Request::post(METHODS[0]).header("content-type", content_type);
        service.clone().oneshot(request.body(tonic::body::Body::empty()).unwrap())
    };
    let infallible = |never: Infallible| match never {};
    let call = ask("application/grpc").await.unwrap_or_else(infallible);
    assert_eq!((call.status().as_u16(), &call.headers()["grpc-status"]), (200, &"16".parse().unwrap()));
    let plain = ask("application/json").await.unwrap_or_else(infallible);
    assert_eq!((plain.status().as_u16(), plain.headers().contains_key("grpc-status")), (401, false));
}
