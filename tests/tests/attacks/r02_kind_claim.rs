//! Refresh tokens of another library, with a shared secret, opened access routes.

use jwt_core::{Config, JwtManager, Policy};
use jwt_tests::{App, Extractor, Route};
use serde_json::json;

use crate::Attack;
use crate::foreign::{PARTNERS, by_partner, claims, on_every_service, partner, service, status};
use crate::support::{SECRET, on_every, signed};

pub(crate) const ATTACK: Attack = Attack {
    name: "R2",
    tried: "refresh and ID tokens whose kind is in token_type, token_use, or typ, on access routes",
    on: "axum, actix-web, warp",
    run,
};

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn run() {
    let config = Config::default().identity_claim("user_id").kind_claim("token_type");
    let jwt = JwtManager::builder(config).secret(SECRET).build().unwrap();
    let app = || {
        App::new([
            Route::get("/guard").guarded(&jwt, Policy::access()),
            Route::get("/extractor").extracting(&jwt, Extractor::Access),
        ])
    };
    let token = |kind: &str, more: &str| {
        let exp = 4_102_444_800_u64;
        signed(HEADER, &format!(r#"{{{kind}"exp":{exp},"jti":"1","user_id":"5"{more}}}"#))
    };
    on_every(app, |server, _| {
        for path in ["/guard", "/extractor"] {
            assert_eq!(status(server, path, &token(r#""token_type":"access","#, "")), 200, "{path}");
            for (kind, more) in [
                (r#""token_type":"refresh","#, ""),
                (r#""token_type":"refresh","#, r#","type":"access""#),
                (r#""token_type":"sliding","#, ""),
                (r#""token_type":["access"],"#, ""),
                (r#""token_type":null,"#, r#","type":"access""#),
                (r#""token_type":"access","#, r#","token_\u0074ype":"access""#),
                ("", r#","type":"access""#),
                ("", ""),
            ] {
                assert_eq!(status(server, path, &token(kind, more)), 422, "{path} {kind} {more}");
            }
        }
    });
    // The application cannot issue one as the other by accident.
    assert!(jwt.refresh_token("5").claim("token_type", "access").encode().is_err());
    for (name, access, others) in
        [("token_use", "access", ["id", "refresh"]), ("typ", "Bearer", ["ID", "Refresh"])]
    {
        let jwt = service(partner().kind_claim(name, [access]));
        on_every_service(&jwt, |server| {
            let status = |path: &str, value: &str| {
                let mut claims = claims();
                claims["type"] = json!("access");
                claims[name] = json!(value);
                status(server, path, &by_partner(&claims))
            };
            for path in PARTNERS {
                assert_eq!(status(path, access), 200, "{path} {name}");
                for other in others {
                    assert_eq!(status(path, other), 422, "{path} {name} {other}");
                }
            }
        });
    }
}
