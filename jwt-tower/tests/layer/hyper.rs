//! Requests as bytes on a socket, because clients do not send most of these.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use jwt_tower::{JwtLayer, JwtManager, Policy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer as _, service_fn};

use crate::support::{bearer, identity, manager};

/// Responds with the identity, or upgrades the connection and echoes bytes in upper case.
async fn handler(mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let identity = identity(&request);
    if !request.headers().contains_key("upgrade") {
        return Ok(Response::new(Full::from(identity)));
    }
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut stream = TokioIo::new(upgrade.await.unwrap());
        let mut word = [0; 5];
        stream.read_exact(&mut word).await.unwrap();
        stream.write_all(word.to_ascii_uppercase().as_slice()).await.unwrap();
    });
    let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
    Ok(response.header("upgrade", "echo").header("connection", "upgrade").body(Full::default()).unwrap())
}

/// Serves one connection, and returns the client's end.
async fn connect(jwt: &JwtManager) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    let layer = JwtLayer::new(jwt, Policy::access()).unwrap().public_paths(["/health"]).unwrap();
    let service = TowerToHyperService::new(layer.layer(service_fn(handler)));
    let connection = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(server), service)
        .with_upgrades();
    tokio::spawn(connection);
    client
}

/// Sends bytes, and reads the head of the response.
async fn exchange(stream: &mut TcpStream, bytes: &str) -> String {
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

async fn status(jwt: &JwtManager, line: &str, fields: &str) -> u16 {
    let mut stream = connect(jwt).await;
    let head = exchange(&mut stream, &format!("{line} HTTP/1.1\r\nhost: a\r\n{fields}\r\n")).await;
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn targets_are_compared_as_the_client_sent_them() {
    let jwt = manager();
    for line in ["GET /health", "HEAD /health", "GET /health?a", "GET http://other/health", "OPTIONS /health"]
    {
        assert_eq!(status(&jwt, line, "").await, 200, "{line}");
    }
    let authorization = format!("authorization: {}\r\n", bearer(&jwt, "alice"));
    for line in [
        "GET /",
        "GET //health",
        "GET /./health",
        "GET /x/../health",
        "GET /health/",
        "GET /%68ealth",
        "GET /health%2f",
        "GET http://other//health",
        "OPTIONS *",
        "CONNECT other:443",
        "CONNECT health:80",
        "BREW /",
    ] {
        assert_eq!(status(&jwt, line, "").await, 401, "{line}");
        assert_eq!(status(&jwt, line, &authorization).await, 200, "{line}");
    }
}

#[tokio::test]
async fn the_response_does_not_wait_for_the_body() {
    let jwt = manager();
    let authorization = format!("authorization: {}\r\n", bearer(&jwt, "alice"));
    for framing in ["transfer-encoding: chunked\r\n", "content-length: 1000000\r\n"] {
        for content_type in ["application/json", "application/x-www-form-urlencoded"] {
            let fields = format!("{framing}content-type: {content_type}\r\n");
            assert_eq!(status(&jwt, "POST /", &fields).await, 401);
            assert_eq!(status(&jwt, "POST /", &format!("{fields}{authorization}")).await, 200);
        }
    }
}

#[tokio::test]
async fn an_upgrade_needs_a_token_and_works_with_one() {
    let jwt = manager();
    let upgrade = "connection: upgrade\r\nupgrade: echo\r\n";
    assert_eq!(status(&jwt, "GET /", upgrade).await, 401);
    let mut stream = connect(&jwt).await;
    let authorization = bearer(&jwt, "alice");
    let request = format!("GET / HTTP/1.1\r\nhost: a\r\n{upgrade}authorization: {authorization}\r\n\r\n");
    let head = exchange(&mut stream, &request).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    stream.write_all(b"hello").await.unwrap();
    let mut echoed = [0; 5];
    stream.read_exact(&mut echoed).await.unwrap();
    assert_eq!(&echoed, b"HELLO");
}
