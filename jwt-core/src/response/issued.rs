//! Successful responses: tokens were issued, or a session has ended.

use std::fmt;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use http::{Response, StatusCode};
use serde::Serialize;

use super::answer::internal_error;

/// A successful response of [`Auth`](crate::adapter::Auth): 200 with a JSON body that no cache stores, and cookies if
/// the tokens are in cookies. `Debug` does not show it.
pub struct Answer {
    response: Response<Bytes>,
}

impl Answer {
    pub(crate) fn new(body: &impl Serialize, cookies: Vec<HeaderValue>) -> Self {
        let mut response = Response::new(Bytes::new());
        let headers = response.headers_mut();
        // RFC 6749, 5.1.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for cookie in cookies {
            headers.append(SET_COOKIE, cookie);
        }
        Self { response }.json(body)
    }

    /// Replaces the body with a JSON body. The cookies are kept.
    ///
    /// If the value can't be serialized as JSON, the status is 500, the body is bare, and the log contains an error.
    #[must_use]
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => {
                *self.response.status_mut() = StatusCode::OK;
                let json = HeaderValue::from_static("application/json");
                self.response.headers_mut().insert(CONTENT_TYPE, json);
                *self.response.body_mut() = body.into();
            }
            Err(_) => {
                tracing::error!(
                    "the body of a response can't be serialized as JSON, so the response is a 500"
                );
                // The cookies stay: the store has changed, and the client needs its tokens.
                let bare = internal_error();
                *self.response.status_mut() = bare.status();
                *self.response.body_mut() = bare.into_body();
            }
        }
        self
    }

    /// Returns the response.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        self.response
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}
