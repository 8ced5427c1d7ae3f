/// Controls whether browsers send a cookie with requests from other sites (draft-ietf-httpbis-rfc6265bis, 5.6.7).
///
/// [`Config::cookie_same_site`](crate::Config::cookie_same_site) sets it.
///
/// ```
/// use jwt_core::{Config, Location, SameSite};
///
/// // The cookies are not sent when the user follows a link from another site.
/// let strict = Config::default().token_location([Location::Cookie]).cookie_same_site(SameSite::Strict);
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// # assert!(jwt_core::JwtManager::builder(strict).secret(secret).build().is_ok());
/// # Ok::<(), jwt_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SameSite {
    /// Browsers never send the cookie with such requests.
    Strict,
    /// Browsers send the cookie when the user follows a link from another site, but not with other such requests.
    Lax,
    /// Browsers always send the cookie. They only accept this for cookies with `Secure`.
    None,
}
