//! WebSockets over HTTP/2 (RFC 8441). They start with a CONNECT request that has a path, and a 200 accepts it.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::ext::Protocol;
use hyper::server::conn::http2::Builder;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use jwt_tower::{Config, JwtLayer, JwtManager, Location, Policy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer as _, service_fn};

use crate::support::{builder, identity};

/// Accepts a WebSocket, and sends the identity and the path of the request through it.
async fn handler(mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!(request.extensions().get::<Protocol>().map(Protocol::as_str), Some("websocket"));
    let greeting = format!("{} {}", identity(&request), request.uri().path());
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut stream = TokioIo::new(upgrade.await.unwrap());
        stream.write_all(greeting.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    Ok(Response::new(Full::default()))
}

/// Serves one connection, and returns the client's end.
async fn connect(jwt: &JwtManager) -> SendRequest<Empty<Bytes>> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    let layer = JwtLayer::new(jwt, Policy::access().scopes(&["chat"])).unwrap();
    let service = layer.public_paths(["/lobby"]).unwrap().layer(service_fn(handler));
    let mut server_builder = Builder::new(TokioExecutor::new());
    server_builder.enable_connect_protocol();
    tokio::spawn(server_builder.serve_connection(TokioIo::new(server), TowerToHyperService::new(service)));
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(client)).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// Sends the request of a WebSocket.
async fn ask(
    sender: &mut SendRequest<Empty<Bytes>>,
    path: &str,
    fields: &[(&str, &str)],
) -> Response<Incoming> {
    let request = Request::builder().method(Method::CONNECT).uri(format!("https://chat.example{path}"));
    let request = fields.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let mut request = request.body(Empty::new()).unwrap();
    request.extensions_mut().insert(Protocol::from_static("websocket"));
    sender.ready().await.unwrap();
    sender.send_request(request).await.unwrap()
}

/// Starts a WebSocket. Returns what it receives, or the status of the rejection.
async fn open(
    sender: &mut SendRequest<Empty<Bytes>>,
    path: &str,
    fields: &[(&str, &str)],
) -> Result<String, u16> {
    let response = ask(sender, path, fields).await;
    assert!(!response.headers().contains_key("grpc-status"));
    if response.status() != 200 {
        return Err(response.status().as_u16());
    }
    let mut received = String::new();
    let stream = hyper::upgrade::on(response).await.unwrap();
    TokioIo::new(stream).read_to_string(&mut received).await.unwrap();
    Ok(received)
}

#[tokio::test]
async fn a_websocket_over_http2_is_checked_like_any_other_request() {
    let config = Config::default().token_location([Location::Header, Location::Cookie]);
    let jwt = builder(config).build().unwrap();
    let mut sender = connect(&jwt).await;
    let token = jwt.access_token("alice").scopes(["chat"]).encode().unwrap();
    let bearer = format!("Bearer {token}");
    let other = format!("Bearer {}", jwt.access_token("bob").encode().unwrap());
    let cookie = format!("access_token_cookie={token}");
    let accepted = Ok("alice /room".to_owned());
    for (path, fields, outcome) in [
        ("/room", &[][..], Err(401)),
        ("/room", &[("authorization", "Bearer forged")], Err(422)),
        ("/room", &[("authorization", &other)], Err(403)),
        ("/room", &[("authorization", &bearer)], accepted.clone()),
        ("/lobby", &[], Ok("nobody /lobby".to_owned())),
        ("/lobby/", &[], Err(401)),
        ("/lobby?", &[], Ok("nobody /lobby".to_owned())),
        // A 200 with a gRPC status would accept the WebSocket.
        ("/room", &[("content-type", "application/grpc")], Err(401)),
        // The origin protects cookies, because a handshake cannot have a CSRF value.
        ("/room", &[("cookie", &cookie), ("origin", "https://chat.example")], accepted),
        ("/room", &[("cookie", &cookie), ("origin", "https://evil.example")], Err(401)),
    ] {
        assert_eq!(open(&mut sender, path, fields).await, outcome, "{path} {fields:?}");
    }
}

#[tokio::test]
async fn a_200_that_accepts_a_websocket_names_a_protocol_of_the_client() {
    let jwt = builder(Config::default().token_location([Location::WebSocketProtocol])).build().unwrap();
    let mut sender = connect(&jwt).await;
    let token = jwt.access_token("alice").scopes(["chat"]).encode().unwrap();
    let other = jwt.access_token("bob").encode().unwrap();
    for (path, token, status, named) in [
        ("/room", &token, 200, Some("Bearer")),
        ("/room", &other, 403, None),
        // Nobody has checked the token.
        ("/lobby", &token, 200, None),
    ] {
        let fields = [("sec-websocket-protocol", "chat, Bearer"), ("sec-websocket-protocol", token)];
        let response = ask(&mut sender, path, &fields).await;
        let protocol = response.headers().get("sec-websocket-protocol").map(|name| name.to_str().unwrap());
        assert_eq!((response.status().as_u16(), protocol), (status, named), "{path}");
    }
}
