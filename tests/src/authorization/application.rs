//! The application that the table runs against: the manager, the issuers that it trusts, their tokens, and the routes.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::{AuthorityClaim, Config, Issuer, JwtManager, Token};
use serde_json::{Map, Value};

use super::policies::{LISTED, OPTIONAL, OPTIONAL_READ, OPTIONAL_STRONG, listed};
pub(super) use crate::PARTNER;
use crate::{App, Extractor, Route};

/// The time of every check.
const NOW: u64 = 1_893_456_000;

/// Long enough for a token with ten thousand roles. actix-web limits the header section of a request to 128 KiB.
const MOST_BYTES: usize = 96 * 1024;

pub(super) const KEYCLOAK: &str = "https://id.example.com/realms/shop";
pub(super) const AUTH0: &str = "https://shop.eu.auth0.com/";
pub(super) const ENTRA: &str = "https://login.microsoftonline.com/8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60/v2.0";
pub(super) const COGNITO: &str = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_aBcDeFgHi";

/// An issuer of tokens.
struct Source {
    /// The `iss` in the table.
    short: &'static str,
    /// The `iss` in tokens.
    name: &'static str,
    /// The claims of each token, unless a row has other ones.
    claims: &'static str,
    rules: fn(Issuer) -> Issuer,
}

/// The issuers that the manager trusts. Those named after a provider have the rules of its preset in `jwt-jwks`.
const SOURCES: [Source; 5] = [
    Source {
        short: "partner",
        name: PARTNER,
        claims: r#"{"type":"access"}"#,
        rules: |issuer| {
            let roles = AuthorityClaim::new("groups").prefix("role:");
            issuer.kind_claim("type", ["access"]).authorities([AuthorityClaim::new("scp"), roles])
        },
    },
    Source {
        short: "keycloak",
        name: KEYCLOAK,
        claims: r#"{"aud":["orders","account"],"typ":"Bearer","azp":"shop"}"#,
        rules: |issuer| {
            issuer.audience("orders").kind_claim("typ", ["Bearer"]).authorities([
                AuthorityClaim::new("scope"),
                AuthorityClaim::nested(["realm_access", "roles"]).prefix("role:"),
                AuthorityClaim::nested(["resource_access", "orders", "roles"]).prefix("role:"),
                AuthorityClaim::new("groups").prefix("group:"),
            ])
        },
    },
    Source {
        short: "auth0",
        name: AUTH0,
        claims: r#"{"aud":["orders","https://shop.eu.auth0.com/userinfo"],"azp":"shop"}"#,
        rules: |issuer| {
            let permissions = AuthorityClaim::new("permissions").prefix("permission:");
            let issuer = issuer.audience("orders").audience_alone();
            issuer.authorities([AuthorityClaim::new("scope"), permissions])
        },
    },
    Source {
        short: "entra",
        name: ENTRA,
        claims: r#"{"aud":"orders","azp":"shop","ver":"2.0"}"#,
        rules: |issuer| {
            let issuer = issuer.audience("orders").audience_alone().require_claim("ver", ["2.0"]);
            issuer.required_claims(["azp"]).authorities([
                AuthorityClaim::new("scp"),
                AuthorityClaim::new("roles").prefix("role:"),
                AuthorityClaim::new("groups").prefix("group:"),
            ])
        },
    },
    Source {
        short: "cognito",
        name: COGNITO,
        claims: r#"{"token_use":"access","client_id":"shop"}"#,
        rules: |issuer| {
            let groups = AuthorityClaim::new("cognito:groups").prefix("group:");
            let issuer = issuer.kind_claim("token_use", ["access"]).require_claim("client_id", ["shop"]);
            issuer.authorities([AuthorityClaim::new("scope"), groups])
        },
    },
];

/// The secret of an issuer, or of the manager itself. All of them are different.
fn secret(short_name: &str) -> String {
    format!("lzaqL3rC9hEqjnYfKzXz0hM0yPPfM2sVdY8bqWtd5uwXoN1GkRjTiSgBcH7e4xUm{short_name}")
}

/// Returns a token with these claims, signed by their issuer with another library.
///
/// # Panics
/// Panics if the claims are not a JSON object, or if the issuer is not trusted.
pub(super) fn token(claims: &str) -> String {
    let object = |json: &str| -> Map<String, Value> { serde_json::from_str(json).expect("a JSON object") };
    let claims = object(claims);
    let source = claims.get("iss").map(|iss| {
        SOURCES.iter().find(|source| source.short == iss).expect("the short name of a trusted issuer")
    });
    let mut all = object(r#"{"sub":"alice","jti":"1"}"#);
    all.insert("exp".into(), (NOW + 60).into());
    all.extend(object(source.map_or(r#"{"type":"access"}"#, |source| source.claims)));
    all.extend(claims);
    if let Some(source) = source {
        all.insert("iss".into(), source.name.into());
    }
    let payload = Value::Object(all).to_string();
    let message =
        [r#"{"alg":"HS256","typ":"JWT"}"#, &payload].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let key = EncodingKey::from_secret(secret(source.map_or("own", |source| source.short)).as_bytes());
    let algorithm = jsonwebtoken::Algorithm::HS256;
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).expect("a signature");
    format!("{message}.{signature}")
}

/// Returns the manager. It has a table of authorities that include others, and a matcher: `role:shop/*` includes
/// `role:shop/berlin`.
fn manager() -> JwtManager {
    let config = Config::default().max_token_bytes(MOST_BYTES).authority_hierarchy([
        ("editor", vec!["read", "write"]),
        ("role:auditor", vec!["audit"]),
        ("audit", vec!["log"]),
        ("role:chain", vec!["role:shop/*"]),
    ]);
    let trust = |source: &Source| {
        let key = VerifyingKey::from_secret(Algorithm::HS256, secret(source.short)).expect("a key");
        (source.rules)(Issuer::new(source.name, KeySet::single(key)))
    };
    let builder = JwtManager::builder(config)
        .secret(secret("own"))
        .authority_matcher(|held, required| {
            held.strip_suffix('*').is_some_and(|start| start.ends_with('/') && required.starts_with(start))
        })
        .token_in_blocklist_loader(|token: Token| async move { token.id() == Some("revoked") })
        .clock(|| UNIX_EPOCH + Duration::from_secs(NOW));
    let builder = SOURCES.iter().map(trust).fold(builder, |builder, issuer| builder.trusted_issuer(issuer));
    builder.build().expect("a manager")
}

/// How a route enforces its policy.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    Guard,
    Extractor,
}

impl Way {
    pub(super) const ALL: [Self; 2] = [Self::Guard, Self::Extractor];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Guard => "guard",
            Self::Extractor => "extractor",
        }
    }

    /// The path of the route with a policy.
    pub(super) fn path(self, policy: usize) -> String {
        format!("/{}{policy}", self.name())
    }
}

/// Returns an application with two routes for each policy.
pub(super) fn application() -> App {
    let jwt = manager();
    App::new((0..LISTED.len()).flat_map(|policy| {
        let [guard, extractor] = Way::ALL.map(|way| Route::get(&way.path(policy)));
        let extractor = match policy {
            OPTIONAL => extractor.extracting(&jwt, Extractor::Optional),
            // `TokenFor` needs a token. A handler that does not takes `OptionalToken` behind a guard.
            OPTIONAL_READ | OPTIONAL_STRONG => {
                extractor.guarded(&jwt, listed(policy)).extracting(&jwt, Extractor::Optional)
            }
            _ => extractor.extracting(&jwt, Extractor::Listed(policy)),
        };
        [guard.guarded(&jwt, listed(policy)), extractor]
    }))
}
