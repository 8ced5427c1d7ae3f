//! Shared code of the fuzz targets: keys that the fuzzer does not know, managers with a clock that stands still, and an
//! independent JSON reader.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_core::keys::{Algorithm, KeyRing, KeySet, SigningKey, VerifyingKey};
use jwt_core::{Config, Issuer, JwtManager, JwtManagerBuilder};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// The current time, whenever the targets run.
pub const NOW: u64 = 1_900_000_000;

/// The `iss` of the two trusted issuers. The tokens of the first follow RFC 9068.
pub const ISSUERS: [&str; 2] = ["https://a.example", "https://b.example"];
/// The audience of the issuers' tokens.
pub const AUDIENCE: &str = "api";

/// Secrets that are long enough for SHA-512. Nothing trusts the last one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Key {
    /// The manager's own secret.
    Own = 1,
    /// Another secret in the ring.
    Second,
    /// The first issuer's secret.
    IssuerA,
    /// The second issuer's secret.
    IssuerB,
    /// A secret that nothing trusts.
    Stranger,
}

impl Key {
    pub const ALL: [Self; 5] = [Self::Own, Self::Second, Self::IssuerA, Self::IssuerB, Self::Stranger];

    pub fn secret(self) -> [u8; 64] {
        std::array::from_fn(|index| {
            (self as u8).wrapping_mul(37).wrapping_add((index as u8).wrapping_mul(29))
        })
    }
}

/// The algorithms that the targets sign with.
pub const HMAC: [Algorithm; 3] = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];

/// Signs any header and payload, using only the crypto library.
pub fn sign(key: Key, algorithm: Algorithm, header: &[u8], payload: &[u8]) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let hash = match algorithm {
        Algorithm::HS256 => hmac::HMAC_SHA256,
        Algorithm::HS384 => hmac::HMAC_SHA384,
        _ => hmac::HMAC_SHA512,
    };
    let tag = hmac::sign(&hmac::Key::new(hash, &key.secret()), input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

/// Returns a verifying key with the id that the ring and the issuers know.
pub fn verifying(key: Key, algorithm: Algorithm) -> VerifyingKey {
    let id = format!("{key:?}-{algorithm}");
    VerifyingKey::from_secret(algorithm, key.secret()).expect("a good secret").with_id(id)
}

/// Builds a manager with the clock of the targets.
pub fn manager(builder: JwtManagerBuilder) -> JwtManager {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    builder.clock(move || now).build().expect("a sound configuration")
}

/// Returns a manager with a secret for HS256 only.
pub fn strict(config: Config) -> JwtManager {
    manager(JwtManager::builder(config).secret(Key::Own.secret()))
}

/// Returns a manager with a secret for all three HMAC algorithms, based on `Config::flask_compatible()`.
pub fn flask() -> JwtManager {
    manager(JwtManager::builder(Config::flask_compatible().decode_algorithms(HMAC)).secret(Key::Own.secret()))
}

/// Returns a manager with a private key, a public key, and three secrets.
pub fn ring() -> JwtManager {
    let signing =
        SigningKey::from_pem(Algorithm::EdDSA, include_str!("../../jwt-core/tests/keys/ed25519.pem"));
    let public =
        VerifyingKey::from_pem(Algorithm::RS256, include_str!("../../jwt-core/tests/keys/rs256.pub.pem"));
    let ring = KeyRing::new(signing.expect("a good key"))
        .with_verifying_key(public.expect("a good key"))
        .with_verifying_key(verifying(Key::Own, Algorithm::HS256))
        .with_verifying_key(verifying(Key::Own, Algorithm::HS512))
        .with_verifying_key(verifying(Key::Second, Algorithm::HS256));
    manager(JwtManager::builder(Config::default()).keys(ring))
}

/// Returns a manager with its own secret and two trusted issuers.
pub fn issuers() -> JwtManager {
    let profile = |index: usize, key| {
        let keys = KeySet::new([verifying(key, Algorithm::HS256)]).expect("one key");
        Issuer::new(ISSUERS[index], keys).audience(AUDIENCE)
    };
    let builder = JwtManager::builder(Config::default()).secret(Key::Own.secret());
    let builder = builder.trusted_issuer(profile(0, Key::IssuerA).rfc9068());
    manager(builder.trusted_issuer(profile(1, Key::IssuerB)))
}

/// Returns the members of a JSON object in order, including duplicates.
pub fn members(json: &[u8]) -> Option<Vec<(String, Value)>> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, Value)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let members = deserializer.deserialize_map(Members).ok()?;
    deserializer.end().ok()?;
    Some(members)
}

/// Checks that an accepted object has distinct names and is readable by anyone.
pub fn accepted_object(json: &[u8]) -> serde_json::Map<String, Value> {
    let members = members(json).expect("an accepted object must be readable");
    let count = members.len();
    let map: serde_json::Map<String, Value> = members.into_iter().collect();
    assert_eq!(map.len(), count, "an accepted object must have distinct names");
    map
}
