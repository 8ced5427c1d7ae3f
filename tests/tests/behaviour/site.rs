//! A site with sessions, on every framework, with tokens in the header field or in cookies, and its clients.

use std::time::{Duration, UNIX_EPOCH};

use http::Method;
use jwt_core::{Config, JwtManager, JwtManagerBuilder, Location, Policy};
use jwt_test::{FailingStore, FakeClock};
use jwt_tests::{Answer, App, Ask, EVERY, Extractor, FRAMEWORKS, Protect, Route, Server, Verb};
use serde_json::{Map, Value};

use crate::support::SECRET;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

type Routes = dyn Fn(&JwtManager, &FailingStore) -> Vec<Route>;

/// The parts of a site.
pub(crate) struct Setup {
    config: Config,
    build: Box<dyn Fn(JwtManagerBuilder) -> JwtManagerBuilder>,
    routes: Box<Routes>,
    renewal: Option<Duration>,
    stored: bool,
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self {
            config: Config::default(),
            build: Box::new(|builder| builder),
            routes: Box::new(|_, _| Vec::new()),
            renewal: None,
            stored: true,
        }
    }

    pub(crate) fn config(mut self, change: impl FnOnce(Config) -> Config) -> Self {
        self.config = change(self.config);
        self
    }

    pub(crate) fn build(mut self, build: impl Fn(JwtManagerBuilder) -> JwtManagerBuilder + 'static) -> Self {
        self.build = Box::new(build);
        self
    }

    /// Adds routes in front of those that every site has.
    pub(crate) fn routes(
        mut self,
        routes: impl Fn(&JwtManager, &FailingStore) -> Vec<Route> + 'static,
    ) -> Self {
        self.routes = Box::new(routes);
        self
    }

    pub(crate) fn renewing(mut self, within: Duration) -> Self {
        self.renewal = Some(within);
        self
    }

    pub(crate) fn without_store(mut self) -> Self {
        self.stored = false;
        self
    }

    /// Runs the test with tokens in the header field, and with tokens in cookies.
    pub(crate) fn on_every_site(&self, test: impl Fn(&Site)) {
        self.with_tokens_in(Location::Header, &test);
        self.with_tokens_in(Location::Cookie, &test);
    }

    /// Runs the test on each framework, and on warp with its layer, each time with a new store.
    pub(crate) fn with_tokens_in(&self, place: Location, test: impl Fn(&Site)) {
        let [.., warp] = FRAMEWORKS;
        let plain = EVERY.map(|framework| (framework, false));
        for (framework, layered) in plain.into_iter().chain([(warp, true)]) {
            let name = format!("{framework:?}, tokens in {place:?}, a layer: {layered}");
            let (clock, store) = (clock(), FailingStore::default());
            let builder = JwtManager::builder(self.config.clone().token_location([place]));
            let mut builder = (self.build)(builder.secret(SECRET).clock(clock.reader()));
            if self.stored {
                builder = builder.session_store(store.clone());
            }
            let jwt = builder.build().unwrap();
            let app = App {
                layer: layered.then(|| jwt.clone()),
                renewal: self.renewal.map(|demand| Protect { jwt: jwt.clone(), demand }),
                ..App::new((self.routes)(&jwt, &store).into_iter().chain(routes(&jwt)))
            };
            let server = framework.serve(app);
            test(&Site { name, server, jwt, clock, store, in_cookies: place == Location::Cookie });
        }
    }
}

fn routes(jwt: &JwtManager) -> [Route; 9] {
    [
        Route::post("/login").answering_auth(jwt, Verb::Login),
        Route::post("/refresh").answering_auth(jwt, Verb::Rotate),
        Route::post("/refresh/admin").answering_auth(jwt, Verb::RotateKeeping(&["role"])),
        Route::post("/logout").answering_auth(jwt, Verb::LogOut),
        Route::post("/logout/all").answering_auth(jwt, Verb::LogOutEverywhere),
        Route::new("/me", &[Method::GET, Method::POST]).extracting(jwt, Extractor::Access),
        Route::get("/guarded").guarded(jwt, Policy::access()),
        Route::get("/fresh").extracting(jwt, Extractor::Fresh),
        Route::get("/public"),
    ]
}

/// A running site.
pub(crate) struct Site {
    name: String,
    server: Server,
    pub(crate) jwt: JwtManager,
    pub(crate) clock: FakeClock,
    pub(crate) store: FailingStore,
    pub(crate) in_cookies: bool,
}

/// The tokens that a client received, in a body or in cookies.
#[derive(Clone, Default)]
pub(crate) struct Device {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) access_csrf: String,
    pub(crate) refresh_csrf: String,
}

impl Device {
    /// Keeps the tokens in a response.
    pub(crate) fn take(&mut self, answer: &Answer) {
        let body = answer.json();
        for (name, place) in [("access_token", &mut self.access), ("refresh_token", &mut self.refresh)] {
            if let Some(token) = body[name].as_str() {
                *place = token.into();
            }
        }
        for field in set_cookies(answer) {
            let (name, value) = field.split(';').next().unwrap().split_once('=').unwrap();
            let place = match name {
                "access_token_cookie" => &mut self.access,
                "refresh_token_cookie" => &mut self.refresh,
                "csrf_access_token" => &mut self.access_csrf,
                "csrf_refresh_token" => &mut self.refresh_csrf,
                other => panic!("a cookie {other}"),
            };
            *place = value.into();
        }
    }
}

impl Site {
    /// Sends a request with one token, in the header field or in a cookie.
    fn send(&self, ask: Ask, device: &Device, token: &str, csrf: &str) -> Answer {
        self.server.ask(if self.in_cookies {
            let cookies =
                [("access_token_cookie", &device.access), ("refresh_token_cookie", &device.refresh)];
            let cookies = cookies.into_iter().filter(|(_, value)| !value.is_empty());
            let cookies: Vec<_> = cookies.map(|(name, value)| format!("{name}={value}")).collect();
            ask.header("cookie", cookies.join("; ")).header("x-csrf-token", csrf)
        } else if token.is_empty() {
            ask
        } else {
            ask.bearer(token)
        })
    }

    pub(crate) fn get(&self, path: &str, device: &Device) -> Answer {
        self.send(Ask::get(path), device, &device.access, "")
    }

    pub(crate) fn post(&self, path: &str, device: &Device) -> Answer {
        self.send(Ask::new("POST", path), device, &device.access, &device.access_csrf)
    }

    /// Sends the same request with the refresh token.
    pub(crate) fn post_refresh(&self, path: &str, device: &Device) -> Answer {
        self.send(Ask::new("POST", path), device, &device.refresh, &device.refresh_csrf)
    }

    pub(crate) fn ask(&self, ask: Ask) -> Answer {
        self.server.ask(ask)
    }

    pub(crate) fn log_in(&self) -> Device {
        let mut device = Device::default();
        let answer = self.post("/login", &device);
        assert_eq!(answer.status, 200, "{}", answer.text());
        device.take(&answer);
        device
    }

    /// Exchanges the refresh token, and keeps the new tokens.
    pub(crate) fn refresh(&self, device: &mut Device) {
        let answer = self.post_refresh("/refresh", device);
        assert_eq!(answer.status, 200, "{}", answer.text());
        device.take(&answer);
    }

    /// Returns a device with these tokens, which did not come from a login.
    pub(crate) fn device(&self, access: String, refresh: String) -> Device {
        let csrf = |token: &str| {
            self.claims(token).get("csrf").and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (access_csrf, refresh_csrf) = (csrf(&access), csrf(&refresh));
        Device { access, refresh, access_csrf, refresh_csrf }
    }

    pub(crate) fn claims(&self, token: &str) -> Map<String, Value> {
        self.jwt.decode_allow_expired(token).unwrap().claims()
    }
}

impl Drop for Site {
    /// Says which site a failed test was about.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.name);
        }
    }
}

pub(crate) fn set_cookies(answer: &Answer) -> Vec<&str> {
    answer.headers.get_all("set-cookie").iter().map(|field| field.to_str().unwrap()).collect()
}

/// A clock that shows a time in 2027.
pub(crate) fn clock() -> FakeClock {
    FakeClock::new(UNIX_EPOCH + Duration::from_secs(1_800_000_000))
}
