use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, Responder};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jwt_core::adapter::Snapshot;

use crate::Rejected;
use crate::extract::manager;
use crate::rejected::convert;

jwt_core::declare_auth!();

impl Responder for LoggedIn {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        convert(self.0.answer.into_response())
    }
}

impl Responder for Refreshed {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        convert(self.0.answer.into_response())
    }
}

impl Responder for LoggedOut {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        convert(self.0.into_response())
    }
}

impl FromRequest for Auth {
    type Error = Rejected;
    type Future = Ready<Result<Self, Rejected>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(manager(request).map(|jwt| Self(jwt_core::adapter::Auth::new(jwt.clone(), snapshot(request)))))
    }
}

/// Copies the request into the types of `http` 1. They have the same grammar as those of 0.2, so nothing is lost.
fn snapshot(request: &HttpRequest) -> Snapshot {
    // An unreadable method requires a CSRF value, as POST does.
    let method = Method::from_bytes(request.method().as_str().as_bytes()).unwrap_or(Method::POST);
    let mut headers = HeaderMap::with_capacity(request.headers().len());
    for (name, value) in request.headers() {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_ref()), HeaderValue::from_bytes(value.as_bytes()))
        {
            headers.append(name, value);
        }
    }
    let extensions = request.extensions();
    Snapshot::new(method, request.path(), request.uri().query().map(Into::into), headers)
        .with_authority(request.uri().authority().map(|authority| authority.as_str()))
        .with_extensions(extensions.get().cloned(), extensions.get().copied(), extensions.get().cloned())
}
