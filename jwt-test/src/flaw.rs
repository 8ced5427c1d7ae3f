use std::fmt;

/// The only thing that is wrong with a token. [`GoodToken::with`](crate::GoodToken::with) creates such tokens.
///
/// The first sentence of each variant describes the token.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Flaw {
    /// A token without a signature, whose `alg` is `none` (RFC 7519, 6).
    Unsigned,
    /// A token that another key has signed, under the same `kid`.
    OtherKey,
    /// A token with a claim that was added after signing.
    Tampered,
    /// The first half of the text of a token.
    Garbled,
    /// A token that expired a day ago, with the lifetime of the good one.
    Expired,
    /// A token that is valid from tomorrow on (`nbf`).
    NotYetValid,
    /// A token for the audience `https://other.jwt-test.invalid`.
    OtherAudience,
    /// A token of the issuer `https://other.jwt-test.invalid`.
    OtherIssuer,
    /// A token of another kind: a refresh token if the good one is an access token, and an access token otherwise. For
    /// issuers that do not mark their access tokens, an ID token.
    OtherKind,
    /// A token for another purpose: one whose `typ` is `logout+jwt` (RFC 8725, 3.11).
    OtherType,
    /// A token that is bound to a key of its holder (`cnf`, RFC 7800), which a bearer does not prove to have.
    Bound,
    /// A token without `exp`.
    NoExpiry,
    /// A token without `jti`.
    NoId,
    /// A token that is not fresh, although the good one is.
    Stale,
    /// A token without scopes, roles, and other authorities, although the good one has some.
    NoAuthorities,
}

impl Flaw {
    /// All flaws.
    pub const ALL: &[Self] = &[
        Self::Unsigned,
        Self::OtherKey,
        Self::Tampered,
        Self::Garbled,
        Self::Expired,
        Self::NotYetValid,
        Self::OtherAudience,
        Self::OtherIssuer,
        Self::OtherKind,
        Self::OtherType,
        Self::Bound,
        Self::NoExpiry,
        Self::NoId,
        Self::Stale,
        Self::NoAuthorities,
    ];
}

/// Describes the token, as in "a token without `jti`".
impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsigned => "a token without a signature",
            Self::OtherKey => "a token signed with another key",
            Self::Tampered => "a token with a changed payload",
            Self::Garbled => "half of a token",
            Self::Expired => "an expired token",
            Self::NotYetValid => "a token that is not valid yet",
            Self::OtherAudience => "a token for another audience",
            Self::OtherIssuer => "a token of another issuer",
            Self::OtherKind => "a token of another kind",
            Self::OtherType => "a token with the typ of another purpose",
            Self::Bound => "a token that is bound to a key",
            Self::NoExpiry => "a token without exp",
            Self::NoId => "a token without jti",
            Self::Stale => "a token that is not fresh",
            Self::NoAuthorities => "a token without authorities",
        })
    }
}
