use std::fmt;

use http::header::{ACCESS_CONTROL_ALLOW_METHODS, CONTENT_TYPE};
use http::{Response, StatusCode};

use super::cors::Cors;
use crate::rejection::redirect;

/// What a response says about its request.
pub(super) struct Verdict {
    status: StatusCode,
    /// The code of a gRPC call, whose status is 200 in any case.
    grpc: Option<String>,
    has_content_type: bool,
    has_methods_of_cors: bool,
    /// Where the response redirects.
    redirect: Option<String>,
    /// Whether a rejection redirects there as well.
    is_redirect_of_rejection: bool,
    /// `None` if the request has the method of the test.
    cors: Option<Cors>,
}

impl Verdict {
    pub(super) fn of<R>(response: &Response<R>) -> Self {
        let grpc = response.headers().get("grpc-status").and_then(|code| code.to_str().ok());
        Self {
            status: response.status(),
            grpc: grpc.map(str::to_owned),
            has_content_type: response.headers().contains_key(CONTENT_TYPE),
            has_methods_of_cors: response.headers().contains_key(ACCESS_CONTROL_ALLOW_METHODS),
            redirect: redirect(response),
            is_redirect_of_rejection: false,
            cors: None,
        }
    }

    /// `redirects` are the locations to which rejections redirect.
    pub(super) fn with_redirects(mut self, redirects: &[String]) -> Self {
        self.is_redirect_of_rejection = self.redirect.as_ref().is_some_and(|to| redirects.contains(to));
        self
    }

    pub(super) const fn with_cors(mut self, cors: Cors) -> Self {
        self.cors = Some(cors);
        self
    }

    /// Whether the request was rejected. `accepted` is the verdict about a good one.
    pub(super) fn is_rejection(&self, accepted: &Self) -> bool {
        let is_redirect = self.is_redirect_of_rejection && self.redirect != accepted.redirect;
        // One handler has the same response for all methods.
        let differs = self.status != accepted.status || accepted.has_content_type;
        let is_of_cors = match self.cors {
            None | Some(Cors::No) => false,
            Some(Cors::Perhaps) => differs,
            Some(Cors::Methods) => differs || !accepted.has_methods_of_cors,
            Some(Cors::Yes) => true,
        };
        match self.grpc.as_deref() {
            // UNAUTHENTICATED and PERMISSION_DENIED.
            Some(code) => matches!(code, "16" | "7"),
            None => self.status.is_client_error() || is_redirect || is_of_cors,
        }
    }

    pub(super) fn is_success(&self) -> bool {
        let is_ok = self.grpc.as_deref().is_none_or(|code| code == "0");
        is_ok && !self.status.is_client_error() && !self.status.is_server_error()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.grpc, &self.redirect) {
            (Some(code), _) => write!(f, "the gRPC status {code}"),
            (None, Some(location)) if self.is_redirect_of_rejection => {
                write!(f, "{} to {location}", self.status)
            }
            (None, Some(location)) => write!(
                f,
                "{} to {location}, which is not where the manager's error handlers redirect; see GuardTest::login",
                self.status
            ),
            (None, None) if self.cors.is_some() && self.status.is_success() => write!(
                f,
                "{}, which is not recognized as the response of a CORS layer; see GuardTest",
                self.status
            ),
            (None, None) => write!(f, "{}", self.status),
        }
    }
}
