/// A place of a discovery document, relative to the name of its issuer.
///
/// The places differ only if the name has a path, such as `https://login.example/realms/a`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Discovery {
    /// `/realms/a/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, 4).
    OpenIdAppended,
    /// `/.well-known/oauth-authorization-server/realms/a` (RFC 8414, 3).
    OAuthInserted,
    /// `/.well-known/openid-configuration/realms/a` (RFC 8414, 5).
    OpenIdInserted,
}

impl Discovery {
    pub(crate) const ALL: [Self; 3] = [Self::OpenIdAppended, Self::OAuthInserted, Self::OpenIdInserted];

    /// The path of the document. `base` is the path of the issuer, without a slash at its end.
    pub(crate) fn path(self, base: &str) -> String {
        match self {
            Self::OpenIdAppended => format!("{base}/.well-known/openid-configuration"),
            Self::OAuthInserted => format!("/.well-known/oauth-authorization-server{base}"),
            Self::OpenIdInserted => format!("/.well-known/openid-configuration{base}"),
        }
    }
}
