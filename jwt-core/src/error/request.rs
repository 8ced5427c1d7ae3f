use crate::location::Location;

/// The reason why a location did not have a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MissingReason {
    /// The header field is absent or empty.
    Header,
    /// The header field is present, but does not have exactly one value with the configured scheme.
    Scheme,
    /// The cookie for access tokens is absent or empty.
    AccessCookie,
    /// The cookie for refresh tokens is absent or empty.
    RefreshCookie,
    /// The query parameter is absent or empty.
    QueryParameter,
    /// The request is not a handshake of a WebSocket, or its `Sec-WebSocket-Protocol` fields do not offer a token.
    Subprotocol,
    /// The body is not JSON.
    ContentType,
    /// The body is JSON, but neither a guard nor a layer has read it. A warning is logged once.
    BodyNotRead,
    /// The body lacks the member for access tokens.
    AccessKey,
    /// The body lacks the member for refresh tokens.
    RefreshKey,
}

impl MissingReason {
    /// Returns the location.
    #[must_use]
    pub const fn location(self) -> Location {
        match self {
            Self::Header | Self::Scheme => Location::Header,
            Self::AccessCookie | Self::RefreshCookie => Location::Cookie,
            Self::QueryParameter => Location::QueryString,
            Self::Subprotocol => Location::WebSocketProtocol,
            Self::ContentType | Self::BodyNotRead | Self::AccessKey | Self::RefreshKey => Location::Json,
        }
    }
}

/// The reason why the CSRF check of a request failed. Only requests whose token is in a cookie are checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CsrfError {
    /// According to the browser, another site caused the request.
    #[error("request comes from another origin")]
    CrossOrigin,
    /// The request does not have a CSRF value.
    #[error("CSRF value is missing")]
    Missing,
    /// The value might be in the form, but neither a guard nor a layer has read it. A warning is logged once.
    #[error("CSRF value is missing, and the form was not read")]
    BodyNotRead,
    /// The CSRF value is not the one in the token.
    #[error("CSRF value does not match")]
    Mismatch,
}

/// The reason why a request is malformed (RFC 6750, 3.1: `invalid_request`).
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// The body is larger than [`Config::buffered_body`](crate::Config::buffered_body) allows, and it might contain a
    /// token or a CSRF value, or it is larger than a rule [permits](crate::Rule::body_limit) (RFC 9110, 15.5.14).
    #[error("request body is too large")]
    BodyTooLarge,
    /// A [`Rule`](crate::Rule) of the application could not read the request, or the handshake of a WebSocket does not
    /// offer a protocol to accept [except the token](crate::Location::WebSocketProtocol).
    #[error("request is malformed")]
    Malformed,
    /// The body could not be read to the end.
    #[error("request body could not be read")]
    BodyUnreadable,
    /// The label of a new session is invalid, and
    /// [`Config::reject_invalid_labels`](crate::Config::reject_invalid_labels) is set.
    #[error("session label is too long or contains control characters")]
    Label,
    /// The request has more than one token, or repeats a field that can occur only once (RFC 6750, 2).
    #[error("request must not have more than one token")]
    Repeated,
}
