use std::fmt;
use std::str::FromStr;

/// An algorithm that signs tokens (RFC 7518, 3.1; RFC 8037, 3.1).
///
/// By default, a secret signs with [`HS256`](Self::HS256), and a key pair with the algorithm that it was created for.
/// [`Config::algorithm`](crate::Config::algorithm) changes that for secrets. The name of an algorithm is the `alg` in a
/// token's header. Names are case-sensitive (RFC 7515, 4.1.1). `none` is not supported.
///
/// ```
/// use jwt_core::Algorithm;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// assert_eq!("ES256".parse::<Algorithm>()?, Algorithm::ES256);
/// assert_eq!(Algorithm::ES256.as_str(), "ES256");
///
/// assert_eq!(Algorithm::HS256.min_secret_len(), Some(32));
/// assert_eq!(Algorithm::ES256.min_secret_len(), None);
///
/// assert!("none".parse::<Algorithm>().is_err());
/// assert!("es256".parse::<Algorithm>().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256. The secret must have at least 32 bytes.
    HS256,
    /// HMAC with SHA-384. The secret must have at least 48 bytes.
    HS384,
    /// HMAC with SHA-512. The secret must have at least 64 bytes.
    HS512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256 and a salt as long as the hash.
    PS256,
    /// RSASSA-PSS with SHA-384 and a salt as long as the hash.
    PS384,
    /// RSASSA-PSS with SHA-512 and a salt as long as the hash.
    PS512,
    /// ECDSA with P-256 and SHA-256.
    ES256,
    /// ECDSA with P-384 and SHA-384.
    ES384,
    /// EdDSA with Ed25519. Tokens are issued with `EdDSA` in `alg`. The newer name `Ed25519` (RFC 9864, 2.2) is
    /// accepted as well.
    EdDSA,
}

/// The length in bytes of the longest signature that is not RSA: ECDSA with P-384 (RFC 7518, 3.4).
pub(crate) const SHORT_SIGNATURE: usize = 96;

/// The kind of key that an algorithm uses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Family {
    Hmac,
    Rsa,
    Ec(Curve),
    Ed25519,
}

impl Family {
    /// Describes such a key, for error messages.
    pub(crate) const fn describe(self) -> &'static str {
        match self {
            Self::Hmac => "a secret",
            Self::Rsa => "an RSA key",
            Self::Ec(Curve::P256) => "an EC key on P-256",
            Self::Ec(Curve::P384) => "an EC key on P-384",
            Self::Ed25519 => "an Ed25519 key",
        }
    }
}

/// The curves for ECDSA (RFC 7518, 6.2.1.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Curve {
    P256,
    P384,
}

impl Curve {
    /// The `crv` of a JWK.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    /// The length of a coordinate in bytes.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }
}

impl Algorithm {
    pub(crate) const ALL: [Self; 12] = [
        Self::HS256,
        Self::HS384,
        Self::HS512,
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::EdDSA,
    ];

    /// Returns the name as it appears in a token's `alg`, such as `HS256`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::EdDSA => "EdDSA",
        }
    }

    /// Returns the minimum length of a secret in bytes, which is the size of the hash (RFC 7518, 3.2).
    ///
    /// Returns `None` for algorithms that use a key pair.
    #[must_use]
    pub const fn min_secret_len(self) -> Option<usize> {
        match self {
            Self::HS256 => Some(32),
            Self::HS384 => Some(48),
            Self::HS512 => Some(64),
            _ => None,
        }
    }

    pub(crate) const fn family(self) -> Family {
        match self {
            Self::HS256 | Self::HS384 | Self::HS512 => Family::Hmac,
            Self::RS256 | Self::RS384 | Self::RS512 | Self::PS256 | Self::PS384 | Self::PS512 => Family::Rsa,
            Self::ES256 => Family::Ec(Curve::P256),
            Self::ES384 => Family::Ec(Curve::P384),
            Self::EdDSA => Family::Ed25519,
        }
    }

    /// Finds the algorithm with exactly this name (RFC 7515, 4.1.1).
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "Ed25519" => Some(Self::EdDSA),
            name => Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a string that is not the name of a supported [`Algorithm`].
///
/// Names are case-sensitive (RFC 7515, 4.1.1).
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "unknown algorithm: expected one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA"
)]
pub struct UnknownAlgorithm(());

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::named(name).ok_or(UnknownAlgorithm(()))
    }
}
