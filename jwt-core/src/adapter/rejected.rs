use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::Response;

use crate::error::{CookieError, ErrorKind, Misuse};
use crate::manager::JwtManager;
use crate::policy::Policy;
use crate::request::RequestView;
use crate::response::ErrorResponse;
use crate::session::SessionError;
use crate::token::{EncodeError, TokenError};

/// Returns the response to a request that a guard with this policy rejects.
#[must_use]
pub fn refuse(
    jwt: &JwtManager,
    error: &TokenError,
    view: &dyn RequestView,
    policy: &Policy,
) -> Response<Bytes> {
    jwt.respond(error, view, policy)
}

/// A request that was rejected, or for which no token could be issued, with its response. Each adapter declares a
/// `Rejected` around it.
pub struct Rejection {
    /// `None` if the application created the response.
    error: Option<SessionError>,
    /// `None` if the status says everything.
    reason: Option<Cow<'static, str>>,
    response: Response<Bytes>,
}

impl Rejection {
    /// Creates the response of a manager's handlers to this error.
    #[must_use]
    pub fn new(jwt: &JwtManager, error: impl Into<SessionError>, view: &dyn RequestView) -> Self {
        Self::of(jwt, error.into(), view, None)
    }

    /// Creates the response to a request that does not satisfy a policy.
    #[must_use]
    pub fn under(jwt: &JwtManager, error: TokenError, view: &dyn RequestView, policy: &Policy) -> Self {
        Self::of(jwt, error.into(), view, Some(policy))
    }

    /// Creates the response to an exchange that failed.
    pub(super) fn of_exchange(jwt: &JwtManager, error: SessionError, view: &dyn RequestView) -> Self {
        Self::of(jwt, error, view, Some(const { &Policy::refresh() }))
    }

    fn of(jwt: &JwtManager, error: SessionError, view: &dyn RequestView, policy: Option<&Policy>) -> Self {
        let response = match &error {
            SessionError::Rejected(error) => jwt.respond_to(error, view, policy),
            SessionError::NotIssued(error) => error.response(),
            SessionError::Cookie(error) => error.response(),
        };
        let reason = match &error {
            SessionError::Rejected(error) => Some(jwt.reason(error)),
            SessionError::NotIssued(_) | SessionError::Cookie(_) => None,
        };
        Self { error: Some(error), reason, response }
    }

    /// Creates the response to a request for which an extractor has no manager, or only one that is
    /// [misplaced](Misuse::MisplacedManager), which is logged once.
    #[must_use]
    pub fn no_manager(misplaced: Option<&JwtManager>, fix: &'static str) -> Self {
        let Some(jwt) = misplaced else {
            return Misuse::MissingManager { fix }.into();
        };
        let misuse = Misuse::MisplacedManager { fix };
        let is_first = jwt.is_first_misplacement();
        let response = if is_first { misuse.response() } else { Misuse::silent_response() };
        Self { response, reason: None, error: Some(misuse.into()) }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> Option<ErrorKind> {
        Some(match &self.error {
            Some(SessionError::Rejected(error)) => error.kind(),
            Some(SessionError::NotIssued(EncodeError::KeyUnavailable(_))) => ErrorKind::Unavailable,
            Some(SessionError::NotIssued(_) | SessionError::Cookie(_)) => ErrorKind::Misuse,
            None => return None,
        })
    }

    /// Returns the reason, which is safe to show to a client.
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        let status = || self.response.status().canonical_reason().unwrap_or_default().into();
        self.reason.clone().unwrap_or_else(status)
    }

    /// Returns why the token was rejected. `None` if the error is not about the request's token.
    #[must_use]
    pub const fn token_error(&self) -> Option<&TokenError> {
        match &self.error {
            Some(SessionError::Rejected(error)) => Some(error),
            _ => None,
        }
    }

    /// Returns the error. `None` if the application created the response.
    #[must_use]
    pub const fn error(&self) -> Option<&SessionError> {
        self.error.as_ref()
    }

    /// Returns the response.
    #[must_use]
    pub const fn response(&self) -> &Response<Bytes> {
        &self.response
    }

    /// Returns the response.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        self.response
    }
}

impl From<EncodeError> for Rejection {
    fn from(error: EncodeError) -> Self {
        Self { response: error.response(), reason: None, error: Some(error.into()) }
    }
}

impl From<CookieError> for Rejection {
    fn from(error: CookieError) -> Self {
        Self { response: error.response(), reason: None, error: Some(error.into()) }
    }
}

impl From<Misuse> for Rejection {
    fn from(misuse: Misuse) -> Self {
        Self { response: misuse.response(), reason: None, error: Some(misuse.into()) }
    }
}

impl From<ErrorResponse> for Rejection {
    fn from(response: ErrorResponse) -> Self {
        Self { response: response.into_response(), reason: None, error: None }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            Some(error) => fmt::Display::fmt(error, f),
            None => write!(f, "the application responds with {}", self.response.status().as_u16()),
        }
    }
}

impl std::error::Error for Rejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.as_ref()?.source()
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection").field("kind", &self.kind()).finish_non_exhaustive()
    }
}
