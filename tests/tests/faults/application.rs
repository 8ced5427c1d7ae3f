//! The application that the faults happen to, and what its clients ask.

use std::net::SocketAddr;
use std::sync::Barrier;
use std::thread;

use jwt_core::session::Sessions;
use jwt_core::{Config, JwtManager, Location};
use jwt_tests::{Answer, App, Ask, Extractor, Route, Verb};
use serde_json::Value;

pub(crate) const SECRET: &str = "a secret of the tests that is long enough for every hash";

/// Tokens in headers and in cookies, in sessions of this store.
pub(crate) fn application(store: impl Sessions) -> App {
    let config = Config::default().token_location([Location::Header, Location::Cookie]);
    let jwt = JwtManager::builder(config).secret(SECRET).session_store(store).build().unwrap();
    App::new([
        Route::get("/protected").extracting(&jwt, Extractor::Access),
        Route::get("/sessions").answering_auth(&jwt, Verb::Count),
        Route::post("/login").answering_auth(&jwt, Verb::Login),
        Route::post("/refresh").answering_auth(&jwt, Verb::Rotate),
        Route::post("/logout").answering_auth(&jwt, Verb::LogOut),
        Route::post("/logout-all").answering_auth(&jwt, Verb::LogOutEverywhere),
    ])
}

/// What a client has of a session.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    /// Those of an answer, if it is 200.
    pub(crate) fn read(answer: &Answer) -> Option<Self> {
        let json = answer.json();
        let token = |name: &str| json[name].as_str().expect("a token").to_owned();
        (answer.status == 200)
            .then(|| Self { access: token("access_token"), refresh: token("refresh_token") })
    }

    pub(crate) fn log_in(address: SocketAddr) -> Self {
        Self::read(&Ask::new("POST", "/login").send(address)).expect("a log-in")
    }

    pub(crate) fn protected(&self) -> Ask {
        Ask::get("/protected").bearer(&self.access)
    }

    pub(crate) fn exchange(&self) -> Ask {
        Ask::new("POST", "/refresh").bearer(&self.refresh)
    }

    pub(crate) fn log_out(&self) -> Ask {
        Ask::new("POST", "/logout").bearer(&self.access)
    }

    pub(crate) fn log_out_everywhere(&self) -> Ask {
        Ask::new("POST", "/logout-all").bearer(&self.access)
    }

    /// What only looks: with the token in a header, and in a cookie.
    pub(crate) fn reads(&self) -> Vec<Ask> {
        vec![
            self.protected(),
            in_cookie("GET", "/protected", "access_token_cookie", &self.access),
            Ask::get("/sessions"),
        ]
    }

    /// What changes something, likewise.
    pub(crate) fn writes(&self) -> Vec<Ask> {
        vec![
            self.exchange(),
            self.log_out(),
            self.log_out_everywhere(),
            Ask::new("POST", "/login"),
            in_cookie("POST", "/refresh", "refresh_token_cookie", &self.refresh),
            in_cookie("POST", "/logout", "access_token_cookie", &self.access),
            in_cookie("POST", "/logout-all", "access_token_cookie", &self.access),
        ]
    }
}

/// As a browser and a page's script send it.
fn in_cookie(method: &str, path: &str, name: &str, token: &str) -> Ask {
    let csrf = csrf(token);
    Ask::new(method, path).header("cookie", format!("{name}={token}")).header("x-csrf-token", csrf)
}

fn csrf(token: &str) -> String {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).expect("a payload");
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    let claims: Value = serde_json::from_slice(&payload).expect("claims");
    claims["csrf"].as_str().expect("a CSRF value").to_owned()
}

/// Asks all of it at once, a client each.
pub(crate) fn at_once(address: SocketAddr, asks: Vec<Ask>) -> Vec<Answer> {
    let start = Barrier::new(asks.len());
    let ask = |ask: Ask| {
        start.wait();
        ask.send(address)
    };
    thread::scope(|scope| {
        let clients: Vec<_> = asks.into_iter().map(|one| scope.spawn(|| ask(one))).collect();
        clients.into_iter().map(|client| client.join().expect("an answer")).collect()
    })
}
