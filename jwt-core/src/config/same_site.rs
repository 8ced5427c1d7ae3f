/// When a browser sends a cookie with a request that another site caused (draft-ietf-httpbis-rfc6265bis, 5.6.7).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SameSite {
    /// Never.
    Strict,
    /// When the user follows a link.
    Lax,
    /// Always. Browsers take it only with `Secure`.
    None,
}
