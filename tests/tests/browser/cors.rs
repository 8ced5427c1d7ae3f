//! Pages of one origin that call an API of another one. The CORS layer is outside the guards.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jwt_core::Location;
use jwt_tests::{Cors, FRAMEWORKS};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::driver::Browser;
use crate::site::Site;

/// The page cannot read anything, not even the status.
const HIDDEN: &str = "TypeError: Failed to fetch";
const EXPIRED: &str = r#"Bearer error="invalid_token", error_description="The token has expired""#;

/// Forwards connections to an API, and keeps what the browser sends.
struct Wire {
    port: u16,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Wire {
    async fn to(api: &Site) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("the port").port();
        let sent = Arc::default();
        tokio::spawn(Self::accept(listener, api.port(), Arc::clone(&sent)));
        Self { port, sent }
    }

    async fn accept(listener: TcpListener, to: u16, sent: Arc<Mutex<Vec<u8>>>) {
        while let Ok((browser, _)) = listener.accept().await {
            let api = TcpStream::connect(("127.0.0.1", to)).await.expect("the API");
            let (from_browser, mut to_browser) = browser.into_split();
            let (mut from_api, to_api) = api.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut from_api, &mut to_browser).await });
            tokio::spawn(Self::keep(from_browser, to_api, Arc::clone(&sent)));
        }
    }

    async fn keep(mut browser: OwnedReadHalf, mut api: OwnedWriteHalf, sent: Arc<Mutex<Vec<u8>>>) {
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = browser.read(&mut bytes).await {
            sent.lock().expect("no panic").extend(&bytes[..length]);
            api.write_all(&bytes[..length]).await.expect("the API");
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://app.site.localhost:{}{path}", self.port)
    }

    /// Returns the heads of the requests since the last call, in lower case. They do not have bodies.
    fn requests(&self) -> Vec<String> {
        let sent = std::mem::take(&mut *self.sent.lock().expect("no panic"));
        let sent = String::from_utf8(sent).expect("text").to_ascii_lowercase();
        sent.split_terminator("\r\n\r\n").map(Into::into).collect()
    }
}

/// Asserts that the browser sent a preflight for a path, and no preflight with a token. Returns the number of other
/// requests.
fn others_after_preflights(requests: &[String], path: &str) -> usize {
    let (preflights, others): (Vec<_>, Vec<_>) =
        requests.iter().partition(|request| request.starts_with("options "));
    assert!(
        preflights.iter().any(|request| request.starts_with(&format!("options {path} "))),
        "{requests:?}"
    );
    for preflight in preflights {
        for field in ["\r\nauthorization:", "\r\ncookie:"] {
            assert!(!preflight.contains(field), "{preflight}");
        }
    }
    others.len()
}

fn origin(pages: &Site) -> String {
    pages.app("")
}

#[test]
fn a_page_of_another_origin_reads_the_answers_to_its_header_field() {
    for framework in FRAMEWORKS {
        let pages = Site::start(&framework);
        let cors = Some(Cors::new(&origin(&pages)));
        let api = Site::with_cors(&framework, cors, |config| config.token_location([Location::Header]));
        Browser::run(async |browser: &Browser| {
            let wire = Wire::to(&api).await;
            browser.open(&pages.app("/")).await;
            let ask = async |method: &str, path: &str, token: Option<&str>| {
                let fields =
                    token.map_or_else(|| "{}".into(), |token| format!("{{Authorization: 'Bearer {token}'}}"));
                let url = wire.url(path);
                let call = format!("return await call('{url}', {{method: '{method}', headers: {fields}}})");
                browser.script(&call).await
            };
            let pair = ask("POST", "/login", None).await;
            assert_eq!(pair[0], 200, "{framework:?}: {pair}");
            let token = pair[1]["access_token"].as_str().expect("a token").to_owned();
            let missing = json!([401, { "msg": "Missing Authorization Header" }, "Bearer"]);
            let good = json!([200, { "identity": "alice" }, null]);
            let expired = json!([401, { "msg": "Token has expired" }, EXPIRED]);
            wire.requests();
            for path in ["/notes", "/me"] {
                for method in ["GET", "POST"] {
                    let name = format!("{framework:?}: {method} {path}");
                    assert_eq!(ask(method, path, None).await, missing, "{name}");
                    assert_eq!(ask(method, path, Some(&token)).await, good, "{name}");
                }
                assert_eq!(others_after_preflights(&wire.requests(), path), 4, "{framework:?}: {path}");
            }
            api.pass(Duration::from_secs(16 * 60));
            for path in ["/notes", "/me"] {
                for method in ["GET", "POST"] {
                    let name = format!("{framework:?}: {method} {path}");
                    assert_eq!(ask(method, path, Some(&token)).await, expired, "{name}");
                }
            }
            let unknown = ask("GET", "/notes", Some("a.b.c")).await;
            assert_eq!(unknown[0], 422, "{framework:?}: {unknown}");
        });
    }
}

#[test]
fn a_page_of_another_origin_reads_the_answers_to_its_cookies() {
    for framework in FRAMEWORKS {
        let pages = Site::start(&framework);
        let origin = origin(&pages);
        let api = Site::with_cors(&framework, Some(Cors::new(&origin)), |config| {
            config.csrf_check_origin(true).csrf_trusted_origins([&*origin])
        });
        Browser::run(async |browser: &Browser| {
            let wire = Wire::to(&api).await;
            browser.open(&pages.app("/")).await;
            let ask = async |method: &str, path: &str, csrf: &str| {
                let fields = match csrf {
                    "" => "{}".into(),
                    name => format!("{{'X-CSRF-TOKEN': cookie('{name}')}}"),
                };
                let url = wire.url(path);
                let options = format!("{{method: '{method}', headers: {fields}, credentials: 'include'}}");
                browser.script(&format!("return await call('{url}', {options})")).await
            };
            let (access, refresh) = ("csrf_access_token", "csrf_refresh_token");
            let name = format!("{framework:?}");
            let good = json!([200, { "identity": "alice" }, null]);
            let missing = json!([401, { "msg": "Missing cookie \"access_token_cookie\"" }, "Bearer"]);
            let expired = json!([401, { "msg": "Token has expired" }, EXPIRED]);
            assert_eq!(ask("GET", "/notes", "").await, missing, "{name}");
            assert_eq!(ask("POST", "/login", "").await[0], 200, "{name}");
            for path in ["/notes", "/me"] {
                assert_eq!(ask("GET", path, "").await, good, "{name}");
                let without = ask("POST", path, "").await;
                assert_eq!(
                    (&without[0], &without[1]["msg"]),
                    (&json!(401), &json!("Missing CSRF token")),
                    "{name}"
                );
                wire.requests();
                assert_eq!(ask("POST", path, access).await, good, "{name}");
                assert_eq!(others_after_preflights(&wire.requests(), path), 1, "{name}");
            }
            // By default, the browser does not send the cookies to another origin.
            let script = format!("return await call('{}')", wire.url("/notes"));
            assert_eq!(browser.script(&script).await, missing, "{name}");
            api.pass(Duration::from_secs(16 * 60));
            for path in ["/notes", "/me"] {
                assert_eq!(ask("GET", path, "").await, expired, "{name}");
                assert_eq!(ask("POST", path, access).await, expired, "{name}");
            }
            assert_eq!(ask("POST", "/refresh", refresh).await[0], 200, "{name}");
            assert_eq!(ask("POST", "/notes", access).await, good, "{name}");
            assert_eq!(ask("POST", "/logout", access).await[0], 200, "{name}");
            assert_eq!(ask("GET", "/notes", "").await, missing, "{name}");
        });
    }
}

#[test]
fn without_the_right_layer_the_page_reads_nothing() {
    for framework in FRAMEWORKS {
        let (pages, stranger) = (Site::start(&framework), Site::start(&framework));
        let cors = Cors::new(&origin(&pages));
        let serve = |cors| {
            Site::with_cors(&framework, cors, |config| {
                config.token_location([Location::Cookie, Location::Header])
            })
        };
        let right = serve(Some(cors.clone()));
        let nothing_exposed = serve(Some(Cors { exposed: Vec::new(), ..cors.clone() }));
        let nothing_allowed = serve(Some(Cors { allowed: Vec::new(), ..cors }));
        let without = serve(None);
        Browser::run(async |browser: &Browser| {
            // A request with the header field, which needs a preflight, and two that do not: with a cookie, and without.
            let ask = async |page: &Site, api: &Site| -> [Value; 3] {
                browser.open(&page.app("/")).await;
                let (url, token) =
                    (api.app("/notes"), api.jwt.access_token("alice").encode().expect("a token"));
                browser.script(&format!("document.cookie = 'access_token_cookie={token}'")).await;
                let call = async |options: String| {
                    browser.script(&format!("return await call('{url}', {options})")).await
                };
                [
                    call(format!("{{headers: {{Authorization: 'Bearer {token}'}}}}")).await,
                    call("{credentials: 'include'}".into()).await,
                    call("{credentials: 'omit'}".into()).await,
                ]
            };
            let good = json!([200, { "identity": "alice" }, null]);
            let missing = "Missing JWT in cookies or headers (Missing cookie \"access_token_cookie\"; \
                 Missing Authorization Header)";
            let missing = |challenge: Option<&str>| json!([401, { "msg": missing }, challenge]);
            let hidden = json!(HIDDEN);
            let all_hidden = [(); 3].map(|()| hidden.clone());
            assert_eq!(
                ask(&pages, &right).await,
                [good.clone(), good.clone(), missing(Some("Bearer"))],
                "{framework:?}"
            );
            assert_eq!(ask(&pages, &without).await, all_hidden, "{framework:?}");
            assert_eq!(ask(&stranger, &right).await, all_hidden, "{framework:?}");
            assert_eq!(
                ask(&pages, &nothing_exposed).await,
                [good.clone(), good.clone(), missing(None)],
                "{framework:?}"
            );
            assert_eq!(
                ask(&pages, &nothing_allowed).await,
                [hidden, good, missing(Some("Bearer"))],
                "{framework:?}"
            );
        });
    }
}
