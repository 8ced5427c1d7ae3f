//! How a manager itself rejects a request.

use bytes::Bytes;
use http::header::LOCATION;
use http::{Request, Response};
use jwt_core::adapter::BufferedBody;
use jwt_core::error::MissingReason;
use jwt_core::{JwtManager, Policy, TokenError};

/// The response of a guard with this policy. If the guard would not reject the request, the response is one to a request
/// without a token.
pub(crate) fn rejection(jwt: &JwtManager, request: &Request<Bytes>, policy: &Policy) -> Response<Bytes> {
    let mut request = request.clone();
    // Guards read the bodies that can have a token.
    let body = BufferedBody(request.body().clone());
    request.extensions_mut().insert(body);
    let missing = || TokenError::Missing(vec![MissingReason::Header]);
    let error = jwt.check(&request, policy).err().unwrap_or_else(missing);
    jwt.respond(&error, &request, policy)
}

/// The location to which a response redirects, without its query, which can have the path of the request.
pub(crate) fn redirect<B>(response: &Response<B>) -> Option<String> {
    let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection())?;
    Some(without_query(&String::from_utf8_lossy(location.as_bytes())))
}

pub(crate) fn without_query(location: &str) -> String {
    location.split_once('?').map_or(location, |(before, _)| before).to_owned()
}
