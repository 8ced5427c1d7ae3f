//! JSON Web Keys (RFC 7517; RFC 7518, 6; RFC 8037, 2).

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::backend::Backend;
use super::der;
use super::material::{Material, Private};
use super::secret::Secret;
use super::wipe;
use crate::algorithm::{Algorithm, Curve, Family};
use crate::error::ConfigError;
use crate::wire::{Members, text};

/// A key that was read from a JWK.
pub(super) struct Read<K> {
    pub(super) key: K,
    /// The algorithm in `alg`. `None` if the JWK does not have one.
    pub(super) algorithm: Option<Algorithm>,
    pub(super) id: Option<Box<str>>,
}

/// How closely a JWK has to follow the specifications.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Form {
    /// To the last detail. The application chose the key, and can correct it.
    Exact,
    /// As issuers write it (RFC 7517, 5). A member that is `null`, or an empty `key_ops`, says nothing. Base64url can be
    /// padded. Numbers can have too many leading zeros, or too few. A certificate can supply the key.
    Issued,
}

/// Reads the key of a JWK for verifying.
pub(super) fn verifying(json: &str, form: Form) -> Result<Read<Material>, ConfigError> {
    let jwk = Jwk::read(json, "verify", form)?;
    let key = match jwk.kty()? {
        Family::Hmac => Material::Secret(jwk.secret()?),
        _ if jwk.has_private() => {
            return Err(ConfigError::key("a private JWK", "a public JWK, which does not have d"));
        }
        kind => jwk.public(kind)?,
    };
    jwk.finish(key)
}

/// Reads the key of a JWK for signing, together with the public key in the JWK.
pub(super) fn signing(json: &str) -> Result<Read<(Private, Material)>, ConfigError> {
    let jwk = Jwk::read(json, "sign", Form::Exact)?;
    let kind = jwk.kty()?;
    if !jwk.has_private() {
        return Err(ConfigError::key("a public JWK", "a private JWK, which has d"));
    }
    let key = (jwk.private(kind)?, jwk.public(kind)?);
    jwk.finish(key)
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

pub(super) fn coordinates(curve: Curve, point: &[u8]) -> Option<(&[u8], &[u8])> {
    point.get(1..)?.split_at_checked(curve.len())
}

pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The members that are used, as JSON texts.
struct Jwk<'a> {
    members: [Option<&'a str>; 15],
    form: Form,
    algorithm: Option<Algorithm>,
    id: Option<Box<str>>,
}

const NAMES: [&str; 15] =
    ["kty", "crv", "x", "y", "n", "e", "k", "d", "p", "q", "dp", "dq", "qi", "oth", "x5c"];

/// Base64url with or without padding.
const URL_SAFE_PADDED: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl<'a> Jwk<'a> {
    /// Reads the metadata of the key. Returns an error if it does not permit the operation.
    fn read(json: &'a str, operation: &str, form: Form) -> Result<Self, ConfigError> {
        let broken =
            || ConfigError::key("text that is not a JWK", "a JSON object with distinct names (RFC 7517, 4)");
        let members = Members::read(json, &NAMES).ok_or_else(broken)?;
        let about = Members::read(json, &["use", "key_ops", "alg", "kid"]).ok_or_else(broken)?;
        let says = |json: &&str| form == Form::Exact || *json != "null";
        let [usage, operations, algorithm, id] = about.texts().map(|json| json.filter(says));
        let operations = operations.filter(|json| form == Form::Exact || !is_empty_list(json));
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
        let members = members.texts().map(|json| json.filter(says));
        Ok(Self { members, form, algorithm, id })
    }

    fn member(&self, name: &str) -> Option<&'a str> {
        NAMES.iter().zip(self.members).find(|(known, _)| **known == name).and_then(|(_, json)| json)
    }

    fn bytes(&self, name: &'static str) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
        let text = self.member(name).and_then(text);
        let engine = if self.form == Form::Exact { &URL_SAFE_NO_PAD } else { &URL_SAFE_PADDED };
        text.and_then(|text| wipe::decode(engine, text.as_bytes())).ok_or_else(|| {
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

    /// Reads a coordinate of a point on the curve.
    fn coordinate(&self, name: &'static str, curve: Curve) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
        let bytes = self.bytes(name)?;
        // RFC 7518, 6.2.1.2: including leading zeros.
        if self.form == Form::Exact || bytes.is_empty() {
            return Ok(bytes);
        }
        let number = self.number(name)?;
        let zeros = curve.len().saturating_sub(number.len());
        Ok(Zeroizing::new([&vec![0; zeros], number.as_slice()].concat()))
    }

    /// The key of the first certificate in `x5c` (RFC 7517, 4.7), which is base64, not base64url. `None` if the JWK has
    /// other members for the key, or no `x5c`.
    fn certified(&self, kind: Family) -> Option<Result<Material, ConfigError>> {
        let has = |name| self.member(name).is_some();
        let x5c = self.member("x5c").filter(|_| self.form == Form::Issued)?;
        if ["n", "e", "x", "y"].into_iter().any(has) {
            return None;
        }
        let read = || {
            let chain: Vec<&RawValue> = serde_json::from_str(x5c).ok()?;
            let body = wipe::without_white_space(text(chain.first()?.get())?.as_bytes());
            wipe::decode(&STANDARD, &body)
        };
        let expected = || format!("a certificate with {}", kind.describe());
        let damaged = || ConfigError::key("a JWK whose x5c is not a list of certificates", expected());
        let key = read().ok_or_else(damaged).and_then(|der| der::certificate(&der, expected));
        let fits = |key: Material| {
            let found = key.family();
            if found == kind { Ok(key) } else { Err(ConfigError::key(found.describe(), expected())) }
        };
        Some(key.and_then(fits))
    }

    fn kty(&self) -> Result<Family, ConfigError> {
        let kty = self.member("kty").and_then(text);
        let crv = self.member("crv").and_then(text);
        match (kty.as_deref(), crv.as_deref()) {
            (Some("oct"), _) => Ok(Family::Hmac),
            (Some("RSA"), _) => Ok(Family::Rsa),
            (Some("EC"), Some("P-256")) => Ok(Family::Ec(Curve::P256)),
            (Some("EC"), Some("P-384")) => Ok(Family::Ec(Curve::P384)),
            (Some("OKP"), Some("Ed25519")) => Ok(Family::Ed25519),
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

    fn public(&self, kind: Family) -> Result<Material, ConfigError> {
        if let Some(key) = self.certified(kind) {
            return key;
        }
        match kind {
            Family::Hmac => self.secret().map(Material::Secret),
            Family::Rsa => {
                let (n, e) = (self.number("n")?, self.number("e")?);
                Ok(Material::Rsa { n: n.as_slice().into(), e: e.as_slice().into() })
            }
            Family::Ec(curve) => {
                let (x, y) = (self.coordinate("x", curve)?, self.coordinate("y", curve)?);
                if x.len() != curve.len() || y.len() != curve.len() {
                    return Err(ConfigError::key(
                        "an EC JWK whose x or y has the wrong length",
                        format!("{} bytes each for {}", curve.len(), curve.as_str()),
                    ));
                }
                Ok(Material::Ec { curve, point: [[4].as_slice(), &x, &y].concat().into() })
            }
            Family::Ed25519 => {
                let x = self.bytes("x")?;
                let key = x.as_slice().try_into();
                key.map(Material::Ed25519).map_err(|_| {
                    ConfigError::key("an OKP JWK whose x has the wrong length", "32 bytes for Ed25519")
                })
            }
        }
    }

    fn private(&self, kind: Family) -> Result<Private, ConfigError> {
        let key = match kind {
            Family::Hmac => return self.secret().map(Private::Secret),
            Family::Rsa => {
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
            Family::Ec(curve) => {
                let scalar = self.bytes("d")?;
                match self.public(kind)? {
                    Material::Ec { point, .. } if scalar.len() == curve.len() => {
                        der::ec_private(curve, &scalar, &point)
                    }
                    _ => None,
                }
            }
            Family::Ed25519 => self.bytes("d")?.as_slice().try_into().ok().and_then(der::ed25519_private),
        };
        key.ok_or_else(|| {
            ConfigError::key("a JWK whose private members do not fit its kty", "the members of RFC 7518, 6")
        })
    }

    fn finish<K>(self, key: K) -> Result<Read<K>, ConfigError> {
        Ok(Read { key, algorithm: self.algorithm, id: self.id })
    }
}

fn is_empty_list(json: &str) -> bool {
    serde_json::from_str::<Vec<&RawValue>>(json).is_ok_and(|list| list.is_empty())
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
