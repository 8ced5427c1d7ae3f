use std::fmt;

/// A place in a request where a token may stand.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Location {
    /// The header of [`Config::header_name`](crate::Config::header_name): `Authorization: Bearer …`.
    Header,
    /// A cookie, that of [`Config::access_cookie_name`](crate::Config::access_cookie_name) or, where a refresh token is
    /// asked for, of [`Config::refresh_cookie_name`](crate::Config::refresh_cookie_name).
    Cookie,
    /// The query parameter of [`Config::query_string_name`](crate::Config::query_string_name). Addresses get into logs
    /// and histories, and tokens with them (RFC 6750, 5.3).
    QueryString,
    /// A member of the body, if that is JSON: [`Config::json_key`](crate::Config::json_key) or, where a refresh token
    /// is asked for, [`Config::refresh_json_key`](crate::Config::refresh_json_key). A guard has to read the body first:
    /// extractors cannot.
    Json,
}

impl Location {
    /// The reference's name for the place.
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
