//! A service with keys of its own that trusts a partner, and the partner's tokens.

use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::{Config, Issuer, JwtManager, Policy, TokenKind};
use jwt_tests::{App, Ask, Extractor, PARTNER, Route, Server};
use serde_json::json;

use crate::support::{SECRET, on_every};

pub(crate) const RESET: TokenKind = TokenKind::custom("password_reset");

const PARTNERS_SECRET: &str = "pQ7dX2mVzL9cR4tYw8KsJ3nHf6BgEa5u";

/// The partner. The keys are those of its other tokens as well.
pub(crate) fn partner() -> Issuer {
    let key = VerifyingKey::from_secret(Algorithm::HS256, PARTNERS_SECRET).unwrap();
    Issuer::new(PARTNER, KeySet::single(key))
}

/// The manager of the partner itself.
pub(crate) fn at_partner() -> JwtManager {
    JwtManager::builder(Config::default().encode_issuer(PARTNER)).secret(PARTNERS_SECRET).build().unwrap()
}

/// Signs claims as the partner.
pub(crate) fn by_partner(claims: &serde_json::Value) -> String {
    crate::support::signed_with(PARTNERS_SECRET, r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string())
}

/// The claims of an access token of the partner, without `type`.
pub(crate) fn claims() -> serde_json::Value {
    json!({"iss": PARTNER, "sub": "alice", "jti": "1", "exp": 4_102_444_800_u64})
}

pub(crate) fn service(issuer: Issuer) -> JwtManager {
    JwtManager::builder(Config::default()).secret(SECRET).trusted_issuer(issuer).build().unwrap()
}

/// Serves guards and extractors on every framework. Those below `/partner` name the partner.
pub(crate) fn on_every_service(jwt: &JwtManager, test: impl Fn(&Server)) {
    let of_partner = || Policy::access().issuers(&[PARTNER]);
    let app = || {
        App::new([
            Route::get("/access").guarded(jwt, Policy::access()),
            Route::get("/optional").guarded(jwt, Policy::access().optional()),
            Route::get("/admin").guarded(jwt, Policy::access().scopes(&["admin"])),
            Route::get("/fresh").guarded(jwt, Policy::access().fresh().any_issuer()),
            Route::get("/refresh").guarded(jwt, Policy::refresh().any_issuer()),
            Route::get("/reset").guarded(jwt, Policy::of(RESET).any_issuer()),
            Route::get("/any").guarded(jwt, Policy::any().any_issuer()),
            Route::get("/extractor").extracting(jwt, Extractor::Access),
            Route::get("/extractor/admin").extracting(jwt, Extractor::Admin),
            Route::get("/extractor/fresh").extracting(jwt, Extractor::Fresh),
            Route::get("/extractor/refresh").extracting(jwt, Extractor::Refresh),
            Route::get("/extractor/any").extracting(jwt, Extractor::Any),
            Route::get("/behind/admin").guarded(jwt, of_partner()).extracting(jwt, Extractor::Admin),
            Route::get("/behind/fresh").guarded(jwt, of_partner()).extracting(jwt, Extractor::Fresh),
            Route::get("/behind/any").guarded(jwt, of_partner()).extracting(jwt, Extractor::Any),
            Route::get("/partner").guarded(jwt, of_partner()),
            Route::get("/partner/extractor").extracting(jwt, Extractor::OfPartner),
        ])
    };
    on_every(app, |server, _| test(server));
}

/// All routes, except those below `/partner`.
pub(crate) const OWN: [&str; 15] = [
    "/access",
    "/optional",
    "/admin",
    "/fresh",
    "/refresh",
    "/reset",
    "/any",
    "/extractor",
    "/extractor/admin",
    "/extractor/fresh",
    "/extractor/refresh",
    "/extractor/any",
    "/behind/admin",
    "/behind/fresh",
    "/behind/any",
];

/// Where a token of the partner is accepted.
pub(crate) const PARTNERS: [&str; 2] = ["/partner", "/partner/extractor"];

pub(crate) fn status(server: &Server, path: &str, token: &str) -> u16 {
    server.ask(Ask::get(path).bearer(token)).status.as_u16()
}
