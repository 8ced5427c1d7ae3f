//! The same operations with jsonwebtoken. Keys and rules are created once.

use std::hint::black_box;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::Operation;
use crate::tokens::{SECRET, SUBJECT};

#[derive(Deserialize, Serialize)]
struct Claims {
    sub: String,
    exp: u64,
    iat: u64,
    nbf: u64,
    jti: String,
    #[serde(rename = "type")]
    kind: String,
    fresh: bool,
    csrf: Option<String>,
}

pub(crate) fn decode(token: &str, accepted: bool) -> Operation {
    let key = DecodingKey::from_secret(SECRET.as_bytes());
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = 0;
    validation.validate_nbf = true;
    let token = token.to_owned();
    Box::new(move || {
        let decoded = black_box(jsonwebtoken::decode::<Claims>(black_box(&token), &key, &validation));
        assert_eq!(decoded.is_ok(), accepted);
    })
}

/// Issues a token with the same claims.
pub(crate) fn encode() -> Operation {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let header = Header::new(Algorithm::HS256);
    Box::new(move || {
        let claims = Claims {
            sub: SUBJECT.to_owned(),
            exp: 1_800_000_900,
            iat: 1_800_000_000,
            nbf: 1_800_000_000,
            jti: "6ba7b810-9dad-41d1-80b4-00c04fd430c8".to_owned(),
            kind: "access".to_owned(),
            fresh: false,
            csrf: None,
        };
        assert!(black_box(jsonwebtoken::encode(&header, black_box(&claims), &key)).is_ok());
    })
}
