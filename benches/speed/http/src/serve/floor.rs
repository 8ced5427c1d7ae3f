//! The handwritten minimal implementation, as tower middleware.

use std::sync::Arc;
use std::task::{Context, Poll};

use bench_common::floor::Floor;
use bytes::Bytes;
use futures_util::future::{Either, Ready, ready};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response, StatusCode};
use tower_layer::Layer;
use tower_service::Service;

use crate::tokens::SECRET;

/// The identity of the client.
#[derive(Clone)]
pub(super) struct Subject(pub(super) String);

/// Uses aws-lc's HMAC, as the goal defines.
pub(super) fn floor() -> Floor {
    Floor::aws_lc(SECRET.as_bytes())
}

/// Returns the subject of the token in the `Authorization` field.
pub(super) fn subject(floor: &Floor, value: Option<&[u8]>) -> Option<Subject> {
    let token = value?.strip_prefix(b"Bearer ")?;
    floor.check(token, |claims| Subject(claims.sub.to_owned()))
}

#[derive(Clone)]
pub(super) struct FloorLayer(Arc<Floor>);

impl FloorLayer {
    pub(super) fn new() -> Self {
        Self(Arc::new(floor()))
    }
}

impl<S> Layer<S> for FloorLayer {
    type Service = FloorService<S>;

    fn layer(&self, inner: S) -> FloorService<S> {
        FloorService { floor: Arc::clone(&self.0), inner }
    }
}

#[derive(Clone)]
pub(super) struct FloorService<S> {
    floor: Arc<Floor>,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for FloorService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response<R>, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match subject(&self.floor, authorization(request.headers())) {
            Some(subject) => {
                request.extensions_mut().insert(subject);
                Either::Left(self.inner.call(request))
            }
            None => {
                let mut response = Response::new(R::from(Bytes::new()));
                *response.status_mut() = StatusCode::UNAUTHORIZED;
                Either::Right(ready(Ok(response)))
            }
        }
    }
}

fn authorization(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(AUTHORIZATION).map(http::HeaderValue::as_bytes)
}
