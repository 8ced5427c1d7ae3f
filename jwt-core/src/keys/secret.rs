use std::fmt;

use zeroize::Zeroizing;

use crate::error::ConfigError;

/// A secret for the HMAC algorithms.
///
/// The secret is wiped from memory when it is dropped, and `Debug` does not show it.
///
/// The checks run when the manager is built. The secret must be at least as long as
/// [`Algorithm::min_secret_len`](super::Algorithm::min_secret_len). Keys and certificates are rejected as well, in
/// every encoding that can be recognized, and so are secrets that were not generated: well-known ones, placeholders
/// such as `replace-this-with-a-long-random-secret`, and walks over the keyboard (RFC 8725, 2.1 and 3.5).
/// `openssl rand -base64 48` generates a good secret.
///
/// ```no_run
/// use jwt_core::keys::Secret;
/// use jwt_core::{Config, JwtManager};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = Secret::from(std::env::var("JWT_SECRET_KEY")?);
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    may_be_placeholder: bool,
}

impl Secret {
    const fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self { bytes, may_be_placeholder: false }
    }

    /// Accepts a secret that looks like a placeholder from documentation. Default: no.
    ///
    /// Anyone with a single token can guess such a secret offline. This is for tests with recorded tokens.
    /// [`Config::insecure_placeholder_secret`](crate::Config::insecure_placeholder_secret) does the same for the secret
    /// of a manager.
    #[must_use]
    pub const fn insecure_placeholder_secret(mut self) -> Self {
        self.may_be_placeholder = true;
        self
    }

    pub(super) const fn may_be_placeholder(&self) -> bool {
        self.may_be_placeholder
    }

    /// Generates a random secret of 64 bytes, which is long enough for each HMAC algorithm.
    ///
    /// Tokens that were signed with it are valid only in this process, until it ends. This is for tests and examples. A
    /// service reads its secret from its environment.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system's random number generator fails.
    pub fn generate() -> Result<Self, ConfigError> {
        let mut bytes = Zeroizing::new(vec![0; 64]);
        getrandom::fill(&mut bytes).map_err(|_| {
            ConfigError::invalid(
                "secret",
                "could not be generated, because the system has no random numbers: try again",
            )
        })?;
        Ok(Self::new(bytes))
    }

    /// Returns the length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns whether the secret is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(Zeroizing::new(text.into_bytes()))
    }
}

impl From<&Self> for Secret {
    fn from(secret: &Self) -> Self {
        secret.clone()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(Zeroizing::new(text.as_bytes().to_vec()))
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(Zeroizing::new(bytes))
    }
}

impl From<&[u8]> for Secret {
    fn from(bytes: &[u8]) -> Self {
        Self::new(Zeroizing::new(bytes.to_vec()))
    }
}

impl<const N: usize> From<[u8; N]> for Secret {
    fn from(bytes: [u8; N]) -> Self {
        Self::new(Zeroizing::new(bytes.to_vec()))
    }
}
