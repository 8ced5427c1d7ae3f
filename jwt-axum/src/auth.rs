use axum_core::body::Body;
use axum_core::extract::FromRequestParts;
use axum_core::response::Response;
use bytes::Bytes;
use http::request::Parts;

use crate::Rejected;
use crate::extract::manager;

jwt_core::declare_auth!(Response, answer);

impl<S> FromRequestParts<S> for Auth
where
    S: Send + Sync + 'static,
{
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejected> {
        Ok(Self(jwt_core::Auth::new(manager(parts, state)?, (&*parts).into())))
    }
}

fn answer(response: http::Response<Bytes>) -> Response {
    response.map(Body::from)
}
