/// When a browser sends a cookie with a request that another site caused (draft-ietf-httpbis-rfc6265bis, 5.6.7).
///
/// [`Config::cookie_same_site`](crate::Config::cookie_same_site) sets it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SameSite {
    /// Never.
    Strict,
    /// When the user follows a link.
    Lax,
    /// Always. Browsers only accept this for cookies with `Secure`.
    None,
}
