use crate::location::Location;

/// How a place that was looked at turned out to hold no token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MissingReason {
    /// The header is not there, or is empty.
    Header,
    /// The header is there, without exactly one value of the configured scheme.
    Scheme,
    /// The cookie of access tokens is not there, or is empty.
    AccessCookie,
    /// The cookie of refresh tokens is not there, or is empty.
    RefreshCookie,
    /// The query parameter is not there, or is empty.
    QueryParameter,
    /// The body is no JSON.
    ContentType,
    /// The body is JSON, but neither a guard nor a layer has read it. The log says so once.
    BodyNotRead,
    /// The body has no member with an access token.
    AccessKey,
    /// The body has no member with a refresh token.
    RefreshKey,
}

impl MissingReason {
    /// The place that was looked at.
    #[must_use]
    pub const fn location(self) -> Location {
        match self {
            Self::Header | Self::Scheme => Location::Header,
            Self::AccessCookie | Self::RefreshCookie => Location::Cookie,
            Self::QueryParameter => Location::QueryString,
            Self::ContentType | Self::BodyNotRead | Self::AccessKey | Self::RefreshKey => Location::Json,
        }
    }
}

/// What was wrong with the CSRF value of a request that brought its token in a cookie.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CsrfError {
    /// The request was caused by another site, as the browser says.
    #[error("request comes from another origin")]
    CrossOrigin,
    /// The request has none.
    #[error("CSRF value is missing")]
    Missing,
    /// The value may be in the form, but neither a guard nor a layer has read it. The log says so once.
    #[error("CSRF value is missing, and the form was not read")]
    BodyNotRead,
    /// It is not the one in the token.
    #[error("CSRF value does not match")]
    Mismatch,
}

/// What was wrong with a request that cannot be answered for its form (RFC 6750, 3.1: `invalid_request`).
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// The body, in which a token or a CSRF value may stand, is longer than
    /// [`Config::buffered_body`](crate::Config::buffered_body) permits (RFC 9110, 15.5.14).
    #[error("request body is too large")]
    BodyTooLarge,
    /// The body could not be read to its end.
    #[error("request body is unreadable")]
    BodyUnreadable,
    /// More than one token, or more than one field where one may stand (RFC 6750, 2).
    #[error("request must not have more than one token")]
    Repeated,
}
