/// The error of a cookie that cannot be set. Browsers would silently drop such a cookie, or read it as another one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CookieError {
    /// The token, the domain or the path contains a character that a cookie cannot contain (RFC 6265, 4.1.1).
    #[error("cookie contains a character that is not allowed in a cookie")]
    Character,
    /// The cookie's name starts with `__Host-`, but the cookie has a domain (RFC 6265bis, 4.1.3.2).
    #[error("a cookie with the prefix __Host- cannot have a domain")]
    Domain,
    /// The token has no `csrf` claim, so there is no value for the CSRF cookie.
    #[error("token has no csrf claim: call csrf_claim(true) or cookie_csrf_protect(false) on the Config")]
    NoCsrf,
    /// The cookie's name and value exceed 4096 bytes (RFC 6265, 6.1).
    #[error("cookie would exceed 4096 bytes: put fewer claims into the token")]
    TooLarge,
}
