//! Public keys as other services read them (RFC 7517, 5).

use std::fmt;

use serde::Serialize;

use super::jwk::{coordinates, encode};
use super::material::Material;
use crate::algorithm::Algorithm;

/// The public keys of a manager as a JWK set (RFC 7517, 5).
///
/// Serve it as JSON so other services can verify the manager's tokens. It never contains secrets or private keys.
/// [`JwtManager::jwks`](crate::JwtManager::jwks) and [`KeySet::jwks`](super::KeySet::jwks) return one.
///
/// ```
/// use jwt_core::keys::{Algorithm, SigningKey};
/// use jwt_core::{Config, JwtManager};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let private = include_str!("../../tests/keys/es256.pem");
/// let key = SigningKey::from_pem(Algorithm::ES256, private)?;
/// let jwt = JwtManager::builder(Config::default()).key_pair(key).build()?;
///
/// // The body of `GET /.well-known/jwks.json`.
/// let body = serde_json::to_string(&jwt.jwks())?;
/// assert!(body.starts_with(r#"{"keys":[{"kty":"EC""#));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Eq, PartialEq, Serialize)]
pub struct JwkSet {
    keys: Vec<PublicJwk>,
}

impl JwkSet {
    pub(super) fn of<'a>(keys: impl Iterator<Item = (Algorithm, Option<&'a str>, &'a Material)>) -> Self {
        let keys = keys.filter_map(|(algorithm, id, key)| PublicJwk::new(algorithm, id, key));
        Self { keys: keys.collect() }
    }

    /// Returns the number of keys.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns whether the set is empty. The set of a manager with a secret is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl fmt::Debug for JwkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwkSet").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[derive(Clone, Eq, PartialEq, Serialize)]
struct PublicJwk {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<Box<str>>,
    #[serde(flatten)]
    members: PublicMembers,
}

#[derive(Clone, Eq, PartialEq, Serialize)]
#[serde(untagged)]
enum PublicMembers {
    Rsa { n: String, e: String },
    Ec { crv: &'static str, x: String, y: String },
    Okp { crv: &'static str, x: String },
}

impl PublicJwk {
    fn new(algorithm: Algorithm, id: Option<&str>, key: &Material) -> Option<Self> {
        let (kty, members) = match key {
            Material::Secret(_) => return None,
            Material::Rsa { n, e } => ("RSA", PublicMembers::Rsa { n: encode(n), e: encode(e) }),
            Material::Ec { curve, point } => {
                let (x, y) = coordinates(*curve, point)?;
                ("EC", PublicMembers::Ec { crv: curve.as_str(), x: encode(x), y: encode(y) })
            }
            Material::Ed25519(key) => ("OKP", PublicMembers::Okp { crv: "Ed25519", x: encode(key) }),
        };
        Some(Self { kty, usage: "sig", alg: algorithm.as_str(), kid: id.map(Into::into), members })
    }
}
