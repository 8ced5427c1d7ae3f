use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use bytes::Bytes;
use jwt_core::request::RequestView;
use jwt_core::{EncodeError, JwtManager, Misuse, TokenError};

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

    pub(crate) fn misuse(misuse: Misuse) -> Self {
        Self(Box::new((misuse.into(), misuse.response())))
    }

    /// Why the request was refused.
    #[must_use]
    pub fn error(&self) -> &TokenError {
        &self.0.0
    }
}

/// The same status, fields and bytes in actix's types, which are those of `http` 0.2.
pub(crate) fn convert(response: &http::Response<Bytes>) -> HttpResponse {
    let status = response.status().as_u16();
    let mut builder =
        HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in response.headers() {
        builder.append_header((name.as_str(), value.as_bytes()));
    }
    builder.body(response.body().clone())
}

impl ResponseError for Rejected {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        convert(&self.0.1)
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

impl fmt::Display for NotIssued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no token could be issued")
    }
}

impl ResponseError for NotIssued {
    fn error_response(&self) -> HttpResponse {
        convert(&self.0)
    }
}
