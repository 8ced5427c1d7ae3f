use std::fmt;

/// A segment of a compact token (RFC 7515, 7.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Segment {
    /// The JOSE header.
    Header,
    /// The claims.
    Payload,
    /// The signature.
    Signature,
}

/// The reason why a token is invalid.
///
/// The names in it are constants of this library, come from the configuration, or are defined by a specification. Only
/// [`InvalidToken::UnknownCritical`] carries text from the token.
///
/// ```
/// use jwt_core::error::InvalidToken;
/// use jwt_core::{Config, JwtManager, TokenError};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default().audience("https://api.example")).secret(secret).build()?;
/// let elsewhere = JwtManager::builder(Config::default().audience("https://shop.example")).secret(secret).build()?;
/// let token = elsewhere.access_token("alice").encode()?;
///
/// match jwt.decode(&token) {
///     Err(TokenError::Invalid(InvalidToken::Audience)) => println!("the token is for a different service"),
///     other => panic!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidToken {
    /// The header has no `alg` (RFC 7515, 4.1.1).
    #[error("header has no alg")]
    AlgorithmMissing,
    /// The `alg` does not belong to any configured key (RFC 8725, 3.1).
    #[error("alg is not allowed")]
    AlgorithmNotAllowed,
    /// The `aud` does not contain an accepted audience, or the token has an `aud` but no audience is configured
    /// (RFC 7519, 4.1.3).
    #[error("audience does not match")]
    Audience,
    /// A required claim is missing. The value is the claim's name.
    #[error("required claim is missing")]
    ClaimMissing(Box<str>),
    /// A claim has a type other than the one its specification requires. The value is the claim's name.
    #[error("claim has the wrong type")]
    ClaimType(Box<str>),
    /// A claim does not have one of the values that the issuer's rules accept, such as a token for a different client.
    /// The value is the claim's name.
    #[error("claim does not have an accepted value")]
    ClaimValue(Box<str>),
    /// The claims cannot be deserialized into the type that the route uses.
    #[error("claims do not fit the application's type")]
    Claims,
    /// The token has a `cnf` claim: it is bound to a key of its holder (RFC 7800, 3), and this library does not check
    /// proofs of possession.
    #[error("token is bound to a key of its holder")]
    Confirmation,
    /// `crit` is not a list of names (RFC 7515, 4.1.11).
    #[error("crit is malformed")]
    Critical,
    /// The identity claim is an empty string or null.
    #[error("identity is empty")]
    EmptyIdentity,
    /// A segment is not unpadded base64url in its canonical form (RFC 7515, 2; RFC 4648, 3.5).
    #[error("segment is not valid base64url")]
    Encoding(Segment),
    /// The `iss` is not an expected one (RFC 7519, 4.1.1), or the policy does not accept tokens of this issuer.
    #[error("issuer does not match")]
    Issuer,
    /// A segment is not a JSON object in UTF-8, repeats a name, or is nested too deeply (RFC 7519, 7.2).
    #[error("segment is not a valid JSON object")]
    Json(Segment),
    /// The `kid` is not a string (RFC 7515, 4.1.4).
    #[error("kid is not a string")]
    KeyId,
    /// The header has no `kid`, and the [`KeyRing`](crate::keys::KeyRing) requires one.
    #[error("kid is missing")]
    KeyIdMissing,
    /// The token does not have the kind that the policy requires. The value is the required kind.
    #[error("token has the wrong kind")]
    Kind(&'static str),
    /// The header field has the right scheme, but not exactly one token after it.
    #[error("header field is malformed")]
    MalformedHeader,
    /// The token is not valid yet. The value is the claim that says so: `nbf` or `iat` (RFC 7519, 4.1.5 and 4.1.6).
    #[error("token is not valid yet")]
    NotYetValid(&'static str),
    /// The query parameter does not start with the configured prefix.
    #[error("query parameter lacks the configured prefix")]
    QueryPrefix,
    /// The token does not have exactly three segments (RFC 7515, 3.1).
    #[error("token does not have three segments")]
    Segments(SegmentCount),
    /// The signature does not match the token and the key (RFC 7515, 5.2).
    #[error("signature does not match")]
    Signature,
    /// The token is longer than [`Config::max_token_bytes`](crate::Config::max_token_bytes).
    #[error("token is too large")]
    TooLarge,
    /// The member of the JSON body that should hold the token is not a string.
    #[error("token is not a string")]
    TokenType,
    /// The `typ` belongs to a different kind of token (RFC 8725, 3.11).
    #[error("typ is not allowed")]
    Type,
    /// The header has a `b64` parameter, which a JWT must not use (RFC 7797, 7).
    #[error("payload encoding is not supported")]
    UnencodedPayload,
    /// `crit` names an extension that this library does not support (RFC 7515, 4.1.11).
    #[error("critical extension is not supported")]
    UnknownCritical(UntrustedName),
    /// No key has the `kid` of the header.
    #[error("no key has this kid")]
    UnknownKey,
}

/// The name of a header extension, taken from an untrusted token. `Debug` does not show it.
#[derive(Clone, Eq, PartialEq)]
pub struct UntrustedName(Box<str>);

impl UntrustedName {
    /// Returns the name. It is not trustworthy: anyone can write such a token.
    #[must_use]
    pub fn as_untrusted_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for UntrustedName {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Debug for UntrustedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UntrustedName(_)")
    }
}

/// The number of segments in a malformed token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SegmentCount {
    /// Fewer than three.
    TooFew,
    /// More than three. An encrypted token has five (RFC 7516, 7.1).
    TooMany,
}
