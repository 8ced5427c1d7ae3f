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
    match content_type(headers) {
        None => jwt_core::adapter::refuse(jwt, &error, view, policy),
        Some(content_type) => trailers_only(Rejection::under(jwt, error, view, policy), content_type.clone()),
    }
}

/// The content type of a gRPC call. gRPC-Web (`application/grpc-web`) counts, too.
fn content_type(headers: &HeaderMap) -> Option<&HeaderValue> {
    let content_type = headers.get(CONTENT_TYPE)?;
    let (start, rest) = content_type.as_bytes().split_at_checked("application/grpc".len())?;
    let ends = matches!(rest.first(), None | Some(b'+' | b';' | b'-'));
    (ends && start.eq_ignore_ascii_case(b"application/grpc")).then_some(content_type)
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
