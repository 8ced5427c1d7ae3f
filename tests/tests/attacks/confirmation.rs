//! Tokens that are bound to a key of their holder were accepted from anyone.

use jwt_core::session::MemorySessions;
use jwt_core::{Config, JwtManager, Policy};
use jwt_tests::{App, Extractor, Route, Verb};
use serde_json::json;

use crate::Attack;
use crate::foreign::{PARTNERS, at_partner, on_every_service, partner, service, status};
use crate::support::{SECRET, on_every};

pub(crate) const ATTACK: Attack = Attack {
    name: "cnf",
    tried: "stolen tokens with cnf, own ones and those of an issuer, without proof of possession",
    on: "axum, actix-web, warp; memory",
    run,
};

fn run() {
    let store = MemorySessions::new();
    let jwt = JwtManager::builder(Config::default()).secret(SECRET).session_store(store).build().unwrap();
    let bound = [json!({"jkt": "x"}), json!({"x5t#S256": "x"}), json!({}), json!(null)];
    let app = || {
        App::new([
            Route::get("/guard").guarded(&jwt, Policy::access()),
            Route::get("/optional").guarded(&jwt, Policy::access().optional()),
            Route::get("/any").guarded(&jwt, Policy::any().skip_revocation_check()),
            Route::get("/extractor").extracting(&jwt, Extractor::Access),
            Route::post("/refresh").answering_auth(&jwt, Verb::Rotate),
        ])
    };
    on_every(app, |server, _| {
        for cnf in &bound {
            let token = jwt.access_token("alice").claim("cnf", cnf).encode().unwrap();
            for path in ["/guard", "/optional", "/any", "/extractor"] {
                let answer = server.ask(jwt_tests::Ask::get(path).bearer(&token));
                assert_eq!(answer.text(), r#"{"msg":"Token requires proof of possession"}"#, "{path} {cnf}");
            }
            let refresh = jwt.refresh_token("alice").claim("cnf", cnf).encode().unwrap();
            let answer = server.ask(jwt_tests::Ask::new("POST", "/refresh").bearer(&refresh));
            assert_eq!(answer.text(), r#"{"msg":"Token requires proof of possession"}"#, "{cnf}");
        }
    });
    for (confirmed, expected) in [(false, 422), (true, 200)] {
        let service = service(partner().confirmed_by_gateway(confirmed));
        on_every_service(&service, |server| {
            for cnf in &bound {
                let token = at_partner().access_token("alice").claim("cnf", cnf).encode().unwrap();
                for path in PARTNERS {
                    assert_eq!(status(server, path, &token), expected, "{path} {cnf}");
                }
            }
        });
    }
}
