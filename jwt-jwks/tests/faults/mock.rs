//! An issuer that responds when the test says so, and a manager that trusts it. Time is tokio's paused clock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use bytes::Bytes;
use http::Response;
use jwt_core::{BearerHandlers, BoxError, Config, JwtManager, Policy};
use jwt_jwks::{Fetch, FetchRequest, RemoteIssuer, RemoteIssuerBuilder};
use jwt_test::FakeIssuer;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What the issuer does with a request.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Mode {
    Up,
    Down,
    /// No response until [`Mock::open`] is called.
    Held,
    /// No response ever.
    Hangs,
    Panics,
}

struct State {
    mode: Mutex<Mode>,
    gate: Notify,
    /// Whether each request had to ask the server.
    requests: Mutex<Vec<bool>>,
    answered: AtomicUsize,
    max_age: Mutex<u64>,
    cached: Mutex<Option<String>>,
}

/// The issuer and its client.
#[derive(Clone)]
pub(crate) struct Mock {
    pub(crate) issuer: Arc<FakeIssuer>,
    state: Arc<State>,
}

impl Mock {
    pub(crate) fn new() -> Self {
        let state = State {
            mode: Mutex::new(Mode::Up),
            gate: Notify::new(),
            requests: Mutex::default(),
            answered: AtomicUsize::new(0),
            max_age: Mutex::new(600),
            cached: Mutex::default(),
        };
        Self { issuer: Arc::new(FakeIssuer::start()), state: Arc::new(state) }
    }

    pub(crate) fn mode(&self, mode: Mode) {
        *self.state.mode.lock().unwrap() = mode;
    }

    /// Lets all requests pass that are held, and further ones.
    pub(crate) fn open(&self) {
        self.mode(Mode::Up);
        self.state.gate.notify_waiters();
    }

    pub(crate) fn max_age(&self, seconds: u64) {
        *self.state.max_age.lock().unwrap() = seconds;
    }

    /// From now on, a cache responds with the current keys, unless it must ask the server.
    pub(crate) fn cache(&self) {
        *self.state.cached.lock().unwrap() = Some(self.issuer.jwks().to_string());
    }

    /// The number of requests so far.
    pub(crate) fn fetches(&self) -> usize {
        self.state.requests.lock().unwrap().len()
    }

    pub(crate) fn forced(&self) -> usize {
        self.state.requests.lock().unwrap().iter().filter(|forced| **forced).count()
    }

    pub(crate) fn answered(&self) -> usize {
        self.state.answered.load(Ordering::SeqCst)
    }

    pub(crate) fn builder(&self) -> RemoteIssuerBuilder {
        RemoteIssuer::jwks(self.issuer.url(), self.issuer.jwks_url()).fetch(self.clone()).clock(now)
    }

    pub(crate) fn token(&self) -> String {
        self.issuer.token().claim("exp", 99_999_999_999_u64).sign()
    }
}

impl Fetch for Mock {
    async fn get(&self, request: FetchRequest) -> Result<Response<Bytes>, BoxError> {
        let state = &self.state;
        state.requests.lock().unwrap().push(request.revalidate());
        let opened = state.gate.notified();
        let mode = *state.mode.lock().unwrap();
        match mode {
            Mode::Up => {}
            Mode::Down => return Err("connection refused".into()),
            Mode::Held => opened.await,
            Mode::Hangs => std::future::pending().await,
            Mode::Panics => panic!("the client is broken"),
        }
        state.answered.fetch_add(1, Ordering::SeqCst);
        let max_age = *state.max_age.lock().unwrap();
        let response = Response::builder().header("cache-control", format!("max-age={max_age}"));
        let cached = state.cached.lock().unwrap().clone().filter(|_| !request.revalidate());
        Ok(response.body(Bytes::from(cached.unwrap_or_else(|| self.issuer.jwks().to_string())))?)
    }
}

/// The paused clock of tokio.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// A manager that trusts these issuers.
pub(crate) fn manager(issuers: &[&RemoteIssuer]) -> JwtManager {
    let mut builder = JwtManager::builder(Config::default()).error_handlers(BearerHandlers);
    for issuer in issuers {
        builder = builder.trusted_issuer(issuer.issuer().audience("api").audience_alone());
    }
    builder.build().unwrap()
}

/// The response that a client of the bearer profile gets.
pub(crate) async fn response(jwt: &JwtManager, token: &str) -> Response<Bytes> {
    match jwt.verify(token, &Policy::access()).await {
        Ok(_) => Response::default(),
        Err(error) => jwt.respond(&error, &http::Request::new(()), &Policy::access()),
    }
}

/// Its status. An outage must not look like a bad token, so a 503 has `Retry-After` and no challenge.
pub(crate) async fn status(jwt: &JwtManager, token: &str) -> u16 {
    let response = response(jwt, token).await;
    let status = response.status().as_u16();
    assert_eq!(response.headers().contains_key("retry-after"), status == 503);
    assert_eq!(response.headers().contains_key("www-authenticate"), status == 401);
    status
}

/// Sends a request with this token in a task of its own. Returns the task, whose end is the status.
pub(crate) fn sent(jwt: &JwtManager, token: String) -> JoinHandle<u16> {
    let jwt = jwt.clone();
    tokio::spawn(async move { status(&jwt, &token).await })
}

/// Lets other tasks run until they wait. The clock does not move.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

pub(crate) async fn pass(seconds: u64) {
    settle().await;
    tokio::time::advance(Duration::from_secs(seconds)).await;
    settle().await;
}

/// Tokens of unknown keys, each with a different `kid`.
pub(crate) fn unknown(mock: &Mock, count: usize) -> Vec<String> {
    let text = mock.issuer.token().claim("exp", 99_999_999_999_u64);
    // Signing thousands of tokens would take most of the time of the test. None of them is verified.
    let good = text.sign();
    let rest = good.split_once('.').unwrap().1.to_owned();
    (0..count)
        .map(|number| {
            let header = format!(r#"{{"alg":"ES256","kid":"random-{number}","typ":"JWT"}}"#);
            format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(header))
        })
        .collect()
}
