use std::fmt;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

/// The tokens that a client has of a session. Written as JSON it is an access token response (RFC 6749, 5.1). `Debug`
/// shows nothing of it.
#[derive(Clone)]
pub struct TokenPair {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) session: Box<str>,
    pub(crate) expires_in: Option<u64>,
}

impl TokenPair {
    /// The access token.
    #[must_use]
    pub fn access(&self) -> &str {
        &self.access
    }

    /// The refresh token.
    #[must_use]
    pub fn refresh(&self) -> &str {
        &self.refresh
    }

    /// The session's id: the `sid` claim of both.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }

    /// How long the access token is valid, in seconds. `None` if it never expires.
    #[must_use]
    pub const fn expires_in(&self) -> Option<u64> {
        self.expires_in
    }
}

impl Serialize for TokenPair {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut response = serializer.serialize_struct("TokenPair", 4)?;
        response.serialize_field("access_token", &self.access)?;
        response.serialize_field("refresh_token", &self.refresh)?;
        response.serialize_field("token_type", "Bearer")?;
        match self.expires_in {
            Some(seconds) => response.serialize_field("expires_in", &seconds)?,
            None => response.skip_field("expires_in")?,
        }
        response.end()
    }
}

impl fmt::Debug for TokenPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenPair").finish_non_exhaustive()
    }
}
