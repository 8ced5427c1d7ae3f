//! Requiring one claim dropped the other requirements: ID tokens and tokens without expiry were access tokens.

use jwt_core::{Config, JwtManager, Policy};
use jwt_tests::{App, Extractor, Route};
use serde_json::{Value, json};

use crate::Attack;
use crate::foreign::{PARTNERS, by_partner, claims, on_every_service, partner, service, status};
use crate::support::{SECRET, on_every, signed};

pub(crate) const ATTACK: Attack = Attack {
    name: "S3",
    tried: "an ID token, a token without exp, and one without type, where a further claim is required",
    on: "axum, actix-web, warp",
    run,
};

fn with(mut claims: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn run() {
    let id_token = json!({"nonce": "n", "at_hash": "h", "aud": "app"});
    let hostile = [
        id_token.clone(),
        with(id_token, &json!({"aud": null})),
        json!({"type": "access", "exp": null}),
        json!({"type": null}),
        json!({"type": "id"}),
    ];
    let jwt = service(partner().required_claims(["jti"]));
    let good = by_partner(&with(claims(), &json!({"type": "access"})));
    let tokens: Vec<_> = hostile.iter().map(|changes| by_partner(&with(claims(), changes))).collect();
    on_every_service(&jwt, |server| {
        for path in PARTNERS {
            assert_eq!(status(server, path, &good), 200, "{path}");
            for (token, changes) in tokens.iter().zip(&hostile) {
                assert_eq!(status(server, path, token), 422, "{path} {changes}");
            }
        }
    });
    // An issuer whose access tokens only the audience distinguishes.
    let jwt = service(partner().required_claims(["jti"]).audience("api").audience_alone());
    let of_api = |changes: &Value| by_partner(&with(with(claims(), &json!({"aud": "api"})), changes));
    on_every_service(&jwt, |server| {
        for path in PARTNERS {
            assert_eq!(status(server, path, &of_api(&json!({}))), 200, "{path}");
            for changes in [
                json!({"nonce": "n"}),
                json!({"at_hash": "h"}),
                json!({"exp": null}),
                json!({"aud": "app"}),
                json!({"aud": null}),
            ] {
                assert_eq!(status(server, path, &of_api(&changes)), 422, "{path} {changes}");
            }
        }
    });
    // The same with the manager's own key.
    let jwt =
        JwtManager::builder(Config::default().required_claims(["role"])).secret(SECRET).build().unwrap();
    let app = || {
        App::new([
            Route::get("/guard").guarded(&jwt, Policy::access()),
            Route::get("/extractor").extracting(&jwt, Extractor::Access),
        ])
    };
    let own = |changes: &Value| {
        let claims = with(claims(), &json!({"iss": null, "type": "access", "role": "user"}));
        signed(r#"{"alg":"HS256","typ":"JWT"}"#, &with(claims, changes).to_string())
    };
    on_every(app, |server, _| {
        for path in ["/guard", "/extractor"] {
            assert_eq!(status(server, path, &own(&json!({}))), 200, "{path}");
            for changes in [
                json!({"exp": null}),
                json!({"type": null}),
                json!({"jti": null}),
                json!({"role": null}),
                json!({"type": null, "nonce": "n", "at_hash": "h"}),
            ] {
                assert_eq!(status(server, path, &own(&changes)), 422, "{path} {changes}");
            }
        }
    });
}
