use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, Responder};
use jwt_core::adapter::Snapshot;

use crate::Rejected;
use crate::extract::manager;
use crate::info::info;
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

fn snapshot(request: &HttpRequest) -> Snapshot {
    Snapshot::new(info(request), request.extensions().get().cloned())
}
