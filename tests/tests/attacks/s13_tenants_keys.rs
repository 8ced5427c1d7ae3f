//! The key of one tenant, chosen by `kid`, verified a token that named another tenant.

use jwt_core::keys::{Algorithm, LoadedKey, SigningKey, VerifyingKey};
use jwt_core::{Config, JwtManager, Policy};
use jwt_tests::{App, Ask, Extractor, Route};

use crate::Attack;
use crate::foreign::status;
use crate::support::on_every;

pub(crate) const ATTACK: Attack = Attack {
    name: "S13",
    tried: "a token with the kid and the signature of one tenant and the iss of another one",
    on: "axum, actix-web, warp",
    run,
};

const TENANTS: [(&str, &str); 2] = [("a", "https://a.example"), ("b", "https://b.example")];

fn secret(tenant: &str) -> String {
    format!("{tenant}: pQ7dX2mVzL9cR4tYw8KsJ3nHf6BgEa5u")
}

fn token(signed_by: &str, issuer: Option<&str>) -> String {
    let config = issuer.map_or_else(Config::default, |issuer| Config::default().encode_issuer(issuer));
    let key = SigningKey::from_secret(Algorithm::HS256, secret(signed_by)).unwrap();
    let tenant = JwtManager::builder(config).key_pair(key).build().unwrap();
    tenant.access_token("alice").header("kid", signed_by).encode().unwrap()
}

fn run() {
    let [(_, a), (_, b)] = TENANTS;
    for config in [Config::default(), Config::default().decode_issuer([a, b]), Config::flask_compatible()] {
        let jwt = JwtManager::builder(config).decode_key_loader(|token| {
            let (id, issuer) = TENANTS.into_iter().find(|(id, _)| token.key_id() == Some(id))?;
            let key = VerifyingKey::from_secret(Algorithm::HS256, secret(id)).ok()?;
            Some(LoadedKey::for_issuer(key, issuer))
        });
        let jwt = jwt.build().unwrap();
        let app = || {
            App::new([
                Route::get("/guard").guarded(&jwt, Policy::access()),
                Route::get("/extractor").extracting(&jwt, Extractor::Access),
            ])
        };
        on_every(app, |server, _| {
            for path in ["/guard", "/extractor"] {
                for (id, issuer) in TENANTS {
                    let good = server.ask(Ask::get(path).bearer(&token(id, Some(issuer))));
                    assert_eq!(good.text(), r#"{"identity":"alice"}"#, "{path}");
                }
                let other = [("a", Some(b)), ("b", Some(a)), ("a", None), ("a", Some("https://a.example/"))];
                for (id, issuer) in other {
                    assert_eq!(status(server, path, &token(id, issuer)), 422, "{path} {id} {issuer:?}");
                }
            }
        });
    }
}
