//! A clock that stands still, requests, and tokens with any text.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use jwt_core::error::InvalidToken;
use jwt_core::{
    Authenticated, Config, JwtManager, JwtManagerBuilder, Policy, RequestView, Token, TokenError,
};

/// 64 bytes, which is long enough for every algorithm.
pub(crate) const SECRET: &str = "correct-horse-battery-staple-correct-horse-battery-staple-secret";
/// 2030-01-01T00:00:00Z. All clocks show this time unless they are set.
pub(crate) const NOW: u64 = 1_893_456_000;
/// The header of the library's own tokens.
pub(crate) const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + secs(seconds)
}

/// Returns both configurations, for rules that apply to both.
pub(crate) fn both() -> [Config; 2] {
    [Config::default(), Config::flask_compatible()]
}

/// A clock that stands still until it is set, and counts how often it is read.
#[derive(Clone)]
pub(crate) struct Clock {
    now: Arc<Mutex<SystemTime>>,
    reads: Arc<AtomicUsize>,
}

impl Clock {
    pub(crate) fn new(now: SystemTime) -> Self {
        Self { now: Arc::new(Mutex::new(now)), reads: Arc::default() }
    }

    pub(crate) fn set(&self, now: SystemTime) {
        *self.now.lock().unwrap() = now;
    }

    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    pub(crate) fn reader(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let clock = self.clone();
        move || {
            clock.reads.fetch_add(1, Ordering::Relaxed);
            *clock.now.lock().unwrap()
        }
    }
}

/// Returns a builder with a secret and a clock that shows [`NOW`].
pub(crate) fn builder(config: Config) -> JwtManagerBuilder {
    JwtManager::builder(config).secret(SECRET).clock(Clock::new(at(NOW)).reader())
}

pub(crate) fn manager(config: Config) -> JwtManager {
    builder(config).build().unwrap()
}

/// Returns a manager whose clock shows `now`.
pub(crate) fn manager_at(config: Config, now: SystemTime) -> JwtManager {
    builder(config).clock(Clock::new(now).reader()).build().unwrap()
}

/// Returns a request with these `Authorization` fields.
pub(crate) fn request(method: &str, authorization: &[&str]) -> Request<()> {
    let mut request = Request::builder().method(method).uri("https://api.example/files/7?page=2");
    for field in authorization {
        request = request.header("Authorization", *field);
    }
    request.body(()).unwrap()
}

pub(crate) fn bearer(token: &str) -> Request<()> {
    request("GET", &[&format!("Bearer {token}")])
}

pub(crate) fn segment(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// Returns the decoded text of a segment, counted from 0.
pub(crate) fn text_of(token: &str, segment: usize) -> String {
    let segment = token.split('.').nth(segment).unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(segment).unwrap()).unwrap()
}

/// Signs any header and payload correctly.
pub(crate) fn sign(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    sign_segments(&segment(header), &segment(payload))
}

/// Signs any two segments correctly with HS256.
pub(crate) fn sign_segments(header: &str, payload: &str) -> String {
    sign_as(hmac::HMAC_SHA256, header, payload)
}

pub(crate) fn sign_as(algorithm: hmac::Algorithm, header: &str, payload: &str) -> String {
    let key = hmac::Key::new(algorithm, SECRET.as_bytes());
    let signature = hmac::sign(&key, format!("{header}.{payload}").as_bytes());
    format!("{header}.{payload}.{}", segment(signature))
}

/// Returns a payload that is valid for a minute from [`NOW`]. Members are replaced with other JSON text, or removed if
/// that text is empty.
pub(crate) fn payload(changes: &[(&str, &str)]) -> String {
    let exp = (NOW + 60).to_string();
    let mut members = vec![("sub", "\"alice\""), ("type", "\"access\""), ("jti", "\"id-1\""), ("exp", &*exp)];
    for &(name, json) in changes {
        members.retain(|(there, _)| *there != name);
        members.push((name, json));
    }
    let members = members.iter().filter(|(_, json)| !json.is_empty());
    let members: Vec<_> = members.map(|(name, json)| format!("\"{name}\":{json}")).collect();
    format!("{{{}}}", members.join(","))
}

/// Returns a signed token with such a payload.
pub(crate) fn token(changes: &[(&str, &str)]) -> String {
    sign(HEADER, payload(changes))
}

/// Decodes such a token with a manager of this configuration.
pub(crate) fn decode(config: Config, changes: &[(&str, &str)]) -> Result<Token, TokenError> {
    manager(config).decode(&token(changes))
}

/// Returns why a token is invalid.
pub(crate) fn invalid<T>(result: Result<T, TokenError>) -> InvalidToken {
    match result {
        Err(TokenError::Invalid(why)) => why,
        Err(other) => panic!("refused, but not as invalid: {other:?}"),
        Ok(_) => panic!("accepted"),
    }
}

pub(crate) fn refused<T>(result: Result<T, TokenError>) -> TokenError {
    match result {
        Err(error) => error,
        Ok(_) => panic!("accepted"),
    }
}

/// Runs all stages, as an adapter does.
pub(crate) fn authenticate(
    jwt: &JwtManager,
    view: &dyn RequestView,
    policy: &Policy,
) -> Result<Authenticated, TokenError> {
    block_on(jwt.complete(jwt.check(view, policy)?))
}

/// Drives a future that only wakes itself.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..100 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("the future never ends");
}

/// Returns whether serde_json can represent this number. With its feature `arbitrary_precision`, which any crate in a
/// build can enable, it can represent all of them.
pub(crate) fn has_number(json: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(json).is_ok()
}
