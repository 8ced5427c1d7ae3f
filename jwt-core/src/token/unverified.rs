use std::fmt;

use serde_json::{Map, Value};

use crate::error::{InvalidToken, Segment};
use crate::wire::Compact;
use crate::wire::json::is_object;

/// The header and claims of a token that has not been verified.
///
/// Anyone could have written them. Use them to choose a key, but never for anything that requires trust. `Debug` does
/// not show them. [`JwtManager::insecure_unverified`](crate::JwtManager::insecure_unverified) returns one.
///
/// ```
/// use jwt_core::{Config, JwtManager};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let text = jwt.access_token("alice").header("tenant", "acme").encode()?;
///
/// let token = jwt.insecure_unverified(&text)?;
/// assert_eq!(token.header()["tenant"], "acme");
/// assert_eq!(token.key_id(), None);
/// # Ok(())
/// # }
/// ```
pub struct UnverifiedToken {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl UnverifiedToken {
    /// Reads a well-formed token, with the same rules as for a token that will be verified.
    pub(crate) fn read(compact: &Compact<'_>) -> Result<Self, InvalidToken> {
        let read = |json: &str, part| {
            let object = Some(json).filter(|json| is_object(json));
            object.and_then(|json| serde_json::from_str(json).ok()).ok_or(InvalidToken::Json(part))
        };
        let header = read(&compact.header()?, Segment::Header)?;
        Ok(Self { header, claims: read(&compact.payload()?, Segment::Payload)? })
    }

    /// Returns the JOSE header (RFC 7515, 4).
    #[must_use]
    pub const fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// Returns the `kid` of the header (RFC 7515, 4.1.4), if it is a string.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.header.get("kid")?.as_str()
    }

    /// Returns the claims.
    #[must_use]
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

impl fmt::Debug for UnverifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedToken").finish_non_exhaustive()
    }
}
