//! Who may do what: a table of tokens and policies, with the response that every framework gives by guard and by
//! extractor.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, UNIX_EPOCH};

use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::{AuthorityClaim, Config, Issuer, JwtManager, Token};
use jwt_tests::{App, Ask, Extractor, LISTED, PARTNER, Route, listed};
use serde_json::{Map, Value, json};

use crate::support::{on_every, signed, signed_with};

const NOW: u64 = 1_893_456_000;
const SECRET_OF_PARTNER: &str = "c2qvM8nYt1rQxW4bZk7LhJp0SdfGeRu3AiOyTNmVXwC9HlDB5sEzKaUo6FPgjI2t";

// The policies, by their numbers in `listed`.
const READ: usize = 0;
const READ_AND_WRITE: usize = 1;
const STAFF: usize = 2;
const ORDERS: usize = 3;
const MIXED: usize = 4;
const STRONG: usize = 5;
const RECENT: usize = 6;
const STRONG_RECENT_READ: usize = 7;
const PARTNER_STAFF: usize = 8;
const OPTIONAL_READ: usize = 9;
const LOG: usize = 10;
const FRESH_STRONG: usize = 11;

/// The expected responses.
enum Expected {
    Passes,
    /// 403, with these scopes in the challenge.
    Scope(&'static str),
    /// 403, with these scopes in the challenge, which are not sufficient.
    Authority(&'static str),
    /// 401 with a challenge that ends in this.
    Login(&'static str),
    /// 422 without a challenge.
    Invalid,
    Revoked,
    Missing,
}
use Expected::{Authority, Invalid, Login, Missing, Passes, Revoked, Scope};

/// The claims of a token in JSON. `iss` is short for the partner's tokens.
fn token(claims: &str) -> String {
    let mut all: Map<String, Value> =
        serde_json::from_value(json!({"sub": "alice", "jti": "1", "type": "access", "exp": NOW + 60}))
            .unwrap();
    all.extend(serde_json::from_str::<Map<String, Value>>(claims).unwrap());
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    let payload = Value::Object(all.clone()).to_string();
    if all.contains_key("iss") {
        signed_with(SECRET_OF_PARTNER, header, &payload)
    } else {
        signed(header, &payload)
    }
}

fn table() -> Vec<(usize, &'static str, Expected)> {
    vec![
        // Scopes: a text or a list, compared exactly.
        (READ, r#"{"scope":"read"}"#, Passes),
        (READ, r#"{"scope":"write read"}"#, Passes),
        (READ, r#"{"scope":["write","read"]}"#, Passes),
        (READ, r#"{}"#, Scope("read")),
        (READ, r#"{"scope":""}"#, Scope("read")),
        (READ, r#"{"scope":"reader Read"}"#, Scope("read")),
        (READ, r#"{"scope":["write read"]}"#, Scope("read")),
        (READ, r#"{"scope":{"read":true}}"#, Scope("read")),
        (READ, r#"{"scope":5}"#, Scope("read")),
        (READ, r#"{"scp":"read","permissions":["read"]}"#, Scope("read")),
        (READ, r#"{"roles":["read"]}"#, Scope("read")),
        (READ_AND_WRITE, r#"{"scope":"write read"}"#, Passes),
        (READ_AND_WRITE, r#"{"scope":"read"}"#, Scope("read write")),
        (READ_AND_WRITE, r#"{"scope":"write"}"#, Scope("read write")),
        (READ_AND_WRITE, r#"{"scope":"editor"}"#, Passes),
        // Roles: never scopes.
        (STAFF, r#"{"roles":["staff"]}"#, Passes),
        (STAFF, r#"{"roles":["x","staff","y"]}"#, Passes),
        (STAFF, r#"{"roles":"x staff"}"#, Passes),
        (STAFF, r#"{}"#, Authority("")),
        (STAFF, r#"{"roles":["Staff"]}"#, Authority("")),
        (STAFF, r#"{"roles":["role:staff"]}"#, Authority("")),
        (STAFF, r#"{"scope":"role:staff staff"}"#, Authority("")),
        (STAFF, r#"{"roles":{"staff":{}}}"#, Authority("")),
        (STAFF, r#"{"roles":[["staff"],5,null]}"#, Authority("")),
        (STAFF, r#"{"role":"staff","groups":["staff"]}"#, Authority("")),
        // One of several.
        (ORDERS, r#"{"scope":"orders:write"}"#, Passes),
        (ORDERS, r#"{"roles":["admin"]}"#, Passes),
        (ORDERS, r#"{"scope":"x","roles":["admin","y"]}"#, Passes),
        (ORDERS, r#"{"scope":"admin orders"}"#, Scope("orders:write")),
        (ORDERS, r#"{"scope":"orders:*"}"#, Scope("orders:write")),
        // All of it, and one of several. One challenge names everything.
        (MIXED, r#"{"scope":"read orders:write","roles":["staff"]}"#, Passes),
        (MIXED, r#"{"scope":"read","roles":["admin","staff"]}"#, Passes),
        (MIXED, r#"{}"#, Authority("read orders:write")),
        (MIXED, r#"{"scope":"read","roles":["staff"]}"#, Authority("read orders:write")),
        (MIXED, r#"{"scope":"read orders:write"}"#, Authority("read orders:write")),
        (MIXED, r#"{"scope":"orders:write","roles":["staff"]}"#, Authority("read orders:write")),
        // The hierarchy.
        (LOG, r#"{"scope":"log"}"#, Passes),
        (LOG, r#"{"scope":"audit"}"#, Passes),
        (LOG, r#"{"roles":["auditor"]}"#, Passes),
        (LOG, r#"{"scope":"auditor role:auditor"}"#, Scope("log")),
        (LOG, r#"{"roles":["audit","log"]}"#, Scope("log")),
        // Step-up.
        (STRONG, r#"{"acr":"phr"}"#, Passes),
        (STRONG, r#"{"acr":"pwd"}"#, Login(r#", acr_values="phrh phr""#)),
        (STRONG, r#"{"acr":["phr"]}"#, Login(r#", acr_values="phrh phr""#)),
        (STRONG, r#"{}"#, Login(r#", acr_values="phrh phr""#)),
        (RECENT, r#"{"auth_time":1893455940}"#, Passes),
        (RECENT, r#"{"auth_time":1893455939}"#, Login(r#", max_age="60""#)),
        (RECENT, r#"{"auth_time":1893456060}"#, Login(r#", max_age="60""#)),
        (RECENT, r#"{"auth_time":"1893455990"}"#, Login(r#", max_age="60""#)),
        (RECENT, r#"{}"#, Login(r#", max_age="60""#)),
        (STRONG_RECENT_READ, r#"{"acr":"phr","auth_time":1893455990,"scope":"read"}"#, Passes),
        (STRONG_RECENT_READ, r#"{"acr":"phr","auth_time":1893455990}"#, Scope("read")),
        (
            STRONG_RECENT_READ,
            r#"{"acr":"phr","scope":"read"}"#,
            Login(r#", acr_values="phr", max_age="300""#),
        ),
        (STRONG_RECENT_READ, r#"{"auth_time":1893455990}"#, Login(r#", acr_values="phr", max_age="300""#)),
        (FRESH_STRONG, r#"{"acr":"phr","fresh":true}"#, Passes),
        (FRESH_STRONG, r#"{"acr":"phr"}"#, Login(r#", acr_values="phr""#)),
        // Tokens of another issuer, with a mapping of their own.
        (PARTNER_STAFF, r#"{"iss":"P","groups":["staff"],"scp":["read"]}"#, Passes),
        (PARTNER_STAFF, r#"{"iss":"P","roles":["staff"],"scp":["read"]}"#, Authority("read")),
        (PARTNER_STAFF, r#"{"iss":"P","groups":["staff"],"scope":"read"}"#, Authority("read")),
        (PARTNER_STAFF, r#"{"roles":["staff"],"scope":"read"}"#, Passes),
        (STAFF, r#"{"iss":"P","groups":["staff"]}"#, Invalid),
        // What is decided before.
        (STAFF, r#"{"jti":"revoked"}"#, Revoked),
        (STAFF, r#"{"jti":"revoked","roles":["staff"]}"#, Revoked),
        (STAFF, r#"{"type":"refresh","roles":["staff"]}"#, Invalid),
        (OPTIONAL_READ, r#"{"scope":"x"}"#, Scope("read")),
        (OPTIONAL_READ, r#"{"scope":"read"}"#, Passes),
        (READ, "", Missing),
        (STRONG_RECENT_READ, "", Missing),
    ]
}

fn manager() -> JwtManager {
    let keys = KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET_OF_PARTNER).unwrap());
    let partner = Issuer::new(PARTNER, keys)
        .kind_claim("type", ["access"])
        .authorities([AuthorityClaim::new("scp"), AuthorityClaim::new("groups").prefix("role:")]);
    let config = Config::default().authority_hierarchy([
        ("editor", vec!["read", "write"]),
        ("role:auditor", vec!["audit"]),
        ("audit", vec!["log"]),
    ]);
    JwtManager::builder(config)
        .secret(crate::support::SECRET)
        .trusted_issuer(partner)
        .token_in_blocklist_loader(|token: Token| async move { token.id() == Some("revoked") })
        .clock(|| UNIX_EPOCH + Duration::from_secs(NOW))
        .build()
        .unwrap()
}

#[test]
fn every_framework_decides_alike_by_guard_and_by_extractor() {
    let jwt = manager();
    let routes = || {
        (0..LISTED).flat_map(|number| {
            let guard = Route::new(&format!("/guard{number}"), &[http::Method::GET, http::Method::POST]);
            let extractor = Route::get(&format!("/extractor{number}"));
            [guard.guarded(&jwt, listed(number)), extractor.extracting(&jwt, Extractor::Listed(number))]
        })
    };
    let table = table();
    assert!(table.len() >= 60);
    on_every(
        || App::new(routes()),
        |server, framework| {
            for (policy, claims, expected) in &table {
                for way in ["guard", "extractor"] {
                    let mut ask = Ask::get(&format!("/{way}{policy}"));
                    if !claims.is_empty() {
                        ask = ask.bearer(&token(
                            &claims.replace(r#""iss":"P""#, &format!("\"iss\":\"{PARTNER}\"")),
                        ));
                    }
                    let answer = server.ask(ask);
                    let scope = |text: &str| {
                        if text.is_empty() { String::new() } else { format!(", scope=\"{text}\"") }
                    };
                    let lacks = |what, names| {
                        Some(format!(
                            "Bearer error=\"insufficient_scope\", error_description=\"The token lacks {what}\"{}",
                            scope(names)
                        ))
                    };
                    let (status, challenge) = match expected {
                        Passes => (200, None),
                        Scope(names) => (403, lacks("a scope", names)),
                        Authority(names) => (403, lacks("an authority", names)),
                        Login(rest) => {
                            let start = "Bearer error=\"insufficient_user_authentication\", error_description=\"A different \
                                         authentication level is required\"";
                            (401, Some(format!("{start}{rest}")))
                        }
                        Invalid => (422, None),
                        Revoked => {
                            let text = "Bearer error=\"invalid_token\", error_description=\"The token has been revoked\"";
                            (401, Some(text.to_owned()))
                        }
                        Missing => (401, Some("Bearer".to_owned())),
                    };
                    let name = format!("{claims} for {policy} by {way} on {}", framework.name);
                    assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.text());
                    assert_eq!(answer.header("www-authenticate"), challenge.as_deref(), "{name}");
                }
            }
        },
    );
}

#[test]
fn a_request_is_refused_before_its_body_arrives() {
    let jwt = manager();
    let routes = || [Route::post("/").guarded(&jwt, listed(MIXED))];
    on_every(
        || App::new(routes()),
        |server, framework| {
            // The body never comes.
            let mut stream = TcpStream::connect(server.address()).unwrap();
            let token = token("{}");
            let head = format!(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\nAuthorization: Bearer {token}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            let mut line = String::new();
            BufReader::new(stream).read_line(&mut line).unwrap();
            assert_eq!(line, "HTTP/1.1 403 Forbidden\r\n", "{}", framework.name);
        },
    );
}
