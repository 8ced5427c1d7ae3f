//! Managers, a clock that tests move, and a server that remembers requests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jwt_core::{BearerHandlers, Config, JwtManager, Policy};
use jwt_jwks::RemoteIssuer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A clock that also runs by itself.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> impl Fn() -> Instant + Send + Sync + use<> {
        let skipped = Arc::clone(&self.0);
        move || Instant::now() + Duration::from_secs(skipped.load(Ordering::SeqCst))
    }
}

pub(crate) fn manager(login: &RemoteIssuer) -> JwtManager {
    let issuer = login.issuer().audience("api").audience_alone();
    JwtManager::builder(Config::default())
        .error_handlers(BearerHandlers)
        .trusted_issuer(issuer)
        .build()
        .unwrap()
}

pub(crate) async fn status(jwt: &JwtManager, token: &str) -> u16 {
    match jwt.verify(token, &Policy::access()).await {
        Ok(_) => 200,
        Err(error) => jwt.respond(&error, &http::Request::new(()), &Policy::access()).status().as_u16(),
    }
}

/// A server with a fixed response to each request.
pub(crate) struct Recorder {
    pub(crate) address: std::net::SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    pub(crate) async fn start(respond: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match stream.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => break,
                    }
                }
                let head = String::from_utf8(head).unwrap();
                let response = respond(head.split(' ').nth(1).unwrap_or_default());
                seen.lock().unwrap().push(head);
                let _ = stream.write_all(response.as_bytes()).await;
            }
        });
        Self { address, heads }
    }

    /// The heads of the requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

pub(crate) fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

pub(crate) fn moved(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}
