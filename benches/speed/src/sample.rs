//! Tokens to check.

use base64_simd::URL_SAFE_NO_PAD;
use http::Request;
use http::header::AUTHORIZATION;
use jwt_core::{Algorithm, Config, JwtManager};

use crate::keys;

/// The number of different tokens, which take turns.
pub const TOKENS: usize = 64;

/// A token, and the request that carries it.
pub struct Sample {
    pub token: String,
    pub request: Request<()>,
    /// The decoded signature, which is empty if the token does not have one.
    signature: Vec<u8>,
}

impl Sample {
    pub fn new(token: String) -> Self {
        let request = Request::get("/").header(AUTHORIZATION, format!("Bearer {token}")).body(());
        let signature = token.rsplit_once('.').map(|(_, signature)| signature.as_bytes());
        let signature = signature.and_then(|signature| URL_SAFE_NO_PAD.decode_to_vec(signature).ok());
        Self {
            request: request.expect("a token is a header value"),
            signature: signature.unwrap_or_default(),
            token,
        }
    }

    /// Returns the signed part, and the signature.
    pub fn parts(&self) -> (&[u8], &[u8]) {
        let end = self.token.rfind('.').unwrap_or_default();
        (&self.token.as_bytes()[..end], &self.signature)
    }

    /// Returns the same token with another signature.
    pub fn damaged(&self) -> Self {
        let end = self.token.rfind('.').expect("a signature") + 1;
        let mut token = self.token.clone();
        let other = if token[end..].starts_with('A') { "B" } else { "A" };
        token.replace_range(end..end + 1, other);
        Self::new(token)
    }
}

/// A manager of an application that only sets the key.
pub fn manager(algorithm: Algorithm) -> JwtManager {
    let builder = JwtManager::builder(Config::default().algorithm(algorithm));
    match keys::pem(algorithm) {
        Some(_) => builder.key_pair(keys::signing_key(algorithm)),
        None => builder.secret(keys::SECRET),
    }
    .build()
    .expect("a manager")
}

/// Returns different tokens of this manager, with an additional claim of this many bytes.
pub fn tokens(manager: &JwtManager, filler: usize) -> Vec<Sample> {
    let token = |index| {
        let token = manager.access_token(format!("user-{index:04}"));
        let token = if filler == 0 { token } else { token.claim("data", "x".repeat(filler)) };
        Sample::new(token.encode().expect("a token"))
    };
    (0..TOKENS).map(token).collect()
}
