use std::convert::Infallible;

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequestParts};
use axum_core::response::Response;
use bytes::Bytes;
use http::request::Parts;
use jwt_core::JwtManager;

jwt_core::declare_auth!(Response, answer);

impl<S> FromRequestParts<S> for Auth
where
    JwtManager: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(jwt_core::Auth::new(JwtManager::from_ref(state), (&*parts).into())))
    }
}

fn answer(response: http::Response<Bytes>) -> Response {
    response.map(Body::from)
}
