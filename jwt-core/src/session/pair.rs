use std::fmt;
use std::time::SystemTime;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

/// The two tokens of a session.
///
/// It serializes as an access token response (RFC 6749, 5.1). `Debug` does not show it.
///
/// ```
/// use jwt_core::session::MemorySessions;
/// use jwt_core::{Config, JwtManager};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt =
///     JwtManager::builder(Config::default()).secret(secret).session_store(MemorySessions::new()).build()?;
/// let pair = jwt.log_in("alice").await?;
///
/// let body = serde_json::to_value(&pair)?;
/// assert_eq!(body["access_token"], pair.access());
/// assert_eq!(body["refresh_token"], pair.refresh());
/// assert_eq!(body["token_type"], "Bearer");
/// assert_eq!(body["expires_in"], 900);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TokenPair {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) session: Box<str>,
    pub(crate) expires_in: Option<u64>,
    pub(crate) ends_at: SystemTime,
}

impl TokenPair {
    /// Returns the access token.
    #[must_use]
    pub fn access(&self) -> &str {
        &self.access
    }

    /// Returns the refresh token.
    #[must_use]
    pub fn refresh(&self) -> &str {
        &self.refresh
    }

    /// Returns the id of the session, which is the `sid` claim of both tokens.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }

    /// Returns the lifetime of the access token in seconds. `None` if it never expires.
    #[must_use]
    pub const fn expires_in(&self) -> Option<u64> {
        self.expires_in
    }

    /// Returns the moment when the session expires, regardless of how often its tokens are exchanged.
    ///
    /// [`Config::session_expires`](crate::Config::session_expires) determines it.
    #[must_use]
    pub const fn session_ends_at(&self) -> SystemTime {
        self.ends_at
    }
}

impl Serialize for TokenPair {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut response = serializer.serialize_struct("TokenPair", 4)?;
        response.serialize_field("access_token", &self.access)?;
        match self.expires_in {
            Some(seconds) => response.serialize_field("expires_in", &seconds)?,
            None => response.skip_field("expires_in")?,
        }
        response.serialize_field("refresh_token", &self.refresh)?;
        response.serialize_field("token_type", "Bearer")?;
        response.end()
    }
}

impl fmt::Debug for TokenPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenPair").finish_non_exhaustive()
    }
}
