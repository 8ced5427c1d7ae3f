//! jsonwebtoken 12 behind a cache of keys as an application writes it by hand. Readers take no lock, each key has the
//! algorithm that the provider published with it, and nothing is prepared per token.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jsonwebtoken_12::jwk::JwkSet;
use jsonwebtoken_12::{DecodingKey, TokenData, Validation, decode, decode_header};
use serde::Deserialize;

use crate::contender::Contender;
use crate::provider::{AUDIENCE, NAME};

pub const CACHED: &str = "jsonwebtoken 12 and a handwritten cache";

/// The claims as an application's type.
#[allow(dead_code, reason = "a handler would read them")]
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    client_id: String,
    jti: String,
    scope: String,
    iat: i64,
    exp: i64,
    auth_time: i64,
}

/// A key, and the rules for its tokens.
struct Key {
    decoding: DecodingKey,
    validation: Validation,
}

/// The keys by their `kid`. A task would replace them all at once.
struct Cache(ArcSwap<HashMap<String, Key>>);

impl Cache {
    fn of(jwks: &str) -> Self {
        let set: JwkSet = serde_json::from_str(jwks).expect("a JWK set");
        let keys = set.keys.iter().map(|jwk| {
            let algorithm = jwk.common.key_algorithm.expect("an algorithm");
            let mut validation = Validation::new(algorithm.try_into().expect("an algorithm of signatures"));
            validation.leeway = 0;
            validation.validate_nbf = true;
            validation.set_issuer(&[NAME]);
            validation.set_audience(&[AUDIENCE]);
            validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
            let decoding = DecodingKey::from_jwk(jwk).expect("a public key");
            (jwk.common.key_id.clone().expect("a kid"), Key { decoding, validation })
        });
        Self(ArcSwap::new(Arc::new(keys.collect())))
    }

    fn check(&self, token: &str) -> Option<TokenData<Claims>> {
        let header = decode_header(token).ok()?;
        if header.typ.as_deref() != Some("at+jwt") {
            return None;
        }
        let keys = self.0.load();
        let Key { decoding, validation } = keys.get(header.kid.as_deref()?)?;
        decode(token, decoding, validation).ok()
    }
}

pub fn contender(jwks: &str) -> Contender {
    let cache = Cache::of(jwks);
    Contender::new(CACHED, move |sample| black_box(&cache.check(&sample.token)).is_some())
        .note("does not check `iat`")
}
