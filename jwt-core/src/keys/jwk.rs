//! JSON Web Keys (RFC 7517; RFC 7518, 6; RFC 8037, 2).

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::backend::Backend;
use super::der;
use super::material::{Material, Private};
use super::secret::Secret;
use super::wipe;
use crate::algorithm::{Algorithm, Curve};
use crate::error::ConfigError;
use crate::wire::{Members, text};

/// A key that was read from a JWK.
pub(super) struct Read<K> {
    pub(super) key: K,
    /// The algorithm in `alg`. `None` if the JWK does not have one.
    pub(super) algorithm: Option<Algorithm>,
    pub(super) id: Option<Box<str>>,
}

/// Reads the key of a JWK for verifying.
pub(super) fn verifying(json: &str) -> Result<Read<Material>, ConfigError> {
    let jwk = Jwk::read(json, "verify")?;
    let key = match jwk.kty()? {
        Kind::Secret => Material::Secret(jwk.secret()?),
        _ if jwk.has_private() => {
            return Err(ConfigError::key("a private JWK", "a public JWK, which does not have d"));
        }
        kind => jwk.public(kind)?,
    };
    jwk.finish(key)
}

/// Reads the key of a JWK for signing, together with the public key in the JWK.
pub(super) fn signing(json: &str) -> Result<Read<(Private, Material)>, ConfigError> {
    let jwk = Jwk::read(json, "sign")?;
    let kind = jwk.kty()?;
    if !jwk.has_private() {
        return Err(ConfigError::key("a public JWK", "a private JWK, which has d"));
    }
    let key = (jwk.private(kind)?, jwk.public(kind)?);
    jwk.finish(key)
}

/// The JSON texts of the keys in a JWK set (RFC 7517, 5). Returns `None` if it is not a set, but perhaps a single JWK.
pub(super) fn members_of_set(json: &str) -> Option<Result<Vec<&RawValue>, ConfigError>> {
    let [keys] = Members::read(json, &["keys"])?.texts();
    let keys = serde_json::from_str(keys?);
    Some(keys.map_err(|_| ConfigError::key("a JWK set whose keys are not a list", "a list (RFC 7517, 5.1)")))
}

/// The `kty` of a JWK (RFC 7517, 4.1), if it is a string.
pub(super) fn kty(json: &str) -> Option<Cow<'_, str>> {
    let [kty] = Members::read(json, &["kty"])?.texts();
    kty.and_then(text)
}

/// The thumbprint of a public key (RFC 7638, 3; RFC 8037, 2). Returns `None` for a secret, because a thumbprint would
/// help to guess it.
pub(super) fn thumbprint(key: &Material, backend: Backend) -> Option<Box<str>> {
    let json = match key {
        Material::Secret(_) => return None,
        Material::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n)),
        Material::Ec { curve, point } => {
            let (x, y) = coordinates(*curve, point)?;
            format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, curve.as_str(), encode(x), encode(y))
        }
        Material::Ed25519(key) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(key)),
    };
    Some(encode(&backend.sha256(json.as_bytes())).into())
}

fn coordinates(curve: Curve, point: &[u8]) -> Option<(&[u8], &[u8])> {
    point.get(1..)?.split_at_checked(curve.len())
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[derive(Clone, Copy)]
enum Kind {
    Secret,
    Rsa,
    Ec(Curve),
    Ed25519,
}

/// The members that are used, as JSON texts.
struct Jwk<'a> {
    members: [Option<&'a str>; 14],
    algorithm: Option<Algorithm>,
    id: Option<Box<str>>,
}

const NAMES: [&str; 14] = ["kty", "crv", "x", "y", "n", "e", "k", "d", "p", "q", "dp", "dq", "qi", "oth"];

impl<'a> Jwk<'a> {
    /// Reads the metadata of the key. Returns an error if it does not permit the operation.
    fn read(json: &'a str, operation: &str) -> Result<Self, ConfigError> {
        let broken =
            || ConfigError::key("text that is not a JWK", "a JSON object with distinct names (RFC 7517, 4)");
        let members = Members::read(json, &NAMES).ok_or_else(broken)?;
        let about = Members::read(json, &["use", "key_ops", "alg", "kid"]).ok_or_else(broken)?;
        let [usage, operations, algorithm, id] = about.texts();
        // RFC 7517, 4.2 and 4.3
        if usage.is_some_and(|usage| text(usage).as_deref() != Some("sig")) {
            return Err(ConfigError::key("a JWK for a different use", "a JWK with use: sig, or without use"));
        }
        if operations.is_some_and(|operations| !permits(operations, operation)) {
            return Err(ConfigError::key(
                "a JWK whose key_ops do not include the operation",
                format!("a JWK with {operation} in key_ops, or without key_ops"),
            ));
        }
        let algorithm = match algorithm {
            None => None,
            Some(json) => Some(text(json).and_then(|name| Algorithm::named(&name)).ok_or_else(|| {
                ConfigError::key("a JWK with an unknown alg", "one of the algorithms of keys::Algorithm")
            })?),
        };
        let id = match id {
            None => None,
            Some(json) => {
                let id = text(json)
                    .ok_or_else(|| ConfigError::key("a JWK whose kid is not a string", "a string"))?;
                Some(id.into())
            }
        };
        Ok(Self { members: members.texts(), algorithm, id })
    }

    fn member(&self, name: &str) -> Option<&'a str> {
        NAMES.iter().zip(self.members).find(|(known, _)| **known == name).and_then(|(_, json)| json)
    }

    fn bytes(&self, name: &'static str) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
        let text = self.member(name).and_then(text);
        text.and_then(|text| wipe::decode(&URL_SAFE_NO_PAD, text.as_bytes())).ok_or_else(|| {
            ConfigError::key(
                format!("a JWK whose {name} is missing, or is not base64url"),
                "all members that its kty requires (RFC 7518, 6)",
            )
        })
    }

    /// Reads a big-endian number. Some libraries write leading zeros, which are dropped.
    fn number(&self, name: &'static str) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
        let bytes = self.bytes(name)?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        Ok(Zeroizing::new(bytes.get(zeros..).unwrap_or_default().to_vec()))
    }

    fn kty(&self) -> Result<Kind, ConfigError> {
        let kty = self.member("kty").and_then(text);
        let crv = self.member("crv").and_then(text);
        match (kty.as_deref(), crv.as_deref()) {
            (Some("oct"), _) => Ok(Kind::Secret),
            (Some("RSA"), _) => Ok(Kind::Rsa),
            (Some("EC"), Some("P-256")) => Ok(Kind::Ec(Curve::P256)),
            (Some("EC"), Some("P-384")) => Ok(Kind::Ec(Curve::P384)),
            (Some("OKP"), Some("Ed25519")) => Ok(Kind::Ed25519),
            _ => Err(ConfigError::key(
                "a JWK with an unsupported kty or crv",
                "oct, RSA, EC with P-256 or P-384, or OKP with Ed25519",
            )),
        }
    }

    fn has_private(&self) -> bool {
        ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].into_iter().any(|name| self.member(name).is_some())
    }

    fn secret(&self) -> Result<Secret, ConfigError> {
        self.bytes("k").map(|bytes| Secret::from(&**bytes))
    }

    fn public(&self, kind: Kind) -> Result<Material, ConfigError> {
        match kind {
            Kind::Secret => self.secret().map(Material::Secret),
            Kind::Rsa => {
                let (n, e) = (self.number("n")?, self.number("e")?);
                Ok(Material::Rsa { n: n.as_slice().into(), e: e.as_slice().into() })
            }
            Kind::Ec(curve) => {
                let (x, y) = (self.bytes("x")?, self.bytes("y")?);
                // RFC 7518, 6.2.1.2: including leading zeros.
                if x.len() != curve.len() || y.len() != curve.len() {
                    return Err(ConfigError::key(
                        "an EC JWK whose x or y has the wrong length",
                        format!("{} bytes each for {}", curve.len(), curve.as_str()),
                    ));
                }
                Ok(Material::Ec { curve, point: [[4].as_slice(), &x, &y].concat().into() })
            }
            Kind::Ed25519 => {
                let x = self.bytes("x")?;
                let key = x.as_slice().try_into();
                key.map(Material::Ed25519).map_err(|_| {
                    ConfigError::key("an OKP JWK whose x has the wrong length", "32 bytes for Ed25519")
                })
            }
        }
    }

    fn private(&self, kind: Kind) -> Result<Private, ConfigError> {
        let key = match kind {
            Kind::Secret => return self.secret().map(Private::Secret),
            Kind::Rsa => {
                let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
                let mut parts = Vec::with_capacity(names.len());
                for name in names {
                    parts.push(self.number(name)?);
                }
                let parts: Option<[&[u8]; 8]> =
                    parts.iter().map(|part| part.as_slice()).collect::<Vec<_>>().try_into().ok();
                let two_primes = self.member("oth").is_none();
                parts.filter(|_| two_primes).and_then(der::rsa_private_of_parts)
            }
            Kind::Ec(curve) => {
                let scalar = self.bytes("d")?;
                match self.public(kind)? {
                    Material::Ec { point, .. } if scalar.len() == curve.len() => {
                        der::ec_private(curve, &scalar, &point)
                    }
                    _ => None,
                }
            }
            Kind::Ed25519 => self.bytes("d")?.as_slice().try_into().ok().and_then(der::ed25519_private),
        };
        key.ok_or_else(|| {
            ConfigError::key("a JWK whose private members do not fit its kty", "the members of RFC 7518, 6")
        })
    }

    fn finish<K>(self, key: K) -> Result<Read<K>, ConfigError> {
        Ok(Read { key, algorithm: self.algorithm, id: self.id })
    }
}

/// Whether the list of operations includes this one and has no duplicates (RFC 7517, 4.3).
fn permits(json: &str, operation: &str) -> bool {
    let Ok(operations) = serde_json::from_str::<Vec<String>>(json) else {
        return false;
    };
    let mut sorted = operations.clone();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len() == operations.len() && operations.iter().any(|one| one == operation)
}

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
