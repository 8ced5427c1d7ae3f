use axum_core::body::Body;
use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use crate::Rejected;
use crate::extract::manager;

jwt_core::declare_auth!();

impl<S> FromRequestParts<S> for Auth
where
    S: Send + Sync + 'static,
{
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejected> {
        Ok(Self(jwt_core::adapter::Auth::new(manager(parts, state)?, (&*parts).into())))
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
