//! An application with sessions in cookies, and its pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Method, Response};
use jwt_core::session::MemorySessions;
use jwt_core::{Config, JwtManager, Location, Policy};
use jwt_tests::{App, Cors, Extractor, Framework, Route, Seen, Server, Verb};

/// The secret on the guarded page.
pub(crate) const SECRET_TEXT: &str = "the balance of alice";

/// A running application on `app.site.localhost`. Browsers resolve such names to the loopback interface and treat them
/// as secure, so `Secure` cookies work without TLS. `evil.site.localhost` belongs to the same site.
pub(crate) struct Site {
    server: Server,
    pub(crate) jwt: JwtManager,
    /// How often a handler of a WebSocket has run.
    pub(crate) handshakes: Arc<AtomicUsize>,
    passed: Arc<AtomicU64>,
}

impl Site {
    pub(crate) fn start(framework: &Framework) -> Self {
        Self::with(framework, |config| config)
    }

    pub(crate) fn with(framework: &Framework, change: impl FnOnce(Config) -> Config) -> Self {
        Self::with_cors(framework, None, change)
    }

    /// Starts an application with a CORS layer outside the guards.
    pub(crate) fn with_cors(
        framework: &Framework,
        cors: Option<Cors>,
        change: impl FnOnce(Config) -> Config,
    ) -> Self {
        let config = change(Config::default().token_location([Location::Cookie]));
        let passed = Arc::new(AtomicU64::new(0));
        let time = Arc::clone(&passed);
        let jwt = JwtManager::builder(config)
            .secret("zs3h1y0cX1vVt6Jr7Q5mGkq8oPb2LwNd")
            .session_store(MemorySessions::new())
            .clock(move || SystemTime::now() + Duration::from_secs(time.load(Ordering::SeqCst)))
            .build()
            .expect("a manager");
        let handshakes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&handshakes);
        let count = move |_: &Seen| {
            counted.fetch_add(1, Ordering::SeqCst);
            page("")
        };
        let app = App::new([
            Route::get("/").answering(|_| page(SCRIPTS)),
            Route::get("/account")
                .guarded(&jwt, Policy::access())
                .answering(|_| page(&format!("{SECRET_TEXT}{SCRIPTS}"))),
            Route::new("/notes", &[Method::GET, Method::POST]).guarded(&jwt, Policy::access()),
            Route::get("/socket").guarded(&jwt, Policy::access()).answering(count.clone()),
            Route::get("/socket/extracting").extracting(&jwt, Extractor::Access).answering(count),
            Route::new("/me", &[Method::GET, Method::POST]).extracting(&jwt, Extractor::Access),
            Route::post("/login").answering_auth(&jwt, Verb::Login),
            Route::post("/refresh").answering_auth(&jwt, Verb::Rotate),
            Route::post("/logout").answering_auth(&jwt, Verb::LogOut),
        ]);
        Self { server: framework.serve(App { cors, ..app }), jwt, handshakes, passed }
    }

    /// Moves the clock of the application.
    pub(crate) fn pass(&self, time: Duration) {
        self.passed.fetch_add(time.as_secs(), Ordering::SeqCst);
    }

    pub(crate) const fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// An address on the host `name`, such as `app.site.localhost`.
    pub(crate) fn url(&self, name: &str, path: &str) -> String {
        format!("http://{name}:{}{path}", self.port())
    }

    /// An address of the application.
    pub(crate) fn app(&self, path: &str) -> String {
        self.url("app.site.localhost", path)
    }
}

pub(crate) fn page(body: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(format!("<!doctype html><body>{body}</body>")));
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// What a page of the application does. `post` reads the CSRF value immediately before the request, as a page should.
/// `call` returns what the page can read of a response, or the error.
const SCRIPTS: &str = "<script>
    const cookie = name => document.cookie.split('; ').map(pair => pair.split('=')).find(pair => pair[0] === name)?.[1] ?? '';
    const post = async (path, csrf) => (await fetch(path, {method: 'POST', headers: {'X-CSRF-TOKEN': csrf}})).status;
    const login = () => post('/login', '');
    const save = () => post('/me', cookie('csrf_access_token'));
    const refresh = () => post('/refresh', cookie('csrf_refresh_token'));
    const refreshes = async () => {
        for (let number = 0; number < 4; number++) {
            const status = await refresh();
            if (status !== 200) return status;
        }
        return 200;
    };
    const logout = () => post('/logout', cookie('csrf_access_token'));
    const call = async (url, options) => {
        try {
            const response = await fetch(url, options);
            return [response.status, await response.json(), response.headers.get('WWW-Authenticate')];
        } catch (error) {
            return String(error);
        }
    };
    const me = async () => (await fetch('/me')).status;
</script>";
