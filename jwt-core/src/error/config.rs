use std::fmt;

use crate::algorithm::Algorithm;

/// An error in the configuration or in a key.
///
/// The message names the option and says how to fix it. It never contains a secret or a key. `Debug` prints the message
/// as well, because that is what a `main` that returns `Result<(), Box<dyn Error>>` shows:
///
/// ```
/// use jwt_core::{Config, JwtManager};
///
/// let error = JwtManager::builder(Config::default()).secret("too short").build().unwrap_err();
/// assert_eq!(format!("{error:?}"), error.to_string());
/// assert!(error.to_string().starts_with("secret has 9 bytes, but HS256 requires at least 32"));
/// ```
///
/// [`JwtManagerBuilder::build`](crate::JwtManagerBuilder::build), [`Config::with_env`](crate::Config::with_env), and
/// the functions that read keys return this error.
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Tokens would be issued with an audience that the same configuration rejects.
    #[error(
        "encode_audience is set but decode_audience is not, so the manager would reject its own tokens: use audience()"
    )]
    Audience,
    /// An option has an invalid value.
    #[error("{option} {problem}")]
    Invalid {
        /// The option.
        option: &'static str,
        /// The problem, and how to fix it.
        problem: &'static str,
    },
    /// A key is not of the expected kind.
    #[error("key: found {found}, expected {expected}")]
    Key {
        /// The key that was found, such as `an EC key on P-384`.
        found: Box<str>,
        /// The key that is expected, such as `an EC key on P-256 for ES256`.
        expected: Box<str>,
    },
    /// There is no key to sign or verify with, or the secret is empty.
    #[error(
        "no key: call .secret(…) on the builder, with a secret from `openssl rand -base64 48` (for HS512, `openssl rand -hex \
         64`), or .key_pair(…) for RSA, ECDSA, and EdDSA; a service that only accepts the tokens of another issuer calls \
         .trusted_issuer(…) or .without_own_keys() instead"
    )]
    MissingKey,
    /// The secret is short enough to be guessed.
    #[error(
        "secret has {found} bytes, but {algorithm} requires at least {needed} (RFC 7518, 3.2): make one with `{}`, or \
         call insecure_short_secret() on the Config", command(*needed)
    )]
    ShortSecret {
        /// The configured algorithm with the longest hash.
        algorithm: Algorithm,
        /// The minimum length for that algorithm in bytes.
        needed: usize,
        /// The length of the secret in bytes.
        found: usize,
    },
    /// An environment variable has an invalid name or value.
    #[error("{name} {problem}")]
    Variable {
        /// The variable.
        name: Box<str>,
        /// The problem, and how to fix it. It does not contain the value.
        problem: Box<str>,
    },
    /// The secret is a known example, a placeholder from documentation, a common password, or a walk over the keyboard.
    #[error(
        "secret is a placeholder, or one that attackers try first: make one with `openssl rand -base64 48` (for HS512, \
         `openssl rand -hex 64`), or call insecure_placeholder_secret() on the Config, or insecure_short_secret() if it is \
         also short"
    )]
    WellKnownSecret,
}

/// The command that generates a secret of at least this many random bytes, on one line: `-base64` breaks lines after 48
/// of them.
const fn command(needed: usize) -> &'static str {
    if needed <= 48 { "openssl rand -base64 48" } else { "openssl rand -hex 64" }
}

// `main` prints its error with `Debug`.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ConfigError {
    pub(crate) const fn invalid(option: &'static str, problem: &'static str) -> Self {
        Self::Invalid { option, problem }
    }

    pub(crate) fn variable(name: impl Into<Box<str>>, problem: impl Into<Box<str>>) -> Self {
        Self::Variable { name: name.into(), problem: problem.into() }
    }

    pub(crate) fn key(found: impl Into<Box<str>>, expected: impl Into<Box<str>>) -> Self {
        Self::Key { found: found.into(), expected: expected.into() }
    }
}
