use actix_web::{HttpMessage as _, HttpRequest};
use http::{HeaderMap, HeaderName, HeaderValue};
use jwt_core::RequestInfo;
use jwt_core::adapter::complete_info;

/// What rules see of a request.
pub(crate) fn info(request: &HttpRequest) -> RequestInfo {
    // The types of `http` 1 have the same grammar as those of 0.2, so nothing is lost.
    let mut headers = HeaderMap::with_capacity(request.headers().len());
    for (name, value) in request.headers() {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_ref()), HeaderValue::from_bytes(value.as_bytes()))
        {
            headers.append(name, value);
        }
    }
    let info = RequestInfo::new(request.method().as_str(), request.path(), request.uri().query(), headers);
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let extensions = request.extensions();
    let info = complete_info(info, authority, extensions.get().cloned(), extensions.get().copied());
    match request.peer_addr() {
        Some(peer) => info.with_peer_addr(peer),
        None => info,
    }
}
