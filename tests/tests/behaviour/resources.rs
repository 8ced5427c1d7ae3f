//! Protected resources (RFC 9728), and rules that read the body, on every framework.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use jwt_core::mcp::ToolScopes;
use jwt_core::{Config, JwtManager, Policy, RequestInfo, Rule, Token, Verdict};
use jwt_test::FakeClock;
use jwt_tests::{App, Ask, Extractor, Route, Verb};
use serde_json::json;

use crate::support::{SECRET, manager, on_every};

const TOOLS: ToolScopes = ToolScopes::new(&[("list", &[]), ("delete", &["write"])]).max_body_bytes(1000);
const MCP: Policy = Policy::access().scopes(&["read"]).rule(&TOOLS);
const PATH: &str = "/.well-known/oauth-protected-resource/mcp";

fn resource() -> JwtManager {
    let config = Config::default()
        .resource("https://api.example.com/mcp")
        .authorization_servers(["https://login.example"])
        .scopes_supported(["read", "write"]);
    JwtManager::builder(config).secret(SECRET).build().unwrap()
}

fn app(jwt: &JwtManager) -> App {
    let get = Route::get("/mcp").extracting(jwt, Extractor::Access);
    let mut app = App::new([get, Route::post("/mcp").guarded(jwt, MCP)]);
    app.metadata = Some(jwt.clone());
    app.layer = Some(jwt.clone());
    app.layer_reads = Some(1000);
    app
}

fn fields(headers: &HeaderMap) -> Vec<String> {
    let fields = headers.iter().filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()));
    let mut fields: Vec<String> =
        fields.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    fields.sort();
    fields
}

#[test]
fn the_metadata_is_public_and_the_same_on_every_framework() {
    let jwt = resource();
    let document = json!({
        "resource": "https://api.example.com/mcp",
        "authorization_servers": ["https://login.example"],
        "scopes_supported": ["read", "write"],
        "bearer_methods_supported": ["header"],
    });
    on_every(
        || app(&jwt),
        |server, framework| {
            let get = server.ask(Ask::get(PATH));
            assert_eq!((get.status.as_u16(), get.json()), (200, document.clone()), "{framework:?}");
            assert_eq!(
                fields(&get.headers),
                [
                    "access-control-allow-origin: *",
                    "cache-control: public, max-age=3600",
                    "content-type: application/json",
                ],
                "{framework:?}"
            );
            // A token, even a bad one, makes no difference.
            assert_eq!(server.ask(Ask::get(PATH).bearer("x.y.z")).json(), document, "{framework:?}");
            let head = server.ask(Ask::new("HEAD", PATH));
            assert_eq!((head.status.as_u16(), head.text()), (200, String::new()), "{framework:?}");
            assert_eq!(head.headers["content-length"], get.headers["content-length"], "{framework:?}");
            let preflight = server.ask(Ask::new("OPTIONS", PATH));
            assert_eq!(preflight.status, 204, "{framework:?}");
            assert_eq!(preflight.headers["access-control-allow-headers"], "*", "{framework:?}");
            let post = server.ask(Ask::new("POST", PATH));
            assert_eq!(
                (post.status.as_u16(), &post.headers["allow"]),
                (405, &"GET, HEAD, OPTIONS".parse().unwrap())
            );
            for other in
                ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp/x"]
            {
                assert_eq!(server.ask(Ask::get(other)).status, 404, "{framework:?} {other}");
            }
        },
    );
}

#[test]
fn a_401_says_where_to_get_a_token_whatever_the_host_field_says() {
    let jwt = resource();
    on_every(
        || app(&jwt),
        |server, framework| {
            let said =
                |answer: &jwt_tests::Answer| answer.headers["www-authenticate"].to_str().unwrap().to_owned();
            let metadata = format!("resource_metadata=\"https://api.example.com{PATH}\"");
            let none = server.ask(Ask::new("POST", "/mcp").header("x-forwarded-host", "evil.example"));
            assert_eq!(none.status, 401, "{framework:?}");
            assert_eq!(said(&none), format!("Bearer scope=\"read\", {metadata}"), "{framework:?}");
            let invalid = server.ask(Ask::get("/mcp").bearer("x.y.z"));
            assert_eq!(invalid.status, 401, "{framework:?}");
            assert!(said(&invalid).ends_with(&metadata), "{framework:?}");
            let other = jwt.access_token("alice").audience("https://api.example.com/other").encode().unwrap();
            assert_eq!(server.ask(Ask::get("/mcp").bearer(&other)).status, 401, "{framework:?}");
            let good = jwt.access_token("alice").encode().unwrap();
            assert_eq!(server.ask(Ask::get("/mcp").bearer(&good)).status, 200, "{framework:?}");
            let query = server.ask(Ask::get(&format!("/mcp?jwt={good}&access_token={good}")));
            assert_eq!(query.status, 401, "{framework:?}");
        },
    );
}

fn call(tool: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{{}}}}}}"#
    )
}

#[test]
fn a_guard_reads_the_name_of_a_tool_from_the_body() {
    let jwt = resource();
    let token = |scopes: &[&str]| jwt.access_token("alice").scopes(scopes).encode().unwrap();
    on_every(
        || app(&jwt),
        |server, framework| {
            let post = |scopes: &[&str], body: String| {
                server.ask(
                    Ask::new("POST", "/mcp")
                        .bearer(&token(scopes))
                        .header("content-type", "application/json")
                        .body(body),
                )
            };
            assert_eq!(post(&["read"], call("list")).status, 200, "{framework:?}");
            assert_eq!(post(&["read", "write"], call("delete")).status, 200, "{framework:?}");
            for (scopes, tool) in [(["read"], "delete"), (["write"], "delete")] {
                let answer = post(&scopes, call(tool));
                assert_eq!(answer.status, 403, "{framework:?}");
                let said = answer.headers["www-authenticate"].to_str().unwrap();
                assert!(said.contains("scope=\"read write\""), "{framework:?} {said}");
            }
            assert_eq!(post(&["read", "write"], call("drop")).status, 403, "{framework:?}");
            assert_eq!(post(&["read", "write"], format!("[{}]", call("list"))).status, 400, "{framework:?}");
            assert_eq!(post(&["read"], call(&"x".repeat(2000))).status, 413, "{framework:?}");
            // Only the body counts.
            let trick = Ask::new("POST", "/mcp").bearer(&token(&["read"])).header("mcp-name", "list");
            assert_eq!(
                server.ask(trick.header("content-type", "application/json").body(call("delete"))).status,
                403,
                "{framework:?}"
            );
        },
    );
}

#[test]
fn the_handler_still_gets_the_body() {
    let jwt = JwtManager::builder(Config::default())
        .secret(SECRET)
        .session_store(jwt_core::session::MemorySessions::new())
        .user_lookup_loader(|_| async { Some(1_u8) })
        .build()
        .unwrap();
    let has_token =
        |_: &Token, request: &RequestInfo| request.body().is_some_and(|body| body.starts_with(b"{"));
    let policy = Policy::access().with_rule(Reading(has_token));
    let app = || {
        let mut app = App::new([
            Route::post("/login").answering_auth(&jwt, Verb::Login),
            Route::post("/refresh").guarded(&jwt, policy.clone()).answering_auth(&jwt, Verb::RotateToken),
        ]);
        app.layer = Some(jwt.clone());
        app.layer_reads = Some(4096);
        app
    };
    on_every(app, |server, framework| {
        let pair = server.ask(Ask::new("POST", "/login")).json();
        let post = |body: String| {
            server.ask(Ask::new("POST", "/refresh").bearer(pair["access_token"].as_str().unwrap()).body(body))
        };
        assert_eq!(post("[]".to_owned()).status, 403, "{framework:?}");
        let refreshed = post(json!({ "token": pair["refresh_token"] }).to_string());
        assert_eq!(refreshed.status, 200, "{framework:?} {}", refreshed.text());
    });
}

#[test]
fn a_token_that_expires_while_its_body_arrives_is_rejected() {
    for framework in jwt_tests::FRAMEWORKS.into_iter().filter(|framework| framework.name != "warp") {
        let (clock, (checked, passed_first)) = (FakeClock::new(SystemTime::now()), mpsc::channel());
        let checked = Mutex::new(checked);
        let jwt = JwtManager::builder(Config::default())
            .secret(SECRET)
            .clock(clock.reader())
            .token_in_blocklist_loader(move |_| {
                let _ = checked.lock().unwrap().send(());
                async { false }
            })
            .build()
            .unwrap();
        let token = jwt.access_token("alice").encode().unwrap();
        let policy = Policy::access().rule(&TOOLS);
        let server = framework.serve(App::new([Route::post("/").guarded(&jwt, policy)]));
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let body = call("list");
        let head = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\nAuthorization: Bearer {token}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        passed_first.recv().unwrap();
        clock.advance(Duration::from_secs(24 * 60 * 60));
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 401 "), "{framework:?} {answer}");
    }
}

/// A rule that reads the body.
struct Reading<F>(F);

impl<F: Fn(&Token, &RequestInfo) -> bool + Send + Sync + 'static> Rule for Reading<F> {
    fn check(&self, token: &Token, request: &RequestInfo) -> Verdict {
        self.0(token, request).into()
    }

    fn body_limit(&self) -> Option<usize> {
        Some(4096)
    }
}

#[test]
fn a_rule_that_reads_the_body_needs_a_guard_that_reads_it() {
    let jwt = resource();
    let token = jwt.access_token("alice").scopes(["read"]).encode().unwrap();
    let unread = || {
        let mut app = app(&jwt);
        app.layer = None;
        app
    };
    let warp = jwt_tests::FRAMEWORKS.into_iter().find(|framework| framework.name == "warp").unwrap();
    let server = warp.serve(unread());
    let answer = server.ask(
        Ask::new("POST", "/mcp").bearer(&token).header("content-type", "application/json").body(call("list")),
    );
    assert_eq!(answer.status, 500);
}

#[test]
fn actix_and_warp_know_the_peer() {
    let jwt = manager();
    let from_here =
        |_: &Token, request: &RequestInfo| request.peer_addr().is_some_and(|peer| peer.ip().is_loopback());
    let policy = Policy::access().with_rule(from_here);
    on_every(
        || App::new([Route::get("/").guarded(&jwt, policy.clone())]),
        |server, framework| {
            let token = jwt.access_token("alice").encode().unwrap();
            // Elsewhere, a middleware has to insert it.
            let expected = if ["actix", "warp"].contains(&framework.name) { 200 } else { 403 };
            assert_eq!(server.ask(Ask::get("/").bearer(&token)).status, expected, "{framework:?}");
        },
    );
}

#[test]
fn the_rule_of_a_manager_sees_the_request_of_an_exchange() {
    let jwt = JwtManager::builder(Config::default())
        .secret(SECRET)
        .session_store(jwt_core::session::MemorySessions::new())
        .token_verification_rule(|_: &Token, request: &RequestInfo| {
            request.peer_addr().is_none_or(|peer| peer.ip().is_loopback())
                && request.header("x-network") == Some("lan")
        })
        .build()
        .unwrap();
    let app = || {
        App::new([
            Route::post("/login").answering_auth(&jwt, Verb::Login),
            Route::post("/refresh").answering_auth(&jwt, Verb::Rotate),
            Route::get("/me").extracting(&jwt, Extractor::Access),
        ])
    };
    on_every(app, |server, framework| {
        let pair = server.ask(Ask::new("POST", "/login")).json();
        let (access, refresh) =
            (pair["access_token"].as_str().unwrap(), pair["refresh_token"].as_str().unwrap());
        assert_eq!(server.ask(Ask::get("/me").bearer(access)).status, 400, "{framework:?}");
        assert_eq!(
            server.ask(Ask::get("/me").bearer(access).header("x-network", "lan")).status,
            200,
            "{framework:?}"
        );
        assert_eq!(server.ask(Ask::new("POST", "/refresh").bearer(refresh)).status, 400, "{framework:?}");
        let lan = Ask::new("POST", "/refresh").bearer(refresh).header("x-network", "lan");
        assert_eq!(server.ask(lan).status, 200, "{framework:?}");
    });
}
