use std::fmt;

/// What a token is for: the `type` claim. A token opens only what asks for its kind.
///
/// ```
/// use jwt_core::{Policy, TokenKind};
///
/// const PASSWORD_RESET: TokenKind = TokenKind::custom("password_reset");
/// const RESET: Policy = Policy::of(PASSWORD_RESET);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TokenKind(&'static str);

impl TokenKind {
    /// Opens protected routes.
    pub const ACCESS: Self = Self("access");
    /// Is exchanged for new access tokens, and opens nothing else.
    pub const REFRESH: Self = Self("refresh");

    /// A kind of the application's own, such as a password reset that is sent by mail.
    #[must_use]
    pub const fn custom(name: &'static str) -> Self {
        Self(name)
    }

    /// The value of the `type` claim.
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
