use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full};
use jwt_tower::keys::Secret;
use jwt_tower::{Config, JwtManager, JwtManagerBuilder, authenticated};
use tower::{Service, ServiceExt as _};

pub(crate) fn builder(config: Config) -> JwtManagerBuilder {
    JwtManager::builder(config).secret(Secret::generate().unwrap())
}

pub(crate) fn manager() -> JwtManager {
    builder(Config::default()).build().unwrap()
}

pub(crate) fn bearer(jwt: &JwtManager, identity: &str) -> String {
    format!("Bearer {}", jwt.access_token(identity).encode().unwrap())
}

pub(crate) fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(path).body(Full::default()).unwrap()
}

pub(crate) fn get_as(jwt: &JwtManager, identity: &str, path: &str) -> Request<Full<Bytes>> {
    let mut request = get(path);
    request.headers_mut().insert("authorization", bearer(jwt, identity).parse().unwrap());
    request
}

/// Responds with the identity, or with `nobody`.
pub(crate) async fn whoami<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from(identity(&request))))
}

pub(crate) fn identity<B>(request: &Request<B>) -> String {
    let authenticated = authenticated(request.extensions());
    let token = authenticated.as_ref().and_then(|authenticated| authenticated.token());
    token.map_or("nobody", |token| token.identity()).to_owned()
}

/// Sends a request, and returns the status and the body.
pub(crate) async fn send<S, B, R>(service: &S, request: Request<B>) -> (u16, String)
where
    S: Service<Request<B>, Response = Response<R>, Error = Infallible> + Clone,
    R: Body<Data = Bytes, Error: std::fmt::Debug>,
{
    let Ok(response) = service.clone().oneshot(request).await;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// A body that counts how often it is polled, and never ends.
pub(crate) struct Endless(pub(crate) Arc<AtomicUsize>);

impl Endless {
    pub(crate) fn new() -> (Self, Arc<AtomicUsize>) {
        let polled = Arc::<AtomicUsize>::default();
        (Self(polled.clone()), polled)
    }
}

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Poll::Pending
    }
}
