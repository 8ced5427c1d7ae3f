use std::fmt;

use zeroize::Zeroizing;

use crate::error::ConfigError;

/// A secret for the HMAC algorithms.
///
/// The secret is wiped from memory when it is dropped, and `Debug` does not show it.
///
/// The checks run when the manager is built. The secret must be at least as long as
/// [`Algorithm::min_secret_len`](super::Algorithm::min_secret_len). Well-known secrets, keys, and certificates are
/// rejected as well (RFC 8725, 2.1 and 3.5). `openssl rand -base64 48` generates a good secret.
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
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
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
        Ok(Self(bytes))
    }

    /// Returns the length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the secret is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text.into_bytes()))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.as_bytes().to_vec()))
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<&[u8]> for Secret {
    fn from(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

impl<const N: usize> From<[u8; N]> for Secret {
    fn from(bytes: [u8; N]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}
