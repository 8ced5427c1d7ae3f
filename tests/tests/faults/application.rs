//! The application that suffers the faults, and the requests of its clients.

use std::net::SocketAddr;
use std::sync::Barrier;
use std::thread;

use jwt_core::session::Sessions;
use jwt_core::{Config, JwtManager, Location};
use jwt_tests::{Answer, App, Ask, Extractor, Route, Verb};
use serde_json::Value;

pub(crate) const SECRET: &str = "89sM995YTBXaK7JQEVT0mlAmrtVETW0TesULeetLDQ8B8vW2ZBjyaXYl1AcCtLn9";

/// Accepts tokens in header fields and in cookies, with sessions in this store.
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

/// The tokens of a session that a client has.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    /// The tokens in a response, if its status is 200.
    pub(crate) fn read(answer: &Answer) -> Option<Self> {
        let json = answer.json();
        let token = |name: &str| json[name].as_str().expect("a token").to_owned();
        (answer.status == 200)
            .then(|| Self { access: token("access_token"), refresh: token("refresh_token") })
    }

    pub(crate) fn log_in(address: SocketAddr) -> Self {
        Self::read(&Ask::new("POST", "/login").send(address)).expect("a login")
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

    /// The read-only requests: one with the token in a header field, one with the token in a cookie.
    pub(crate) fn reads(&self) -> Vec<Ask> {
        vec![
            self.protected(),
            in_cookie("GET", "/protected", "access_token_cookie", &self.access),
            Ask::get("/sessions"),
        ]
    }

    /// The requests that change something, in the same two forms.
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

/// Sends the token as a browser and a page's script do.
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

/// Sends all requests at once, each from its own client.
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
