//! Keys in DER. If a key is not the expected one, the error describes the key that was found.

use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
use pkcs8::der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use pkcs8::der::{Decode as _, Encode as _, Tagged as _};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use pkcs8::{PrivateKeyInfo, PrivateKeyInfoRef};
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

use super::material::{Material, Private, wanted};
use crate::algorithm::{Algorithm, Curve, Family};
use crate::error::ConfigError;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Reads a public key: `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7), or `RSAPublicKey` for RSA (RFC 8017, A.1.1).
pub(super) fn public(algorithm: Algorithm, der: &[u8]) -> Result<Material, ConfigError> {
    let expected = || format!("a public key (SubjectPublicKeyInfo), {}", wanted(algorithm));
    if is_private(der) {
        return Err(ConfigError::key("a private key", expected()));
    }
    if is_certificate(der) {
        return Err(ConfigError::key("a certificate", expected()));
    }
    match SubjectPublicKeyInfoRef::from_der(der) {
        Ok(info) => subject(&info, expected, || wanted(algorithm)),
        Err(_) => rsa_public(der).ok_or_else(|| damaged(expected())),
    }
}

/// Reads the public key of a certificate (RFC 5280, 4.1.2.7). Nothing else in the certificate is checked.
pub(super) fn certificate(der: &[u8], expected: impl Fn() -> String) -> Result<Material, ConfigError> {
    let info = subject_of(der).ok_or_else(|| {
        let found = if is_key(der) { "a key" } else { "DER that is not a certificate, or is damaged" };
        ConfigError::key(found, expected())
    })?;
    subject(&info, &expected, &expected)
}

fn subject(
    info: &SubjectPublicKeyInfoRef<'_>,
    expected: impl Fn() -> String,
    wanted: impl Fn() -> String,
) -> Result<Material, ConfigError> {
    let family = family_of(&info.algorithm).map_err(|found| ConfigError::key(found, wanted()))?;
    let damaged = || damaged(expected());
    let key = info.subject_public_key.as_bytes().ok_or_else(damaged)?;
    match family {
        Family::Rsa => rsa_public(key).ok_or_else(damaged),
        Family::Ec(curve) => point(curve, key),
        Family::Ed25519 => key.try_into().map(Material::Ed25519).map_err(|_| damaged()),
        Family::Hmac => Err(damaged()),
    }
}

fn damaged(expected: String) -> ConfigError {
    ConfigError::key("DER that is not a key, or is damaged", expected)
}

/// Reads the point of an EC key. It must have both coordinates (SEC 1, 2.3.3), because the thumbprint and the JWK
/// contain them.
fn point(curve: Curve, point: &[u8]) -> Result<Material, ConfigError> {
    match point {
        [4, coordinates @ ..] if coordinates.len() == curve.len().saturating_mul(2) => {
            Ok(Material::Ec { curve, point: point.into() })
        }
        _ => Err(ConfigError::key(
            "an EC key whose point is compressed, or damaged",
            "an uncompressed point: convert the key with `openssl ec -pubin -conv_form uncompressed`",
        )),
    }
}

/// Reads a private key: PKCS#8 `PrivateKeyInfo` (RFC 5208, 5), or `RSAPrivateKey` for RSA (RFC 8017, A.1.2).
pub(super) fn private(algorithm: Algorithm, der: &[u8]) -> Result<Private, ConfigError> {
    let expected = || format!("a private key (PKCS#8), {}", wanted(algorithm));
    let damaged = || ConfigError::key("DER that is not a key, or is damaged", expected());
    if let Ok(info) = PrivateKeyInfoRef::from_der(der) {
        let family =
            family_of(&info.algorithm).map_err(|found| ConfigError::key(found, wanted(algorithm)))?;
        if family != algorithm.family() {
            return Err(ConfigError::key(family.describe(), wanted(algorithm)));
        }
        // Written again without attributes and the public key, because some libraries cannot read those.
        return pkcs8(info.algorithm, info.private_key.as_bytes()).ok_or_else(damaged);
    }
    if RsaPrivateKeyRef::from_der(der).is_ok() {
        if algorithm.family() != Family::Rsa {
            return Err(ConfigError::key(Family::Rsa.describe(), wanted(algorithm)));
        }
        return rsa_private(der).ok_or_else(damaged);
    }
    if EcPrivateKey::from_der(der).is_ok() {
        return Err(sec1_error());
    }
    if is_key(der) {
        return Err(ConfigError::key("a public key or a certificate", expected()));
    }
    Err(damaged())
}

pub(super) fn sec1_error() -> ConfigError {
    ConfigError::key(
        "an EC private key in SEC1 (BEGIN EC PRIVATE KEY)",
        "PKCS#8 (BEGIN PRIVATE KEY): convert the key with `openssl pkcs8 -topk8 -nocrypt`",
    )
}

/// Writes an RSA private key (RFC 7518, 6.3.2) as PKCS#8. The parts are n, e, d, p, q, dp, dq, and qi.
pub(super) fn rsa_private_of_parts(parts: [&[u8]; 8]) -> Option<Private> {
    let [n, e, d, p, q, dp, dq, qi] = parts.map(|part| UintRef::new(part).ok());
    let key = RsaPrivateKeyRef {
        modulus: n?,
        public_exponent: e?,
        private_exponent: d?,
        prime1: p?,
        prime2: q?,
        exponent1: dp?,
        exponent2: dq?,
        coefficient: qi?,
        other_prime_infos: None,
    };
    rsa_private(&Zeroizing::new(key.to_der().ok()?))
}

/// Writes a scalar and its point as PKCS#8 (RFC 5915, 3).
pub(super) fn ec_private(curve: Curve, scalar: &[u8], point: &[u8]) -> Option<Private> {
    let key = EcPrivateKey { private_key: scalar, parameters: None, public_key: Some(point) };
    let curve = match curve {
        Curve::P256 => &P256,
        Curve::P384 => &P384,
    };
    let algorithm = AlgorithmIdentifierRef { oid: EC, parameters: Some(curve.into()) };
    pkcs8(algorithm, &Zeroizing::new(key.to_der().ok()?))
}

/// Writes a seed as PKCS#8 (RFC 8410, 7).
pub(super) fn ed25519_private(seed: &[u8; 32]) -> Option<Private> {
    let seed = Zeroizing::new(OctetStringRef::new(seed).ok()?.to_der().ok()?);
    pkcs8(AlgorithmIdentifierRef { oid: ED25519, parameters: None }, &seed)
}

/// Reads the seed of an Ed25519 key from PKCS#8.
#[cfg(feature = "rust-crypto")]
pub(super) fn ed25519_seed(der: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let info = PrivateKeyInfoRef::from_der(der).ok()?;
    let seed = <&OctetStringRef>::from_der(info.private_key.as_bytes()).ok()?;
    seed.as_bytes().try_into().ok().map(Zeroizing::new)
}

/// Whether these bytes encode a key or a certificate, public or private.
pub(super) fn is_key(der: &[u8]) -> bool {
    is_private(der)
        || is_certificate(der)
        || SubjectPublicKeyInfoRef::from_der(der).is_ok()
        || RsaPublicKeyRef::from_der(der).is_ok()
}

fn is_private(der: &[u8]) -> bool {
    PrivateKeyInfoRef::from_der(der).is_ok()
        || RsaPrivateKeyRef::from_der(der).is_ok()
        || EcPrivateKey::from_der(der).is_ok()
}

/// Content, algorithm, and signature (RFC 5280, 4.1).
fn is_certificate(der: &[u8]) -> bool {
    match Vec::<AnyRef<'_>>::from_der(der).as_deref() {
        Ok([_, algorithm, signature]) => {
            algorithm.decode_as::<AlgorithmIdentifierRef<'_>>().is_ok()
                && signature.decode_as::<BitStringRef<'_>>().is_ok()
        }
        _ => false,
    }
}

/// The key in the content of a certificate: after the version, which is optional, and five other fields.
fn subject_of(der: &[u8]) -> Option<SubjectPublicKeyInfoRef<'_>> {
    let parts = if is_certificate(der) { Vec::<AnyRef<'_>>::from_der(der).ok()? } else { return None };
    let fields: Vec<AnyRef<'_>> = parts.first()?.decode_as().ok()?;
    let has_version = fields.first()?.tag().is_context_specific();
    fields.get(if has_version { 6 } else { 5 })?.decode_as().ok()
}

/// The family of a key. Returns a description if no algorithm here uses such a key.
fn family_of(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Family, &'static str> {
    match algorithm.oid {
        RSA => Ok(Family::Rsa),
        ED25519 => Ok(Family::Ed25519),
        EC => match algorithm.parameters_oid() {
            Ok(P256) => Ok(Family::Ec(Curve::P256)),
            Ok(P384) => Ok(Family::Ec(Curve::P384)),
            Ok(curve) => Err(match &*curve.to_string() {
                "1.3.132.0.35" => "an EC key on P-521",
                "1.3.132.0.10" => "an EC key on secp256k1",
                _ => "an EC key on a curve that JWTs do not use",
            }),
            Err(_) => Err("an EC key without a named curve"),
        },
        other => Err(match &*other.to_string() {
            "1.2.840.113549.1.1.10" => "an RSASSA-PSS key (for PS256, generate one with `openssl genrsa`)",
            "1.3.101.113" => "an Ed448 key",
            "1.3.101.110" => "an X25519 key, which cannot sign",
            "1.3.101.111" => "an X448 key, which cannot sign",
            "1.2.840.10040.4.1" => "a DSA key",
            _ => "a key of an algorithm that JWTs do not use",
        }),
    }
}

fn rsa_public(der: &[u8]) -> Option<Material> {
    let key = RsaPublicKeyRef::from_der(der).ok()?;
    Some(Material::Rsa { n: key.modulus.as_bytes().into(), e: key.public_exponent.as_bytes().into() })
}

fn rsa_private(der: &[u8]) -> Option<Private> {
    pkcs8(AlgorithmIdentifierRef { oid: RSA, parameters: Some(AnyRef::NULL) }, der)
}

fn pkcs8(algorithm: AlgorithmIdentifierRef<'_>, key: &[u8]) -> Option<Private> {
    let info: PrivateKeyInfoRef<'_> = PrivateKeyInfo::new(algorithm, OctetStringRef::new(key).ok()?);
    info.to_der().ok().map(Zeroizing::new).map(Private::Pkcs8)
}

/// The public part of an RSA key in PKCS#8.
pub(super) fn rsa_public_of(der: &[u8]) -> Option<Material> {
    let info = PrivateKeyInfoRef::from_der(der).ok()?;
    let key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).ok()?;
    Some(Material::Rsa { n: key.modulus.as_bytes().into(), e: key.public_exponent.as_bytes().into() })
}
