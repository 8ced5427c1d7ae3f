use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};

use crate::extract::manager;
use crate::rejected::convert;
use crate::{Rejected, View};

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
        ready(
            manager(request)
                .map(|jwt| Self(jwt_core::adapter::Auth::new(jwt.clone(), View(request).snapshot()))),
        )
    }
}
