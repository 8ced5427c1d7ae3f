use std::fmt;

/// The kind of a token, as named by its `type` claim, or by the claim that
/// [`Config::kind_claim`](crate::Config::kind_claim) names.
///
/// A route only accepts tokens of the kind that its [`Policy`](crate::Policy) requires.
///
/// ```
/// use jwt_core::{Config, JwtManager, Policy, TokenKind};
///
/// const PASSWORD_RESET: TokenKind = TokenKind::custom("password_reset");
/// const RESET: Policy = Policy::of(PASSWORD_RESET);
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let text = jwt.token(PASSWORD_RESET, "alice").encode()?;
/// assert_eq!(jwt.decode(&text)?.kind(), "password_reset");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TokenKind(&'static str);

impl TokenKind {
    /// An access token, which grants access to protected routes.
    pub const ACCESS: Self = Self("access");
    /// A refresh token, which can only be exchanged for new access tokens.
    pub const REFRESH: Self = Self("refresh");

    /// Creates an application-defined kind, such as a password reset that is sent by mail. `name` is the value of
    /// the kind claim. It must not be one of the values that mean an access or refresh token.
    #[must_use]
    pub const fn custom(name: &'static str) -> Self {
        Self(name)
    }

    /// Whether this is the kind of access tokens.
    pub(crate) const fn is_access(self) -> bool {
        matches!(self.0.as_bytes(), b"access")
    }

    /// Returns the name of the kind. It is also the value of the kind claim, unless
    /// [`Config::access_kinds`](crate::Config::access_kinds) or
    /// [`Config::refresh_kinds`](crate::Config::refresh_kinds) set different values.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
