//! Verification of compact JSON Web Signatures (RFC 7515, 7.1).
//!
//! **Only the signature is checked, not the claims.** To verify tokens, use [`JwtManager`](crate::JwtManager).
//!
//! ```
//! use jwt_core::keys::KeySet;
//! use jwt_core::token::jws;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // RFC 8037, appendix A.4
//! let keys = KeySet::from_jwks(
//!     r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
//! )?;
//! let verified = jws::verify(
//!     "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6d\
//!      WbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
//!     &keys,
//! )?;
//! assert_eq!(verified.payload(), b"Example of Ed25519 signing");
//! # Ok(())
//! # }
//! ```

use std::fmt;

use super::header::{Header, Typ};
use crate::error::InvalidToken;
use crate::keys::{Algorithm, KeySet, VerifyingKey};
use crate::wire::Compact;

/// The maximum length of a JWS that [`verify`] accepts, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// A JWS whose signature has been verified. `Debug` shows only the algorithm.
#[derive(Clone, Eq, PartialEq)]
pub struct Jws {
    header: String,
    payload: Vec<u8>,
    algorithm: Algorithm,
}

impl Jws {
    /// Returns the JOSE header (RFC 7515, 4), as the text of a JSON object with distinct names.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.header
    }

    /// Returns the payload, which can be any bytes.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Returns the payload, and drops the rest.
    #[must_use]
    pub fn into_payload(self) -> Vec<u8> {
        self.payload
    }

    /// Returns the algorithm of the key that verified the signature.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl fmt::Debug for Jws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jws").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// Verifies the signature of a JWS of at most [`MAX_BYTES`] bytes.
///
/// The same rules apply as for tokens. The JWS must have exactly three segments in canonical base64url. Its header must
/// have distinct names, the `alg` of one of the keys, and no critical extensions. Its `typ` can be anything.
///
/// # Errors
/// Returns the reason why the JWS is invalid.
pub fn verify(jws: impl AsRef<[u8]>, keys: &KeySet) -> Result<Jws, InvalidToken> {
    verify_with_limit(jws, keys, MAX_BYTES)
}

/// Like [`verify`], but with a custom maximum length in bytes.
///
/// # Errors
/// Returns the reason why the JWS is invalid.
pub fn verify_with_limit(
    jws: impl AsRef<[u8]>,
    keys: &KeySet,
    max_bytes: usize,
) -> Result<Jws, InvalidToken> {
    let compact = Compact::split(jws.as_ref(), max_bytes)?;
    let json = compact.header()?;
    let (payload, algorithm) = {
        let header = Header::read(&json, &Typ::Any, keys, &[])?;
        let verify = |signature: &[u8]| header.verify(compact.signing_input, signature);
        (
            compact.payload_bytes()?,
            compact.with_signature(|signature| verify(signature).map(VerifyingKey::algorithm))??,
        )
    };
    Ok(Jws { header: json, payload, algorithm })
}
