use std::convert::Infallible;

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
use jwt_core::JwtManager;

use crate::Rejected;

jwt_core::declare_auth!();

impl<S> FromRequestParts<S> for Auth
where
    JwtManager: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(jwt_core::adapter::Auth::new(JwtManager::from_ref(state), (&*parts).into())))
    }
}

impl IntoResponse for LoggedIn {
    fn into_response(self) -> Response {
        self.0.answer.into_response().map(Body::from)
    }
}

impl IntoResponse for Refreshed {
    fn into_response(self) -> Response {
        self.0.answer.into_response().map(Body::from)
    }
}

impl IntoResponse for LoggedOut {
    fn into_response(self) -> Response {
        self.0.into_response().map(Body::from)
    }
}
