//! An identity provider: the keys that it publishes, and its access tokens.

use std::time::{SystemTime, UNIX_EPOCH};

use base64_simd::URL_SAFE_NO_PAD;
use jwt_core::Algorithm;
use jwt_core::keys::{KeySet, VerifyingKey};
use serde::Serialize;

use crate::keys;
use crate::sample::{Sample, TOKENS};

/// The `iss` of the tokens.
pub const NAME: &str = "https://login.example/realms/main";
pub const AUDIENCE: &str = "https://api.example";

/// Of the tokens. All of them are in one set.
pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// The claims that RFC 9068 requires (2.2), and two that it only mentions.
#[derive(Clone, Serialize)]
pub struct Claims {
    pub iss: &'static str,
    pub sub: String,
    pub aud: &'static str,
    pub client_id: &'static str,
    pub jti: String,
    pub scope: &'static str,
    pub iat: u64,
    pub exp: u64,
    pub auth_time: u64,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// The JWK set that the provider publishes. The `kid` of a key is its thumbprint.
pub fn jwks() -> String {
    let keys = KeySet::new(ALGORITHMS.map(public)).expect("different keys");
    serde_json::to_string(&keys.jwks()).expect("JSON")
}

fn public(algorithm: Algorithm) -> VerifyingKey {
    let (_, public) = keys::pem(algorithm).expect("a key pair");
    VerifyingKey::from_pem(algorithm, public).expect("a public key")
}

/// Different tokens, which are valid for an hour.
pub fn tokens(algorithm: Algorithm) -> Vec<Sample> {
    (0..TOKENS).map(|index| token(algorithm, &claims(index), "at+jwt")).collect()
}

/// Tokens with a right signature that a service must reject.
pub fn misused(algorithm: Algorithm) -> Vec<Sample> {
    let good = claims(0);
    let changed = [
        Claims { iss: "https://login.example/realms/other", ..good.clone() },
        Claims { aud: "https://other.example", ..good.clone() },
        Claims { exp: good.iat - 1, ..good.clone() },
    ];
    let changed = changed.iter().map(|claims| token(algorithm, claims, "at+jwt"));
    changed.chain([token(algorithm, &good, "JWT")]).collect()
}

fn claims(index: usize) -> Claims {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
    Claims {
        iss: NAME,
        sub: format!("5c1d8e4a-93b7-4c0e-8f2d-{index:012}"),
        aud: AUDIENCE,
        client_id: "web-app",
        jti: format!("b7a0e9d2-1f46-4d7b-9a33-{index:012}"),
        scope: "openid profile email",
        iat: now,
        exp: now + 3600,
        auth_time: now - 60,
    }
}

fn token(algorithm: Algorithm, claims: &Claims, typ: &str) -> Sample {
    let key = public(algorithm);
    let header = Header { alg: algorithm.as_str(), typ, kid: key.id().expect("a thumbprint") };
    let header = serde_json::to_vec(&header).expect("JSON");
    let mut text = URL_SAFE_NO_PAD.encode_to_string(header);
    text.push('.');
    URL_SAFE_NO_PAD.encode_append(serde_json::to_vec(claims).expect("JSON"), &mut text);
    keys::signer(algorithm).finish(&mut text).expect("a signature");
    Sample::new(text)
}
