use super::VerifyingKey;

/// A key that [`decode_key_loader`](crate::JwtManagerBuilder::decode_key_loader) returns, and the issuer that it is for.
///
/// The `kid` of a token chooses the key, but anyone with one of the keys can write any `iss` into a token. A key is
/// therefore bound to one issuer: it never verifies a token that names a different one (RFC 8725, 3.8).
#[derive(Clone, Debug)]
pub struct LoadedKey {
    key: VerifyingKey,
    issuer: Option<Box<str>>,
}

impl LoadedKey {
    /// Creates a key of the manager itself.
    ///
    /// The `iss` of the token must be the one that the manager expects. If
    /// [`Config::decode_issuer`](crate::Config::decode_issuer) has several names, it must be that of
    /// [`Config::encode_issuer`](crate::Config::encode_issuer): use [`for_issuer`](Self::for_issuer) for the keys of the
    /// others. If no issuer is configured, the token must not have an `iss`, unless
    /// [`Config::ignore_unconfigured_claims`](crate::Config::ignore_unconfigured_claims) is set.
    #[must_use]
    pub const fn own(key: VerifyingKey) -> Self {
        Self { key, issuer: None }
    }

    /// Creates a key of this issuer. The `iss` of the token must be exactly `issuer`. An empty name matches no token.
    ///
    /// If [`Config::decode_issuer`](crate::Config::decode_issuer) is set, it must contain the name as well.
    #[must_use]
    pub fn for_issuer(key: VerifyingKey, issuer: impl Into<Box<str>>) -> Self {
        Self { key, issuer: Some(issuer.into()) }
    }

    pub(crate) fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    pub(crate) fn into_key(self) -> VerifyingKey {
        self.key
    }
}
