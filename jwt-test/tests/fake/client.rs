use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use jwt_core::keys::KeySet;
use jwt_test::FakeIssuer;
use serde_json::Value;

pub(crate) type Response = http::Response<ureq::Body>;

/// Sends a request that follows no redirects.
pub(crate) fn get(url: &str) -> Result<Response, ureq::Error> {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    config.max_redirects_will_error(false).build().new_agent().get(url).call()
}

pub(crate) fn status(url: &str) -> u16 {
    get(url).unwrap().status().as_u16()
}

pub(crate) fn text(url: &str) -> String {
    let mut response = get(url).unwrap();
    assert_eq!(response.status(), 200, "{url}");
    response.body_mut().read_to_string().unwrap()
}

pub(crate) fn json(url: &str) -> Value {
    serde_json::from_str(&text(url)).unwrap()
}

pub(crate) fn field(url: &str, name: &str) -> Option<String> {
    let response = get(url).unwrap();
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
}

pub(crate) fn key_set(issuer: &FakeIssuer) -> KeySet {
    KeySet::from_jwks(text(issuer.jwks_url())).unwrap()
}

/// The address of the discovery document of an issuer without a public name.
pub(crate) fn discovery(issuer: &FakeIssuer) -> String {
    format!("{}/.well-known/openid-configuration", issuer.url())
}

/// Sends a request for a path and returns the connection.
pub(crate) fn send(issuer: &FakeIssuer, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(issuer.address()).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    stream
}

/// Reads everything up to the end of the head of a response.
pub(crate) fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Returns whether the server sends nothing for a moment, but keeps the connection.
pub(crate) fn is_silent(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(30))).unwrap();
    let result = stream.read(&mut [0]);
    stream.set_read_timeout(None).unwrap();
    let waited = |error: &io::Error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
    result.as_ref().is_err_and(waited)
}

/// Waits until the issuer has received this number of requests.
pub(crate) fn wait_for_hits(issuer: &FakeIssuer, total: usize) {
    let start = Instant::now();
    while issuer.hits().total() < total {
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", issuer.hits());
        std::thread::yield_now();
    }
}
