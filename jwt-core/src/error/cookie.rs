/// The error for a cookie that can't be set. Browsers would silently drop such a cookie, or treat it as a different
/// one.
///
/// ```
/// use jwt_core::error::CookieError;
/// use jwt_core::{Config, JwtManager, Location};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let config = Config::default().token_location([Location::Cookie]);
/// let jwt = JwtManager::builder(config).secret(secret).build()?;
///
/// let token = jwt.access_token("alice").claim("roles", vec!["editor"; 500]).encode()?;
/// assert_eq!(jwt.access_cookies(&token).fields(), Err(CookieError::TooLarge));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CookieError {
    /// The token, the domain, or the path contains a character that a cookie cannot contain (RFC 6265, 4.1.1).
    #[error("cookie contains a character that is not allowed in a cookie")]
    Character,
    /// The cookie's name starts with `__Host-`, but the cookie has a domain (RFC 6265bis, 4.1.3.2).
    #[error("cookie with the __Host- prefix cannot have a domain")]
    Domain,
    /// The token lacks a `csrf` claim, so there is no value for the CSRF cookie.
    #[error("token lacks a csrf claim: call csrf_claim(true) or cookie_csrf_protect(false) on the Config")]
    NoCsrf,
    /// The path does not start with a slash, or the cookie's name starts with `__Host-` and the path is not `/` (RFC
    /// 6265bis, 4.1.3.2).
    #[error("cookie path must start with a slash, and must be / if the name starts with __Host-")]
    Path,
    /// The cookie's name and value exceed 4096 bytes (RFC 6265, 6.1).
    #[error("cookie would exceed 4096 bytes: put fewer claims into the token")]
    TooLarge,
}
