//! Other issuers over HTTP: keys that have to be fetched while the request waits.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jwt_core::keys::{Algorithm, KeyRing, KeySet, SigningKey};
use jwt_core::{BoxError, Config, Issuer, JwtManager, KeySource, Policy, Token, TokenKind};
use jwt_tests::{App, Ask, EVERY, Extractor, FRAMEWORKS, PARTNER, Route, Server};

use crate::support::builder;

const NAME: &str = PARTNER;

/// A source that does not have any keys until the first fetch, which returns the newest ones.
#[derive(Clone, Default)]
struct Source {
    known: Arc<Mutex<Option<Arc<KeySet>>>>,
    newest: Arc<Mutex<Option<Arc<KeySet>>>>,
    fetches: Arc<AtomicUsize>,
}

impl KeySource for Source {
    fn known(&self) -> Option<Arc<KeySet>> {
        self.known.lock().unwrap().clone()
    }

    fn fetch(&self) -> impl Future<Output = Result<Arc<KeySet>, BoxError>> + Send {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let newest = self.newest.lock().unwrap().clone();
        self.known.lock().unwrap().clone_from(&newest);
        async move {
            tokio::task::yield_now().await;
            newest.ok_or_else(|| "postgres://user:password@host is down".into())
        }
    }
}

fn key(pem: &str) -> SigningKey {
    SigningKey::from_pem(Algorithm::ES256, pem).unwrap()
}

fn issuer(key: &SigningKey) -> JwtManager {
    let config = Config::default().encode_issuer(NAME);
    JwtManager::builder(config).keys(KeyRing::new(key.clone())).build().unwrap()
}

const RESET: TokenKind = TokenKind::custom("password_reset");

fn of_partner() -> Policy {
    Policy::access().issuers(&[PARTNER])
}

/// Serves the manager with every framework, and with warp and its layer.
fn serve(jwt: &JwtManager) -> Vec<(String, Server)> {
    let app = || {
        App::new([
            Route::get("/public"),
            Route::get("/guard").guarded(jwt, of_partner()),
            Route::get("/extractor").extracting(jwt, Extractor::OfPartner),
            Route::get("/both").guarded(jwt, of_partner()).extracting(jwt, Extractor::OfPartner),
            Route::get("/any").guarded(jwt, Policy::access().any_issuer()),
            Route::get("/optional").guarded(jwt, of_partner().optional()),
            Route::get("/behind").guarded(jwt, of_partner()).extracting(jwt, Extractor::Access),
            Route::get("/behind/optional").guarded(jwt, of_partner()).extracting(jwt, Extractor::Optional),
            Route::get("/behind/user").guarded(jwt, of_partner()).extracting(jwt, Extractor::User),
            Route::get("/behind/admin").guarded(jwt, of_partner()).extracting(jwt, Extractor::Admin),
            Route::get("/behind/fresh").guarded(jwt, of_partner()).extracting(jwt, Extractor::Fresh),
            Route::get("/behind/any").guarded(jwt, of_partner()).extracting(jwt, Extractor::Any),
            Route::get("/own/guard").guarded(jwt, Policy::access()),
            Route::get("/own/extractor").extracting(jwt, Extractor::Access),
            Route::get("/own/optional").extracting(jwt, Extractor::Optional),
            Route::get("/own/any").extracting(jwt, Extractor::Any),
            Route::get("/own/fresh").extracting(jwt, Extractor::Fresh),
            Route::get("/own/user").extracting(jwt, Extractor::User),
            Route::get("/own/admin").extracting(jwt, Extractor::Admin),
            Route::get("/own/refresh").guarded(jwt, Policy::refresh().any_issuer()),
            Route::get("/own/reset").guarded(jwt, Policy::of(RESET).any_issuer()),
            Route::get("/only").guarded(jwt, of_partner().no_own_tokens()),
        ])
    };
    let [.., warp] = FRAMEWORKS;
    let mut servers: Vec<_> = EVERY.map(|framework| (framework.name.into(), framework.serve(app()))).into();
    servers.push(("warp with its layer".into(), warp.serve(App { layer: Some(jwt.clone()), ..app() })));
    servers
}

#[test]
fn a_request_waits_for_the_key_of_its_token() {
    let (ours, theirs) = (
        key(include_str!("../../../jwt-core/tests/keys/es256.pem")),
        key(include_str!("../../../jwt-core/tests/keys/es256.other.pem")),
    );
    let source = Source::default();
    let jwt = builder()
        .trusted_issuer(Issuer::with_source(NAME, source.clone()))
        .token_in_blocklist_loader(|token: Token| {
            let revoked = token.identity() == "mallory";
            async move { revoked }
        })
        .build()
        .unwrap();
    let good = issuer(&ours).access_token("alice").encode().unwrap();
    let forged = issuer(&theirs).access_token("alice").encode().unwrap();
    let revoked = issuer(&ours).access_token("mallory").encode().unwrap();
    let refresh = issuer(&ours).refresh_token("alice").encode().unwrap();
    let protected = ["/guard", "/extractor", "/both", "/any", "/optional"];
    for (name, server) in serve(&jwt) {
        let ask = |path: &str, token: &str| server.ask(Ask::get(path).bearer(token));
        *source.known.lock().unwrap() = None;
        *source.newest.lock().unwrap() = None;
        for path in protected {
            let answer = ask(path, &good);
            assert_eq!(answer.status, 503, "{path} on {name}");
            assert_eq!(answer.header("retry-after"), Some("1"), "{path} on {name}");
            assert!(!answer.text().contains("password"), "{path} on {name}");
        }
        assert_eq!(ask("/public", &good).status, 200, "{name}");

        let set = Arc::new(KeySet::new([ours.verifying_key().clone()]).unwrap());
        *source.newest.lock().unwrap() = Some(set);
        for path in protected {
            *source.known.lock().unwrap() = None;
            assert_eq!(ask(path, &good).text(), r#"{"identity":"alice"}"#, "{path} on {name}");
            for (token, status) in [(&forged, 422), (&revoked, 401), (&refresh, 422)] {
                *source.known.lock().unwrap() = None;
                assert_eq!(ask(path, token).status, status, "{path} on {name}");
            }
        }
        // Keys that are known are not fetched, and neither are keys for the manager's own tokens.
        source.fetches.store(0, Ordering::SeqCst);
        let own = jwt.access_token("bob").encode().unwrap();
        for path in protected {
            assert_eq!(ask(path, &good).status, 200, "{path} on {name}");
            assert_eq!(ask(path, &own).text(), r#"{"identity":"bob"}"#, "{path} on {name}");
        }
        assert_eq!(source.fetches.load(Ordering::SeqCst), 0, "{name}");
    }
}

#[test]
fn a_route_says_whose_tokens_it_accepts() {
    let theirs = issuer(&key(include_str!("../../../jwt-core/tests/keys/es256.pem")));
    let keys =
        KeySet::new([key(include_str!("../../../jwt-core/tests/keys/es256.pem")).verifying_key().clone()]);
    let jwt = builder()
        .trusted_issuer(Issuer::new(NAME, keys.unwrap()))
        .user_lookup_loader(|token: Token| async move { Some(serde_json::json!(token.identity())) })
        .build()
        .unwrap();
    // Everything that one of our own tokens could say.
    let foreign = theirs.access_token("alice").fresh().claim("scope", "admin").encode().unwrap();
    let own = jwt.access_token("alice").fresh().claim("scope", "admin").encode().unwrap();
    let refresh = theirs.refresh_token("alice").encode().unwrap();
    let reset = theirs.token(RESET, "alice").encode().unwrap();
    for (name, server) in serve(&jwt) {
        let status = |path: &str, token: &str| server.ask(Ask::get(path).bearer(token)).status;
        for path in ["/guard", "/extractor", "/both", "/any", "/optional", "/only"] {
            assert_eq!(status(path, &foreign), 200, "{path} on {name}");
            assert_eq!(status(path, &own), if path == "/only" { 422 } else { 200 }, "{path} on {name}");
        }
        for path in ["guard", "extractor", "optional", "any", "fresh", "user", "admin"] {
            let path = format!("/own/{path}");
            let answer = server.ask(Ask::get(&path).bearer(&foreign));
            assert_eq!(answer.text(), r#"{"msg":"Invalid issuer"}"#, "{path} on {name}");
            assert_eq!(status(&path, &own), 200, "{path} on {name}");
        }
        assert_eq!(status("/own/refresh", &refresh), 422, "{name}");
        assert_eq!(status("/own/reset", &reset), 422, "{name}");
        // Behind the guard, only extractors that demand no more than it decide as it does.
        for path in ["/behind/admin", "/behind/fresh", "/behind/any"] {
            assert_eq!(status(path, &foreign), 422, "{path} on {name}");
            assert_eq!(status(path, &own), 200, "{path} on {name}");
        }
        // In warp, an extractor is a guard.
        let behind = if name.starts_with("warp") { [422, 422, 422] } else { [200, 200, 401] };
        for (path, expected) in ["/behind", "/behind/optional", "/behind/user"].into_iter().zip(behind) {
            assert_eq!(status(path, &foreign), expected, "{path} on {name}");
            assert_eq!(status(path, &own), 200, "{path} on {name}");
        }
    }
}

/// A dependency that turned a library on would make the tests of the other one meaningless.
#[test]
fn only_the_selected_crypto_libraries_are_built() {
    let selected = usize::from(cfg!(feature = "aws-lc")) + usize::from(cfg!(feature = "rust-crypto"));
    assert_eq!(jwt_core::keys::Backend::all().len(), selected);
}
