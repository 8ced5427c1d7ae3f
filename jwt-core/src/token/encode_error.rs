use crate::error::BoxError;

/// Why a token could not be issued: the application's mistake, but for [`EncodeError::Random`] and
/// [`EncodeError::Signing`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The token, the domain or the path cannot stand in a cookie.
    #[error("cookie has a character that cannot stand in it")]
    CookieCharacter,
    /// A cookie whose name starts with `__Host-` was given a domain, and browsers drop it (RFC 6265bis, 4.1.3.2).
    #[error("cookie is for one host by its name: give it no domain")]
    CookieDomain,
    /// A cookie's name and value have over 4096 bytes, which browsers drop (RFC 6265, 6.1).
    #[error("cookie would have over 4096 bytes: put less into the token")]
    CookieTooLarge,
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
    /// A token for a cookie has no `csrf` claim to put beside it.
    #[error("token has no csrf claim: set Config::csrf_claim(true), or cookie_csrf_protect(false)")]
    NoCsrf,
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
