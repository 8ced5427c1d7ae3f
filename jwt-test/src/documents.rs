//! The documents that an issuer publishes, with their failures.

use serde_json::{Map, Value, json};

use crate::addresses::Addresses;
use crate::failure::Failure;
use crate::key::{Key, private_jwk, private_pem};
use crate::ring::Ring;

/// The discovery document, with the members that OpenID Connect Discovery 1.0, 3, requires.
pub(crate) fn discovery(addresses: &Addresses, ring: &Ring, failure: Option<&Failure>) -> Value {
    let name = &addresses.issuer;
    let mut document = json!({
        "issuer": name,
        "jwks_uri": addresses.jwks,
        "authorization_endpoint": Addresses::under(name, "/authorize"),
        "token_endpoint": Addresses::under(name, "/token"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ring.signing().signing.algorithm().as_str()],
    });
    match failure {
        Some(Failure::OtherIssuer(other)) => document["issuer"] = json!(other),
        Some(Failure::TrailingSlash) => {
            let other = name.strip_suffix('/').map_or_else(|| format!("{name}/"), str::to_owned);
            document["issuer"] = json!(other);
        }
        Some(Failure::JwksUri(uri)) => document["jwks_uri"] = json!(uri),
        Some(Failure::NoJwksUri) => {
            let members = document.as_object_mut();
            members.map(|members| members.remove("jwks_uri"));
        }
        _ => {}
    }
    document
}

/// The JWK set (RFC 7517, 5).
pub(crate) fn jwks(ring: &Ring, with_kid: bool, failure: Option<&Failure>) -> Value {
    let published = ring.published().map(|key| key.jwk.clone());
    let mut keys: Vec<Value> = match failure {
        Some(Failure::EmptySet) => Vec::new(),
        Some(Failure::PrivateKey) => published.chain([private_jwk()]).collect(),
        Some(Failure::ManyKeys(number)) => {
            let more = (0..*number).map(|number| {
                let mut jwk = ring.signing().jwk.clone();
                jwk["kid"] = json!(format!("more-{number}"));
                jwk
            });
            published.chain(more).collect()
        }
        Some(Failure::OneUnusableKey) => [damaged()].into_iter().chain(published).collect(),
        Some(Failure::UnusableKeys) => {
            vec![damaged(), json!({"kty": "UNKNOWN", "use": "sig", "kid": "unknown-type"})]
        }
        _ => published.collect(),
    };
    if !with_kid {
        for jwk in keys.iter_mut().filter_map(Value::as_object_mut) {
            jwk.remove("kid");
        }
    }
    json!({ "keys": keys })
}

/// A JWK whose point is not on its curve.
fn damaged() -> Value {
    let one = format!("{}E", "A".repeat(42));
    json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "damaged", "x": one, "y": one})
}

/// The map from `kid` to certificate.
pub(crate) fn certificates(ring: &Ring, failure: Option<&Failure>) -> Value {
    let entry = |key: &Key| (key.id.clone(), json!(key.certificate));
    let published = ring.published().map(entry);
    let damaged =
        |id: &str| (id.to_owned(), json!("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
    let map: Map<String, Value> = match failure {
        Some(Failure::EmptySet) => Map::new(),
        Some(Failure::PrivateKey) => {
            published.chain([("private".to_owned(), json!(private_pem()))]).collect()
        }
        Some(Failure::ManyKeys(number)) => {
            let certificate = &ring.signing().certificate;
            let more = (0..*number).map(|number| (format!("more-{number}"), json!(certificate)));
            published.chain(more).collect()
        }
        Some(Failure::OneUnusableKey) => [damaged("damaged")].into_iter().chain(published).collect(),
        Some(Failure::UnusableKeys) => [damaged("damaged"), damaged("unknown-type")].into_iter().collect(),
        _ => published.collect(),
    };
    Value::Object(map)
}
