use std::fmt;

use http::header::{ACCESS_CONTROL_ALLOW_METHODS, CONTENT_TYPE};
use http::{Response, StatusCode};

/// What a response says about its request.
pub(super) struct Verdict {
    status: StatusCode,
    /// The code of a gRPC call, whose status is 200 in any case.
    grpc: Option<String>,
    /// Whether a CORS layer has responded to a preflight request.
    is_of_cors: bool,
}

impl Verdict {
    pub(super) fn of<R>(response: &Response<R>, is_options: bool) -> Self {
        let grpc = response.headers().get("grpc-status").and_then(|code| code.to_str().ok());
        let has = |name| response.headers().contains_key(name);
        // The layer of tower-http responds to every OPTIONS request, with or without the fields of a preflight request.
        let is_of_cors = is_options && has(ACCESS_CONTROL_ALLOW_METHODS) && !has(CONTENT_TYPE);
        Self { status: response.status(), grpc: grpc.map(str::to_owned), is_of_cors }
    }

    /// Whether the request was rejected. `accepted` is the verdict about a good one.
    pub(super) fn is_rejection(&self, accepted: &Self) -> bool {
        let is_redirect = self.status.is_redirection() && !accepted.status.is_redirection();
        match self.grpc.as_deref() {
            // UNAUTHENTICATED and PERMISSION_DENIED.
            Some(code) => matches!(code, "16" | "7"),
            None => self.status.is_client_error() || is_redirect || self.is_of_cors,
        }
    }

    pub(super) fn is_success(&self) -> bool {
        let is_ok = self.grpc.as_deref().is_none_or(|code| code == "0");
        is_ok && !self.status.is_client_error() && !self.status.is_server_error()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.grpc {
            Some(code) => write!(f, "the gRPC status {code}"),
            None => write!(f, "{}", self.status),
        }
    }
}
