//! What an application would write itself: jsonwebtoken, with the key and rules created once.

use anyhow::{Result, anyhow};
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use crate::tokens::SECRET;

/// The claims, including those that no handler reads, because they are part of the comparison.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) sub: String,
    pub(super) jti: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) nbf: i64,
    pub(super) fresh: bool,
}

impl Claims {
    /// Keeps the compiler from removing unused fields.
    pub(super) fn read(&self) {
        let Self { sub, jti, kind, iat, exp, nbf, fresh } = self;
        std::hint::black_box((sub, jti, kind, iat, exp, nbf, fresh));
    }
}

pub(super) struct Decoder {
    key: DecodingKey,
    rules: Validation,
}

impl Decoder {
    /// Uses the backend aws_lc_rs.
    pub(super) fn new() -> Result<Self> {
        aws_lc::DEFAULT_PROVIDER.install_default().map_err(|_| anyhow!("there is a provider already"))?;
        let mut rules = Validation::new(Algorithm::HS256);
        rules.validate_nbf = true;
        Ok(Self { key: DecodingKey::from_secret(SECRET.as_bytes()), rules })
    }

    pub(super) fn decode(&self, token: &str) -> Option<Claims> {
        jsonwebtoken::decode::<Claims>(token, &self.key, &self.rules).ok().map(|token| token.claims)
    }
}
