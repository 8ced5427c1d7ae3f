use crate::error::BoxError;

/// Why a token could not be issued: the application's mistake, but for [`EncodeError::Random`] and
/// [`EncodeError::Signing`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Claims, headers or the identity cannot be written as JSON, or are nested too deeply to be read again.
    #[error("cannot be written as JSON")]
    Json(#[source] Option<BoxError>),
    /// The expiry, the end of freshness or the clock does not lie between the years 1 and 9999, or the lifetime is
    /// under a second.
    #[error("times must lie between the years 1 and 9999, and a lifetime be at least one second")]
    Lifetime,
    /// The configuration requires `exp`, and this token would have none.
    #[error("required_claims has exp: this token would be refused, because it never expires")]
    NeverExpires,
    /// Additional claims or headers are no JSON object.
    #[error("additional claims and headers must be a JSON object: a map, or a struct with fields")]
    NotAnObject,
    /// The manager has public keys only.
    #[error("no signing key: give the builder a secret, a key pair, or a ring with a signing key")]
    NoSigningKey,
    /// The operating system gave no random bytes.
    #[error("operating system gave no random bytes")]
    Random,
    /// An additional claim would overwrite one that this library writes.
    #[error(
        "claim {0:?} is written by this library: rename it; beside sessions, Config::insecure_claim_override(true) permits it"
    )]
    ReservedClaim(Box<str>),
    /// An additional header would make the token mean something else, or be refused.
    #[error("header {0:?} cannot be set to this")]
    ReservedHeader(Box<str>),
    /// The loader of the signing key failed.
    #[error("signing key could not be loaded")]
    KeyUnavailable(#[source] BoxError),
    /// The key refused to sign.
    #[error("key refused to sign")]
    Signing,
    /// The identity is no string (RFC 7519, 4.1.2), so that the token would be refused.
    #[error("identity must be a string: write an id as text, or set Config::verify_sub(false)")]
    SubjectNotText,
    /// The token is longer than the cap on accepted ones.
    #[error("token would be longer than max_token_bytes")]
    TooLarge,
}

impl EncodeError {
    /// What cannot be written as JSON, and why.
    pub(crate) fn json(error: serde_json::Error) -> Self {
        Self::Json(Some(error.into()))
    }
}
