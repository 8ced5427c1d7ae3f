//! The responses to gRPC calls. Their status is in trailers, which are in the header if there is nothing else.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Response};
use jwt_core::adapter::Rejection;
use jwt_core::{ErrorKind, JwtManager, Policy, RequestView, TokenError};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// The characters that a message contains only in encoded form.
/// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Percent-Encoded"
const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

/// A message can contain the identity, and clients limit the size of header fields.
const MOST_OF_MESSAGE: usize = 256;

/// Creates the response to a request that does not satisfy its policy.
pub(crate) fn refuse(
    jwt: &JwtManager,
    error: TokenError,
    view: &dyn RequestView,
    headers: &HeaderMap,
    policy: &Policy,
) -> Response<Bytes> {
    match content_type(view, headers) {
        None => jwt_core::adapter::refuse(jwt, &error, view, policy),
        Some(content_type) => trailers_only(Rejection::under(jwt, error, view, policy), content_type.clone()),
    }
}

/// The content type of a gRPC call. gRPC-Web (`application/grpc-web`) counts, too.
///
/// The response to a call is a 200 to everything that does not know gRPC, so nothing else must look like one. Calls are
/// `POST` requests.
fn content_type<'a>(view: &dyn RequestView, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
    let mut fields = headers.get_all(CONTENT_TYPE).iter();
    let (Some(content_type), None) = (fields.next(), fields.next()) else {
        return None;
    };
    let media_type = content_type.to_str().ok()?.to_ascii_lowercase();
    let rest = media_type.strip_prefix("application/grpc")?;
    let rest = rest.strip_prefix("-web-text").or_else(|| rest.strip_prefix("-web")).unwrap_or(rest);
    let is_call = view.method() == "POST" && (rest.is_empty() || rest.starts_with(['+', ';']));
    is_call.then_some(content_type)
}

fn trailers_only(rejection: Rejection, content_type: HeaderValue) -> Response<Bytes> {
    let Refused { code, message, mut metadata } = rejection.into();
    metadata.insert(CONTENT_TYPE, content_type);
    metadata.insert(GRPC_STATUS, code.into());
    if let Ok(message) = HeaderValue::try_from(utf8_percent_encode(&message, ENCODED).to_string()) {
        metadata.insert(GRPC_MESSAGE, message);
    }
    let mut response = Response::new(Bytes::new());
    *response.headers_mut() = metadata;
    response
}

/// A rejection in the terms of gRPC.
pub(crate) struct Refused {
    pub(crate) code: i32,
    pub(crate) message: String,
    pub(crate) metadata: HeaderMap,
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        let code = rejection.kind().unwrap_or(ErrorKind::Misuse).grpc_code();
        let message = rejection.reason().chars().take(MOST_OF_MESSAGE).collect();
        let mut metadata = rejection.into_response().into_parts().0.headers;
        // There is no body.
        for name in [CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE] {
            metadata.remove(name);
        }
        Self { code, message, metadata }
    }
}
