use std::fmt;

/// A part of a request that can carry a token.
///
/// [`Config::token_location`](crate::Config::token_location) sets the locations for all routes, and
/// [`Policy::locations`](crate::Policy::locations) those of one route. The default is the header alone.
///
/// ```
/// use jwt_core::{Config, Location, Policy};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let config = Config::default().token_location([Location::Header, Location::Cookie]);
/// # let _ = jwt_core::JwtManager::builder(config).secret(secret).build()?;
///
/// // This route ignores cookies.
/// const API: Policy = Policy::access().locations(&[Location::Header]);
///
/// assert_eq!(Location::Header.as_str(), "headers");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Location {
    /// The header field that [`Config::header_name`](crate::Config::header_name) names. By default this is
    /// `Authorization: Bearer …`.
    Header,
    /// A cookie: [`Config::access_cookie_name`](crate::Config::access_cookie_name), or
    /// [`Config::refresh_cookie_name`](crate::Config::refresh_cookie_name) if the policy requires a refresh token.
    Cookie,
    /// The query parameter that [`Config::query_string_name`](crate::Config::query_string_name) names.
    ///
    /// URLs end up in logs and browser histories, and so do the tokens in them (RFC 6750, 5.3).
    QueryString,
    /// A member of a JSON body: [`Config::json_key`](crate::Config::json_key), or
    /// [`Config::refresh_json_key`](crate::Config::refresh_json_key) if the policy requires a refresh token.
    ///
    /// A guard must read the body first, because extractors cannot.
    Json,
}

impl Location {
    /// Returns the name that flask-jwt-extended uses for the location: `headers`, `cookies`, `query_string`, or `json`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Header => "headers",
            Self::Cookie => "cookies",
            Self::QueryString => "query_string",
            Self::Json => "json",
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
