use std::fmt;

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use jwt_core::request::RequestView;
use jwt_core::{EncodeError, JwtManager, TokenError};

/// A refused request: why, and the answer of the application's `ErrorHandlers`.
///
/// A handler that takes `Result<AccessToken, Rejected>` decides for itself.
pub struct Rejected(Box<(TokenError, http::Response<Bytes>)>);

impl Rejected {
    /// The answer of this manager's handlers to this error.
    #[must_use]
    pub fn new(jwt: &JwtManager, error: TokenError, view: &dyn RequestView) -> Self {
        let response = jwt.respond(&error, view);
        Self(Box::new((error, response)))
    }

    /// Why the request was refused.
    #[must_use]
    pub fn error(&self) -> &TokenError {
        &self.0.0
    }
}

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        self.0.1.map(Body::from)
    }
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejected").field("kind", &self.error().kind()).finish_non_exhaustive()
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.error(), f)
    }
}

impl std::error::Error for Rejected {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(self.error())
    }
}

/// The answer to a client for whom no token could be issued: a bare 500; what to mend is in the log.
///
/// A handler that returns `Result<_, NotIssued>` can write `encode()?`.
#[derive(Debug)]
pub struct NotIssued(Box<http::Response<Bytes>>);

impl From<EncodeError> for NotIssued {
    fn from(error: EncodeError) -> Self {
        Self(Box::new(error.response()))
    }
}

impl IntoResponse for NotIssued {
    fn into_response(self) -> Response {
        self.0.map(Body::from)
    }
}
