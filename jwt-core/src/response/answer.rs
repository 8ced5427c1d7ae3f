use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use serde::Serialize;

use crate::error::{CookieError, Misuse};
use crate::token::EncodeError;

/// The answer to a refused request. The adapters turn it into their framework's response, byte for byte.
#[derive(Clone, Debug)]
#[must_use]
pub struct ErrorResponse {
    response: Response<Bytes>,
    challenge: bool,
}

impl ErrorResponse {
    /// A JSON body. Should the value not be writable as JSON (a map whose keys are no strings), the body is
    /// empty: the status, which is what refuses the client, stands in any case.
    pub fn json(status: StatusCode, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self::with_type(status, body.into(), "application/json"),
            Err(_) => {
                tracing::error!("the body of an error answer cannot be written as JSON, so that it is empty");
                Self::empty(status)
            }
        }
    }

    /// A text body.
    pub fn text(status: StatusCode, body: impl Into<String>) -> Self {
        Self::with_type(status, Bytes::from(body.into()), "text/plain; charset=utf-8")
    }

    /// No body.
    pub fn empty(status: StatusCode) -> Self {
        Self::new(status, Bytes::new())
    }

    pub(crate) fn with_type(status: StatusCode, body: Bytes, content_type: &'static str) -> Self {
        Self::new(status, body).header(CONTENT_TYPE, HeaderValue::from_static(content_type))
    }

    fn new(status: StatusCode, body: Bytes) -> Self {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        Self { response, challenge: true }
    }

    /// Adds a header field beside those of the same name; a `Content-Type` takes the place of the former one.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        let headers = self.response.headers_mut();
        if name == CONTENT_TYPE {
            headers.insert(name, value);
        } else {
            headers.append(name, value);
        }
        self
    }

    /// Leaves out the `WWW-Authenticate` that 401 and 403 otherwise get (RFC 9110, 15.5.2, asks for it): for
    /// pages in browsers that answer it with a dialogue.
    pub fn without_challenge(mut self) -> Self {
        self.challenge = false;
        self
    }

    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        *self.response.status_mut() = status;
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Adds what every refusal has: a challenge with 401 and 403 (RFC 6750, 3), and `no-store`.
    pub(super) fn finish(self, challenge: impl FnOnce() -> Option<HeaderValue>) -> Response<Bytes> {
        let mut response = self.response;
        let challenged = matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        let headers = response.headers_mut();
        if challenged
            && self.challenge
            && !headers.contains_key(WWW_AUTHENTICATE)
            && let Some(challenge) = challenge()
        {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        response
    }
}

impl From<Response<Bytes>> for ErrorResponse {
    fn from(response: Response<Bytes>) -> Self {
        Self { response, challenge: true }
    }
}

impl Misuse {
    /// The answer to a programming error: a bare 500 for the client; what to mend goes to the log.
    #[must_use]
    pub fn response(self) -> Response<Bytes> {
        tracing::error!("{self}");
        internal_error()
    }
}

impl EncodeError {
    /// The answer to a client for whom no token could be issued: a bare 500, or 503 where a key could not be loaded; what
    /// to mend goes to the log.
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        tracing::error!("no token could be issued: {self}");
        match self {
            Self::KeyUnavailable(_) => unavailable(),
            _ => internal_error(),
        }
    }
}

impl CookieError {
    /// The answer to a client whose cookies could not be set: a bare 500. The log says how to fix it.
    #[must_use]
    pub fn response(self) -> Response<Bytes> {
        tracing::error!("no cookie could be set: {self}");
        internal_error()
    }
}

fn internal_error() -> Response<Bytes> {
    let body = Bytes::from_static(br#"{"msg":"Internal Server Error"}"#);
    ErrorResponse::with_type(StatusCode::INTERNAL_SERVER_ERROR, body, "application/json").finish(|| None)
}

fn unavailable() -> Response<Bytes> {
    let body = Bytes::from_static(br#"{"msg":"Service Unavailable"}"#);
    let answer = ErrorResponse::with_type(StatusCode::SERVICE_UNAVAILABLE, body, "application/json");
    answer.header(RETRY_AFTER, HeaderValue::from_static("1")).finish(|| None)
}
