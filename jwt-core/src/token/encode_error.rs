use crate::error::BoxError;

/// The error for a token that can't be issued.
///
/// All variants except [`Random`](Self::Random), [`Signing`](Self::Signing), and
/// [`KeyUnavailable`](Self::KeyUnavailable) are bugs in the application. The adapters respond with a bare 500 and log
/// the text. If the key is unavailable, they respond with a 503, and the log has an outage instead.
///
/// ```
/// use jwt_core::token::EncodeError;
/// use jwt_core::{Config, JwtManager};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
///
/// match jwt.access_token("alice").claim("jti", "1").encode() {
///     Err(EncodeError::ReservedClaim(name)) => assert_eq!(&*name, "jti"),
///     other => panic!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The configuration does not say that this claim holds authorities, so no policy would find them there.
    #[error(
        "claim {0:?} does not hold authorities in this configuration: name it in Config::authorities, or add your own claim \
         with claim()"
    )]
    AuthorityClaim(&'static str),
    /// The name of a scope or role is invalid. [`TokenBuilder::scopes`](crate::TokenBuilder::scopes) and
    /// [`TokenBuilder::roles`](crate::TokenBuilder::roles) have the rules.
    #[error(
        "a scope must be printable ASCII without spaces, quotation marks, and backslashes, a role must not have quotation \
         marks, backslashes, and control characters, and neither can be empty or begin with the prefix of a claim"
    )]
    AuthorityName,
    /// An audience is an empty string.
    #[error("audience is empty: pass the name or the address of the service that the token is for")]
    EmptyAudience,
    /// The identity is an empty string or null. Such a token would be rejected.
    #[error("identity is empty: pass the id of the user that the token is for")]
    EmptyIdentity,
    /// The name of a custom kind is one of [`Config::access_kinds`](crate::Config::access_kinds) or
    /// [`Config::refresh_kinds`](crate::Config::refresh_kinds). The token would be read as one of that kind.
    #[error("kind {0:?} is a value of access or refresh tokens: give the custom kind a different name")]
    KindName(&'static str),
    /// Claims, header parameters, or the identity can't be serialized as JSON, or are nested too deeply to be read
    /// again.
    #[error("claims, header parameters, or the identity can't be serialized as JSON")]
    Json(#[source] Option<BoxError>),
    /// The expiry, the end of freshness, or the clock is not between the years 1 and 9999, or the lifetime is less than
    /// one second.
    #[error("times must be between the years 1 and 9999, and a lifetime must be at least one second")]
    Lifetime,
    /// The `exp` in the additional claims is not a time in the future, in seconds.
    #[error("claim exp must be a time in the future, in seconds since 1970-01-01T00:00:00Z")]
    ExpiryClaim,
    /// The configuration requires `exp`, but this token would lack it.
    #[error("exp is required, so a token that never expires would be rejected")]
    NeverExpires,
    /// Additional claims or header parameters are not a JSON object.
    #[error("additional claims and header parameters must be a JSON object: a map, or a struct with fields")]
    NotAnObject,
    /// The manager only has public keys.
    #[error("no signing key: call .secret(…), .key_pair(…), or .keys(…) with a signing key on the builder")]
    NoSigningKey,
    /// The operating system did not provide random bytes.
    #[error("the operating system did not provide random bytes")]
    Random,
    /// An additional claim contradicts one that this library writes.
    /// [`TokenBuilder::claims`](crate::TokenBuilder::claims) lists the rules.
    #[error(
        "claim {0:?} differs from what this library writes: leave it out or rename it; without sessions, \
         Config::insecure_claim_override(true) permits it"
    )]
    ReservedClaim(Box<str>),
    /// An additional header parameter would change the meaning of the token, or cause its rejection.
    #[error("header parameter {0:?} can't have this value")]
    ReservedHeader(Box<str>),
    /// The loader of the signing key failed.
    #[error("the signing key could not be loaded")]
    KeyUnavailable(#[source] BoxError),
    /// The crypto library could not sign with the key.
    #[error("the key could not sign")]
    Signing,
    /// The identity is not a string (RFC 7519, 4.1.2), so the token would be rejected.
    #[error(
        "identity must be a string: pass text, an integer, or a UUID, or call verify_sub(false) on the Config"
    )]
    SubjectNotText,
    /// The token would be longer than the manager accepts.
    #[error("token would be longer than max_token_bytes")]
    TooLarge,
}

impl EncodeError {
    /// The error for a value that can't be serialized.
    pub(crate) fn json(error: serde_json::Error) -> Self {
        Self::Json(Some(error.into()))
    }
}
