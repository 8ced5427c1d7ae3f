//! Keys, prepared once; the only part that knows cryptography.

mod aws_lc;
mod secret;

use std::fmt;
use std::str::FromStr;

pub use secret::Secret;

use crate::token::compact;

/// The signature algorithms (RFC 7518, 3.1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256; its secret has at least 32 bytes.
    HS256,
    /// HMAC with SHA-384; its secret has at least 48 bytes.
    HS384,
    /// HMAC with SHA-512; its secret has at least 64 bytes.
    HS512,
}

impl Algorithm {
    /// The name in a header's `alg`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
        }
    }

    /// The least length of a secret in bytes: that of the hash (RFC 7518, 3.2).
    #[must_use]
    pub const fn min_secret_len(self) -> usize {
        match self {
            Self::HS256 => 32,
            Self::HS384 => 48,
            Self::HS512 => 64,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name is not that of an algorithm this library offers. Names are compared exactly (RFC 7515, 4.1.1).
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown algorithm: expected HS256, HS384 or HS512")]
pub struct UnknownAlgorithm(());

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        [Self::HS256, Self::HS384, Self::HS512]
            .into_iter()
            .find(|algorithm| algorithm.as_str() == name)
            .ok_or(UnknownAlgorithm(()))
    }
}

/// A key that verifies signatures of one algorithm.
pub(crate) trait Prepared: Send + Sync {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool;
}

/// A key that signs with one algorithm.
pub(crate) trait PreparedSigner: Send + Sync {
    /// `None` if the backend refuses to sign.
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>>;
}

pub(crate) struct VerifyingKey {
    pub(crate) algorithm: Algorithm,
    /// The header segment of our own tokens: recognised by comparison, so that it need not be parsed.
    own_header: String,
    key: Box<dyn Prepared>,
}

impl VerifyingKey {
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify(message, signature)
    }
}

/// What signs new tokens and what verifies presented ones.
pub(crate) struct Keys {
    signing_algorithm: Algorithm,
    signing_header: String,
    signer: Box<dyn PreparedSigner>,
    verifying: Vec<VerifyingKey>,
}

impl Keys {
    /// One secret for every algorithm: it becomes one prepared key each (RFC 8725bis, 3.1).
    pub(crate) fn from_secret(secret: &Secret, signing: Algorithm, verifying: &[Algorithm]) -> Self {
        let verifying = verifying.iter().map(|&algorithm| VerifyingKey {
            algorithm,
            own_header: compact::default_header(algorithm),
            key: Box::new(aws_lc::HmacKey::new(secret, algorithm)),
        });
        Self {
            signing_algorithm: signing,
            signing_header: compact::default_header(signing),
            signer: Box::new(aws_lc::HmacKey::new(secret, signing)),
            verifying: verifying.collect(),
        }
    }

    pub(crate) const fn signing_algorithm(&self) -> Algorithm {
        self.signing_algorithm
    }

    /// The header segment of a token without additional headers.
    pub(crate) fn signing_header(&self) -> &str {
        &self.signing_header
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.signer.sign(message)
    }

    /// The key whose tokens have this very header segment.
    pub(crate) fn of_own_header(&self, segment: &[u8]) -> Option<&VerifyingKey> {
        self.verifying.iter().find(|key| key.own_header.as_bytes() == segment)
    }

    /// The key of an `alg`, which is compared exactly.
    pub(crate) fn of_algorithm(&self, name: &str) -> Option<&VerifyingKey> {
        self.verifying.iter().find(|key| key.algorithm.as_str() == name)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("signing", &self.signing_algorithm).finish_non_exhaustive()
    }
}
