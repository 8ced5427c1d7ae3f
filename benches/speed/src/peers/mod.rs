//! Other libraries, each used as its documentation recommends: keys and rules are created once, and claims have the
//! application's type.

pub mod cached;
pub mod jsonwebtoken;
pub mod jwt_compact;
pub mod jwt_simple;
pub mod oauth_resource_server;

use jwt_core::Algorithm;
use serde::{Deserialize, Serialize};

use crate::contender::Contender;

/// The claims of this library's tokens, as an application's type. Other claims are skipped.
#[derive(Debug, Deserialize, Serialize)]
pub struct Claims {
    pub fresh: bool,
    pub iat: i64,
    pub jti: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub sub: String,
    pub nbf: i64,
    pub exp: i64,
}

pub fn all(algorithm: Algorithm) -> Vec<Contender> {
    vec![
        jsonwebtoken::aws_lc(algorithm),
        jsonwebtoken::rust_crypto(algorithm),
        jwt_simple::contender(algorithm),
        jwt_compact::contender(algorithm),
    ]
}
