//! Machine tokens without `sub` could not be accepted, and empty identities were.

use jwt_core::{Config, JwtManager, Policy};
use jwt_tests::{App, Ask, Extractor, Route};
use serde_json::{Value, json};

use crate::Attack;
use crate::foreign::{PARTNERS, by_partner, claims, on_every_service, partner, service, status};
use crate::support::{SECRET, on_every, signed};

pub(crate) const ATTACK: Attack = Attack {
    name: "R5",
    tried: "tokens whose identity is empty, null, or absent, and tokens of machines without sub",
    on: "axum, actix-web, warp",
    run,
};

fn run() {
    // A different identity claim of the manager's own tokens does not matter to the issuer.
    let jwt = service(partner().identity_claims(["sub", "client_id", "azp"]));
    let token = |identity: Value| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove("sub");
        claims["type"] = json!("access");
        for (name, value) in identity.as_object().unwrap() {
            claims[name] = value.clone();
        }
        by_partner(&claims)
    };
    on_every_service(&jwt, |server| {
        for path in PARTNERS {
            for identity in [json!({"sub": "m"}), json!({"client_id": "m"}), json!({"azp": "m"})] {
                let answer = server.ask(Ask::get(path).bearer(&token(identity.clone())));
                assert_eq!(answer.text(), r#"{"identity":"m"}"#, "{path} {identity}");
            }
            for identity in [
                json!({}),
                json!({"sub": ""}),
                json!({"sub": null}),
                json!({"sub": "", "client_id": "m"}),
                json!({"client_id": "", "azp": "m"}),
                json!({"client_id": null}),
                json!({"azp": []}),
            ] {
                assert_eq!(status(server, path, &token(identity.clone())), 422, "{path} {identity}");
            }
        }
    });
    for (config, name) in [(Config::default(), "sub"), (Config::default().identity_claim("uid"), "uid")] {
        let jwt = JwtManager::builder(config).secret(SECRET).build().unwrap();
        let app = || {
            App::new([
                Route::get("/guard").guarded(&jwt, Policy::access()),
                Route::get("/extractor").extracting(&jwt, Extractor::Access),
            ])
        };
        on_every(app, |server, _| {
            for path in ["/guard", "/extractor"] {
                for (value, expected) in [(json!("m"), 200), (json!(""), 422), (json!(null), 422)] {
                    let mut claims = claims();
                    claims.as_object_mut().unwrap().remove("iss");
                    claims["type"] = json!("access");
                    claims[name] = value.clone();
                    let token = signed(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string());
                    assert_eq!(status(server, path, &token), expected, "{path} {name} {value}");
                }
            }
        });
        assert!(jwt.access_token("").encode().is_err());
    }
}
