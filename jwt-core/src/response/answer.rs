use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use serde::Serialize;

use super::IntoStatus;
use crate::error::{CookieError, Misuse};
use crate::token::EncodeError;

/// A response to a rejected request. The adapters turn it into their framework's response, byte for byte.
///
/// ```
/// use jwt_core::ErrorResponse;
/// use serde_json::json;
///
/// let answer = ErrorResponse::json(401, &json!({ "error": "Please log in." }));
/// assert_eq!(answer.status(), 401);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ErrorResponse {
    response: Response<Bytes>,
    challenge: bool,
    unset: Unset,
}

/// The cookies of the manager that a response removes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unset {
    pub(crate) access: bool,
    pub(crate) refresh: bool,
}

impl ErrorResponse {
    /// Creates a response with a JSON body.
    ///
    /// If the value can't be serialized as JSON, such as a map with keys that are not strings, the body is empty and an
    /// error is logged. The status is left unchanged.
    pub fn json(status: impl IntoStatus, body: &(impl Serialize + ?Sized)) -> Self {
        let status = status.into_status();
        match serde_json::to_vec(body) {
            Ok(body) => Self::with_type(status, body.into(), "application/json"),
            Err(_) => {
                tracing::error!("the body of an error response can't be serialized as JSON, so it is empty");
                Self::empty(status)
            }
        }
    }

    /// Creates a response with a plain text body.
    pub fn text(status: impl IntoStatus, body: impl Into<String>) -> Self {
        Self::with_type(status.into_status(), Bytes::from(body.into()), "text/plain; charset=utf-8")
    }

    /// Creates a response without a body.
    pub fn empty(status: impl IntoStatus) -> Self {
        Self::new(status.into_status(), Bytes::new())
    }

    pub(crate) fn with_type(status: StatusCode, body: Bytes, content_type: &'static str) -> Self {
        Self::new(status, body).header(CONTENT_TYPE, HeaderValue::from_static(content_type))
    }

    fn new(status: StatusCode, body: Bytes) -> Self {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        Self { response, challenge: true, unset: Unset::default() }
    }

    /// Adds a header field. Fields with the same name are kept, except that a `Content-Type` replaces the previous one.
    ///
    /// The name and the value can be text. A text that a field can't contain (RFC 9110, 5.1 and 5.5) is an error in the
    /// application: the field is left out, and the log says so.
    ///
    /// ```
    /// use jwt_core::ErrorResponse;
    ///
    /// let answer = ErrorResponse::empty(503).header("Retry-After", "30");
    /// ```
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        HeaderName: TryFrom<N>,
        HeaderValue: TryFrom<V>,
    {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
            tracing::error!(
                "a header field of an error response has an invalid name or value, so it is left out"
            );
            return self;
        };
        let headers = self.response.headers_mut();
        if name == CONTENT_TYPE {
            headers.insert(name, value);
        } else {
            headers.append(name, value);
        }
        self
    }

    /// Omits the `WWW-Authenticate` field that a 401 or 403 response otherwise gets.
    ///
    /// RFC 9110, 15.5.2, requires the field for a 401. Omit it only if a browser would open a login dialog because of
    /// it.
    pub fn without_challenge(mut self) -> Self {
        self.challenge = false;
        self
    }

    /// Removes the cookies of the access token with the response: those that
    /// [`unset_access_cookies`](crate::JwtManager::unset_access_cookies) removes.
    ///
    /// This is for responses of [`ErrorHandlers`](super::ErrorHandlers), which belong to a manager. By default, a rejected
    /// request keeps its cookies: a client with an expired token needs them to refresh and to log out. A site without
    /// refresh tokens can remove the cookie, so the next request counts as one without a token:
    ///
    /// ```
    /// use jwt_core::{Config, ErrorHandlers, ErrorResponse, JwtManager, Location, Refusal};
    /// # use jwt_core::keys::Secret;
    /// # use jwt_core::Policy;
    /// # use std::time::SystemTime;
    ///
    /// struct Answers;
    ///
    /// impl ErrorHandlers for Answers {
    ///     fn expired_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
    ///         refusal.default_response().unset_access_cookies()
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let secret = Secret::generate()?;
    /// let config = Config::default().token_location([Location::Cookie]);
    /// let jwt = JwtManager::builder(config).secret(secret).error_handlers(Answers).build()?;
    /// # let token = jwt.access_token("alice").expires_at(SystemTime::UNIX_EPOCH).encode()?;
    /// # let request = http::Request::builder().header("cookie", format!("access_token_cookie={token}")).body(())?;
    /// # let error = jwt.check(&request, &Policy::access()).unwrap_err();
    /// # let response = jwt.respond(&error, &request, &Policy::access());
    /// # let fields = response.headers().get_all("set-cookie").iter().map(|field| field.to_str().unwrap());
    /// # assert!(fields.into_iter().next().unwrap().starts_with("access_token_cookie=;"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// In a handler of your own, use `with_cookies(jwt.unset_access_cookies(), response)` of the adapter.
    pub const fn unset_access_cookies(mut self) -> Self {
        self.unset.access = true;
        self
    }

    /// Removes the cookies of the refresh token with the response. See
    /// [`unset_access_cookies`](Self::unset_access_cookies).
    pub const fn unset_refresh_cookies(mut self) -> Self {
        self.unset.refresh = true;
        self
    }

    /// Removes all cookies that the manager sets with the response. See
    /// [`unset_access_cookies`](Self::unset_access_cookies).
    pub const fn unset_cookies(self) -> Self {
        self.unset_access_cookies().unset_refresh_cookies()
    }

    pub(super) const fn unset(&self) -> Unset {
        self.unset
    }

    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        *self.response.status_mut() = status;
        self
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Returns the response without a challenge, for an error that is not about a token.
    pub(crate) fn into_response(self) -> Response<Bytes> {
        if self.unset.access || self.unset.refresh {
            tracing::error!(
                "an error response that does not come from ErrorHandlers can't remove cookies: use with_cookies"
            );
        }
        self.finish(|| None)
    }

    /// Adds the fields that every refusal has: a challenge to 401 and 403 (RFC 6750, 3), and `no-store`.
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
        let mut response = response;
        *response.status_mut() = response.status().into_status();
        Self { response, challenge: true, unset: Unset::default() }
    }
}

impl Misuse {
    /// Returns the response to a misconfiguration: a bare 500. The log says how to fix it.
    #[must_use]
    pub fn response(self) -> Response<Bytes> {
        tracing::error!("{self}");
        Self::silent_response()
    }

    /// The same response, for a misconfiguration that has been logged before.
    pub(crate) fn silent_response() -> Response<Bytes> {
        internal_error()
    }
}

impl EncodeError {
    /// Returns the response for a token that could not be issued: a bare 500, or a 503 if a key could not be loaded.
    /// The log says how to fix a 500.
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        if let Self::KeyUnavailable(_) = self {
            // An outage, which was logged when it began.
            return unavailable();
        }
        tracing::error!("no token could be issued: {self}");
        internal_error()
    }
}

impl CookieError {
    /// Returns the response for cookies that could not be set: a bare 500. The log says how to fix it.
    #[must_use]
    pub fn response(self) -> Response<Bytes> {
        tracing::error!("no cookie could be set: {self}");
        internal_error()
    }
}

pub(super) fn internal_error() -> Response<Bytes> {
    let body = Bytes::from_static(br#"{"msg":"Internal Server Error"}"#);
    ErrorResponse::with_type(StatusCode::INTERNAL_SERVER_ERROR, body, "application/json").finish(|| None)
}

fn unavailable() -> Response<Bytes> {
    let body = Bytes::from_static(br#"{"msg":"Service Unavailable"}"#);
    let answer = ErrorResponse::with_type(StatusCode::SERVICE_UNAVAILABLE, body, "application/json");
    answer.header(RETRY_AFTER, HeaderValue::from_static("1")).finish(|| None)
}
