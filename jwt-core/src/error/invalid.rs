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

/// What was wrong with an invalid token.
///
/// Names in it are those of the configuration or of a specification, never text of the token, but for
/// [`InvalidToken::UnknownCritical`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidToken {
    /// The header has no `alg` (RFC 7515, 4.1.1).
    #[error("header has no alg")]
    AlgorithmMissing,
    /// The `alg` is not one of the configured keys' (RFC 8725, 3.1).
    #[error("alg is not allowed")]
    AlgorithmNotAllowed,
    /// The `aud` names others only, or names somebody where nobody is expected (RFC 7519, 4.1.3).
    #[error("audience does not match")]
    Audience,
    /// A claim that must be there is not.
    #[error("claim is missing")]
    ClaimMissing(Box<str>),
    /// A claim is not of the type that its specification asks for.
    #[error("claim has the wrong type")]
    ClaimType(Box<str>),
    /// The claims do not fit the type that the route asks for.
    #[error("claims do not fit the application's type")]
    Claims,
    /// `crit` is not a list of names (RFC 7515, 4.1.11).
    #[error("crit is malformed")]
    Critical,
    /// Not base64url without padding, or not its one canonical spelling (RFC 7515, 2; RFC 4648, 3.5).
    #[error("segment is not base64url")]
    Encoding(Segment),
    /// The `iss` is not the expected one (RFC 7519, 4.1.1).
    #[error("issuer does not match")]
    Issuer,
    /// Not one JSON object in UTF-8 with distinct names, or nested too deeply (RFC 7519, 7.2).
    #[error("segment is not a JSON object")]
    Json(Segment),
    /// The `kid` is no string (RFC 7515, 4.1.4).
    #[error("kid is not a string")]
    KeyId,
    /// The header has no `kid`, and the [`KeyRing`](crate::keys::KeyRing) requires one.
    #[error("kid is missing")]
    KeyIdMissing,
    /// The token is of another kind than the policy asks for; that kind is named.
    #[error("token is of another kind")]
    Kind(&'static str),
    /// The header field has the scheme, but not exactly one token after it.
    #[error("header field is malformed")]
    MalformedHeader,
    /// The token is not valid yet; the claim that says so is named (RFC 7519, 4.1.5 and 4.1.6).
    #[error("token is not valid yet")]
    NotYetValid(&'static str),
    /// The query parameter does not start with the configured prefix.
    #[error("query parameter has not the prefix")]
    QueryPrefix,
    /// Not exactly three segments (RFC 7515, 3.1).
    #[error("token has not three segments")]
    Segments(SegmentCount),
    /// The signature is not of this text and key (RFC 7515, 5.2).
    #[error("signature does not match")]
    Signature,
    /// The token is longer than the configured cap.
    #[error("token is too large")]
    TooLarge,
    /// What stands in the place of the token is no text.
    #[error("token is no text")]
    TokenType,
    /// The `typ` is that of another kind of token (RFC 8725, 3.11).
    #[error("typ is not that of a token")]
    Type,
    /// A `b64` header parameter (RFC 7797, 7: not in a JWT).
    #[error("payload encoding is not supported")]
    UnencodedPayload,
    /// `crit` names an extension that is not understood (RFC 7515, 4.1.11).
    #[error("critical extension is not understood")]
    UnknownCritical(UntrustedName),
    /// There is no key of the header's `kid`.
    #[error("no key has this kid")]
    UnknownKey,
}

/// The name of a header extension, as an untrusted token has it: `Debug` does not show it.
#[derive(Clone, Eq, PartialEq)]
pub struct UntrustedName(Box<str>);

impl UntrustedName {
    /// The text, which anybody can have chosen.
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

/// How many segments a malformed token has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SegmentCount {
    /// Fewer than three.
    TooFew,
    /// More than three; five would be an encrypted token (RFC 7516, 7.1).
    TooMany,
}
