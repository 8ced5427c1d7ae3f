//! Recognizes the responses of CORS layers to `OPTIONS` requests.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE,
    ORIGIN,
};
use http::{HeaderValue, Request, Response};

/// No application has this method. A layer that responds to preflight requests only, and lets other `OPTIONS` requests
/// reach the handler, checks the method and rejects it.
const METHOD: &str = "JWT-TEST";

/// Whether a CORS layer has responded to an `OPTIONS` request that is not a preflight request.
#[derive(Clone, Copy)]
pub(super) enum Cors {
    No,
    /// A handler whose response is empty, and that is in a layer which adds `Access-Control-Allow-Origin`, looks the
    /// same.
    Perhaps,
    /// The response has `Access-Control-Allow-Methods`. A layer can add that to the responses of all handlers as well.
    Methods,
    Yes,
}

impl Cors {
    /// `preflight` is the response to the [preflight request](preflight).
    pub(super) fn of<R>(response: &Response<R>, preflight: &Response<R>) -> Self {
        let is_empty =
            |of: &Response<R>| of.status().is_success() && !of.headers().contains_key(CONTENT_TYPE);
        let is_mirrored =
            || preflight.headers().get(ACCESS_CONTROL_ALLOW_METHODS).is_some_and(|methods| methods == METHOD);
        if !is_empty(response) || !is_empty(preflight) {
            Self::No
        } else if is_mirrored() {
            Self::Yes
        } else if response.headers().contains_key(ACCESS_CONTROL_ALLOW_METHODS) {
            Self::Methods
        } else if preflight.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
            Self::Perhaps
        } else {
            Self::No
        }
    }
}

/// Turns an `OPTIONS` request into a preflight request.
pub(super) fn preflight(mut request: Request<Bytes>) -> Request<Bytes> {
    let fields = request.headers_mut();
    fields.entry(ORIGIN).or_insert(HeaderValue::from_static("https://other.jwt-test.invalid"));
    fields.insert(ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static(METHOD));
    request
}
