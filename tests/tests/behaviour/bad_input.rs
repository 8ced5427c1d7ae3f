//! Arbitrary bytes over the socket always get a response from a handler, never a 5xx or no response at all.

use jwt_core::{Config, JwtManager, Policy};
use jwt_tests::{App, Ask, Extractor, Route};

use crate::support::{SECRET, on_every, signed};

fn hostile_values() -> Vec<Vec<u8>> {
    let token =
        |payload: &str| format!("Bearer {}", signed(r#"{"alg":"HS256","typ":"JWT"}"#, payload)).into_bytes();
    let header = |header: &str| format!("Bearer {}", signed(header, r#"{"sub":"alice"}"#)).into_bytes();
    let mut values = vec![
        b", ,".to_vec(),
        b", ,Bearer".to_vec(),
        b"Bearer \xff\xfe.\xff.\xff".to_vec(),
        b"\xff".to_vec(),
        [b"Bearer ".as_slice(), &b"x".repeat(60_000)].concat(),
        [b"Bearer ".as_slice(), &b".".repeat(60_000)].concat(),
        b",".repeat(60_000),
        b"Bearer a.b".to_vec(),
        b"Bearer a.b.c.d".to_vec(),
        b"Bearer ..".to_vec(),
        b"Bearer e30=.e30=.e30=".to_vec(),
        b"Bearer e31.e31.e31".to_vec(),
        token("[]"),
        token("null"),
        token(r#"{"sub":"alice","iat":99999999999999999999999}"#),
        token(r#"{"sub":"alice","exp":1e400}"#),
        token(r#"{"sub":"alice","exp":-1e30}"#),
        token(r#"{"sub":"alice","sub":"bob","exp":9999999999}"#),
        token(r#"{"sub":"\ud800","exp":9999999999}"#),
        token(&format!(r#"{{"sub":"alice","x":{}{}}}"#, "[".repeat(5_000), "]".repeat(5_000))),
        header("[]"),
        header(r#"{"alg":"none"}"#),
        header(r#"{"alg":"HS256","alg":"none"}"#),
        header(r#"{"alg":"HS256","crit":["exp"]}"#),
        header(&format!(r#"{{"alg":"HS256","x":{}{}}}"#, "[".repeat(5_000), "]".repeat(5_000))),
    ];
    let names: Vec<_> = (0..1_000).map(|number| format!(r#""n{number}":0"#)).collect();
    values.push(header(&format!("{{{}}}", names.join(","))));
    values
}

#[test]
fn hostile_headers_get_the_handlers_4xx() {
    for config in [Config::default(), Config::flask_compatible()] {
        let jwt = JwtManager::builder(config).secret(SECRET).build().unwrap();
        let app = || {
            App::new([
                Route::get("/guard").guarded(&jwt, Policy::access()),
                Route::get("/extractor").extracting(&jwt, Extractor::Access),
                Route::get("/optional").extracting(&jwt, Extractor::User),
            ])
        };
        on_every(app, |server, framework| {
            for path in ["/guard", "/extractor", "/optional"] {
                for value in hostile_values() {
                    let answer = server.ask(Ask::get(path).header("authorization", &value));
                    let shown = String::from_utf8_lossy(&value[..value.len().min(80)]).into_owned();
                    assert!(
                        answer.status.is_client_error(),
                        "{} for {shown} on {framework:?}",
                        answer.status
                    );
                    assert!(answer.json()["msg"].is_string(), "{shown} on {framework:?}");
                }
            }
        });
    }
}

#[test]
fn two_authorization_fields_are_refused_or_joined() {
    for (config, status) in [(Config::default(), 400), (Config::flask_compatible(), 200)] {
        let jwt = JwtManager::builder(config).secret(SECRET).build().unwrap();
        let app = || App::new([Route::get("/").extracting(&jwt, Extractor::Access)]);
        let token = jwt.access_token("alice").encode().unwrap();
        on_every(app, |server, framework| {
            let twice = Ask::get("/").header("authorization", "Basic abc").bearer(&token);
            assert_eq!(server.ask(twice).status, status, "{framework:?}");
        });
    }
}

#[test]
fn a_header_that_the_server_refuses_itself_is_refused() {
    let jwt = JwtManager::builder(Config::default()).secret(SECRET).build().unwrap();
    let app = || App::new([Route::get("/").extracting(&jwt, Extractor::Access)]);
    on_every(app, |server, framework| {
        // Servers may close the connection while the request is still being written, but there must not be a 2xx.
        let value = [b"Bearer ".as_slice(), &b"x".repeat(2_000_000)].concat();
        let address = server.address();
        let answer = std::panic::catch_unwind(|| Ask::get("/").header("authorization", value).send(address));
        assert!(!answer.is_ok_and(|answer| !answer.status.is_client_error()), "{framework:?}");
        assert_eq!(server.ask(Ask::get("/")).status, 401, "{framework:?} still answers");
    });
}
