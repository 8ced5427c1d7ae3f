//! Clients that move from one scheme to another needed two managers.

use jwt_core::{Config, JwtManager, Policy};
use jwt_tests::{App, Ask, Extractor, FRAMEWORKS, Route};

use crate::Attack;
use crate::support::SECRET;

pub(crate) const ATTACK: Attack = Attack {
    name: "R19",
    tried: "Bearer and JWT as schemes of one manager, alone, together, and others",
    on: "axum, actix-web, warp",
    run,
};

fn run() {
    let config: Config = serde_json::from_str(r#"{ "header_types": ["Bearer", "JWT"] }"#).unwrap();
    let by_variable = Config::default().with_vars([("JWT_HEADER_TYPE", r#"["Bearer", "JWT"]"#)]).unwrap();
    for config in [config, by_variable, Config::default().header_types(["Bearer", "JWT"])] {
        let jwt = JwtManager::builder(config).secret(SECRET).build().unwrap();
        let token = jwt.access_token("alice").encode().unwrap();
        for framework in FRAMEWORKS {
            let server = framework.serve(App::new([
                Route::get("/guard").guarded(&jwt, Policy::access()),
                Route::get("/extractor").extracting(&jwt, Extractor::Access),
            ]));
            for path in ["/guard", "/extractor"] {
                for (fields, status) in [
                    (vec![format!("Bearer {token}")], 200),
                    (vec![format!("JWT {token}")], 200),
                    (vec![format!("jwt {token}")], 200),
                    (vec![format!("Token {token}")], 401),
                    (vec![format!("JWTBearer {token}")], 401),
                    (vec![token.clone()], 401),
                    (vec![format!("Bearer {token}, JWT {token}")], 400),
                    (vec![format!("Bearer {token}"), format!("JWT {token}")], 400),
                    (vec!["JWT".into()], 422),
                ] {
                    let ask =
                        fields.iter().fold(Ask::get(path), |ask, field| ask.header("authorization", field));
                    let answer = server.ask(ask);
                    assert_eq!(answer.status.as_u16(), status, "{framework:?}: {path} {fields:?}");
                    if status == 401 {
                        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{framework:?}");
                    }
                }
            }
        }
    }
}
