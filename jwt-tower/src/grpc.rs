//! The responses to gRPC calls. Their status is in trailers, which are in the header if there is nothing else.

use base64_simd::{STANDARD, STANDARD_NO_PAD};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Response};
use jwt_core::adapter::Rejection;
use jwt_core::{EndReason, ErrorKind, JwtManager, Policy, RequestView, TokenError};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// The fields of the connection (RFC 9113, 8.2.2), those that describe a body, which is empty, and the content type, which
/// is that of the call.
const RESERVED: [&str; 9] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

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
    grpc_statuses: bool,
) -> Response<Bytes> {
    match content_type(view, headers) {
        Some(content_type) if grpc_statuses => {
            trailers_only(Rejection::under(jwt, error, view, policy), content_type.clone())
        }
        _ => jwt_core::adapter::refuse(jwt, &error, view, policy),
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
    let is_call = view.method() == "POST" && Protocol::of(content_type).is_some();
    is_call.then_some(content_type)
}

/// The protocols of gRPC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Protocol {
    Grpc,
    /// The trailers of gRPC-Web are part of the body.
    Web,
}

impl Protocol {
    pub(crate) fn of(content_type: &HeaderValue) -> Option<Self> {
        let content_type = content_type.to_str().ok()?.to_ascii_lowercase();
        let media_type = content_type.split(';').next()?.trim_end_matches([' ', '\t']);
        let rest = media_type.strip_prefix("application/grpc")?;
        let web = rest.strip_prefix("-web-text").or_else(|| rest.strip_prefix("-web"));
        let rest = web.unwrap_or(rest);
        let protocol = if web.is_some() { Self::Web } else { Self::Grpc };
        (rest.is_empty() || rest.starts_with('+')).then_some(protocol)
    }
}

/// Creates the trailers of a call that the layer ends.
pub(crate) fn trailers(reason: EndReason) -> HeaderMap {
    let kind = match reason {
        EndReason::Expired => ErrorKind::ExpiredToken,
        EndReason::Revoked => ErrorKind::RevokedToken,
        _ => ErrorKind::Unavailable,
    };
    let mut trailers = HeaderMap::new();
    add_status(&mut trailers, kind.grpc_code(), &reason.to_string());
    trailers
}

fn add_status(fields: &mut HeaderMap, code: i32, message: &str) {
    fields.insert(GRPC_STATUS, code.into());
    if let Ok(message) = HeaderValue::try_from(utf8_percent_encode(message, ENCODED).to_string()) {
        fields.insert(GRPC_MESSAGE, message);
    }
}

fn trailers_only(rejection: Rejection, content_type: HeaderValue) -> Response<Bytes> {
    let Refused { code, message, mut metadata } = rejection.into();
    metadata.insert(CONTENT_TYPE, content_type);
    add_status(&mut metadata, code, &message);
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
        let fields = rejection.response().headers().iter().filter(|(name, value)| is_metadata(name, value));
        let metadata = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { code, message, metadata }
    }
}

/// Returns whether a field of the handlers' response can be metadata. A `grpc-status` of theirs would contradict that of
/// the call.
fn is_metadata(name: &HeaderName, value: &HeaderValue) -> bool {
    let name = name.as_str();
    let is_base64 =
        |value: &[u8]| [STANDARD, STANDARD_NO_PAD].iter().any(|form| form.decode_to_vec(value).is_ok());
    // Values can be joined, and have to be decoded one by one.
    // https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Binary-Header"
    let is_readable = !name.ends_with("-bin") || value.as_bytes().split(|byte| *byte == b',').all(is_base64);
    is_readable && !name.starts_with("grpc-") && !RESERVED.contains(&name)
}
