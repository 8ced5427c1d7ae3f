//! Guards read bodies for cookies that are not tokens, and did not see a second token in the body.

use http::Method;
use jwt_core::{Config, JwtManager, Location, Policy};
use jwt_tests::{App, Ask, FRAMEWORKS, Route, Server};

use crate::Attack;
use crate::support::SECRET;

pub(crate) const UNREAD: Attack = Attack {
    name: "S16",
    tried: "large forms with cookies that are not tokens, which a guard must not read",
    on: "axum, actix-web, warp with and without its layer",
    run: unread,
};

pub(crate) const SECOND: Attack = Attack {
    name: "S16",
    tried: "a token in the header or the query and another one in the JSON body",
    on: "axum, actix-web, warp with its layer",
    run: second,
};

const LIMIT: usize = 1000;
const POST: [Method; 1] = [Method::POST];

/// Serves a guarded route on each framework. Guards of warp read bodies with the layer only.
fn on_every(config: &Config, policy: &Policy, test: impl Fn(&JwtManager, &Server, &str)) {
    let jwt = JwtManager::builder(config.clone().buffered_body(LIMIT)).secret(SECRET).build().unwrap();
    let [.., warp] = FRAMEWORKS;
    let plain = FRAMEWORKS.map(|framework| (framework, false));
    for (framework, layered) in plain.into_iter().chain([(warp, true)]) {
        let app = App::new([Route::new("/x", &POST).guarded(&jwt, policy.clone())]);
        let server = framework.serve(App { layer: layered.then(|| jwt.clone()), ..app });
        let name = format!("{}{}", framework.name, if layered { " with its layer" } else { "" });
        test(&jwt, &server, &name);
    }
}

fn unread() {
    let config = Config::default().token_location([Location::Cookie]).csrf_check_form(true);
    on_every(&config, &Policy::access(), |jwt, server, name| {
        let long = format!("{}.b.c", "a".repeat(20_000));
        for (cookie, status) in [
            ("=x", 401),
            ("access_token_cookie=", 401),
            ("access_token_cookie=x", 422),
            ("access_token_cookie=a.b", 422),
            ("access_token_cookie=a.b.c.d", 422),
            (&*format!("access_token_cookie={long}"), 422),
        ] {
            let form = Ask::new("POST", "/x").header("content-type", "application/x-www-form-urlencoded");
            let answer = server.ask(form.header("cookie", cookie).body("a=".repeat(10 * LIMIT)));
            let cookie = &cookie[..cookie.len().min(40)];
            assert_eq!(answer.status.as_u16(), status, "{name}: {cookie}: {}", answer.text());
        }
        // A token is worth it, up to the limit.
        if name != "warp" {
            let token = jwt.access_token("alice").encode().unwrap();
            let csrf = jwt.decode(&token).unwrap().csrf().unwrap();
            for (padding, status) in [(0, 200), (10 * LIMIT, 413)] {
                let form = Ask::new("POST", "/x").header("content-type", "application/x-www-form-urlencoded");
                let form = form.header("cookie", format!("access_token_cookie={token}"));
                let answer = server.ask(form.body(format!("csrf_token={csrf}&a={}", "x".repeat(padding))));
                assert_eq!(answer.status.as_u16(), status, "{name}: {padding}");
            }
        }
    });
}

fn second() {
    let config =
        || Config::default().token_location([Location::Header, Location::QueryString, Location::Json]);
    on_every(&config(), &Policy::access(), |jwt, server, name| {
        if name == "warp" {
            return; // Without the layer, nothing reads the body.
        }
        let token = jwt.access_token("alice").encode().unwrap();
        let other = jwt.access_token("mallory").encode().unwrap();
        let json = |ask: Ask, body: String| {
            server.ask(ask.header("content-type", "application/json").body(body)).status.as_u16()
        };
        let header = || Ask::new("POST", "/x").bearer(&token);
        let query = || Ask::new("POST", &format!("/x?jwt={token}"));
        for body in [&other, &token, "a.b.c"] {
            let body = format!(r#"{{"access_token":"{body}"}}"#);
            assert_eq!(json(header(), body.clone()), 400, "{name}: {body}");
            assert_eq!(json(query(), body.clone()), 400, "{name}: {body}");
        }
        assert_eq!(json(Ask::new("POST", "/x"), format!(r#"{{"access_token":"{token}"}}"#)), 200, "{name}");
        for body in ["{}", r#"{"note":"no token"}"#, ""] {
            assert_eq!(json(header(), body.into()), 200, "{name}: {body}");
            assert_eq!(json(query(), body.into()), 200, "{name}: {body}");
        }
        let padded = format!(r#"{{"a":"{}","access_token":"{other}"}}"#, "x".repeat(10 * LIMIT));
        assert_eq!(json(header(), padded.clone()), 200, "{name}: a body that is too large to be looked at");
        assert_eq!(json(Ask::new("POST", "/x"), padded), 413, "{name}: a token can only be in the body");
        assert_eq!(server.ask(header()).status, 200, "{name}: no body");
    });
    // A route that does not look into bodies, and a manager that takes the first token.
    let header = Policy::access().locations(&[Location::Header]);
    let lenient = config().first_token_wins(true);
    for (config, policy) in [(config(), header), (lenient, Policy::access())] {
        on_every(&config, &policy, |jwt, server, name| {
            let token = jwt.access_token("alice").encode().unwrap();
            let ask = Ask::new("POST", "/x").bearer(&token).header("content-type", "application/json");
            let body = format!(r#"{{"a":"{}","access_token":"{token}"}}"#, "x".repeat(10 * LIMIT));
            assert_eq!(server.ask(ask.body(body)).status, 200, "{name}");
        });
    }
}
