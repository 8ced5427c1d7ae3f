use std::task::{Context, Poll};
use std::{convert, mem};

use axum_core::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use jwt_core::adapter::{BoxFuture, BufferedBody, Memos, ResponseFuture, Step, authenticate, wants_body};
use jwt_core::error::InvalidRequest;
use jwt_core::{Authenticated, JwtManager, Policy, TokenError};
use tower_layer::Layer;
use tower_service::Service;

/// Lets only requests pass that fulfil the policy. Use it with `Router::route_layer`: with `layer`, unknown paths
/// answer 401 instead of 404. With `MethodRouter::route_layer` other methods stay 405 as well.
///
/// Extractors behind it do not check the signature again.
pub fn require(jwt: &JwtManager, policy: Policy) -> Require {
    Require { jwt: jwt.clone(), policy }
}

/// The layer that [`require`] makes.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it is added to a router"]
pub struct Require {
    jwt: JwtManager,
    policy: Policy,
}

impl<S> Layer<S> for Require {
    type Service = RequireService<S>;

    fn layer(&self, inner: S) -> RequireService<S> {
        RequireService { guard: self.clone(), inner }
    }
}

/// The service that [`Require`] makes of another.
#[derive(Clone, Debug)]
pub struct RequireService<S> {
    guard: Require,
    inner: S,
}

impl<S, R> Service<Request<Body>> for RequireService<S>
where
    S: Service<Request<Body>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    R: From<Bytes> + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    /// Boxed only where a loader has to be asked or the body to be read.
    type Future = ResponseFuture<S::Future, BoxFuture<Result<Response<R>, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let Require { jwt, policy } = &self.guard;
        // What is waited for: a step, or the body before there can be one.
        let pending = match wants_body(jwt, &request, policy) {
            Some(limit) => Err(limit),
            None => match authenticate(jwt, &request, policy) {
                Step::Ready(Ok(authenticated)) => {
                    remember(&mut request, &authenticated);
                    return ResponseFuture::direct(self.inner.call(request), convert::identity);
                }
                Step::Ready(Err(error)) => {
                    return ResponseFuture::answered(Ok(refuse(jwt, &error, &request)));
                }
                Step::Pending(pending) => Ok(pending),
            },
        };
        let guard = self.guard.clone();
        // The service that was polled ready is the one to call.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        ResponseFuture::boxed(Box::pin(async move {
            let Require { jwt, policy } = &guard;
            let step = match pending {
                Ok(pending) => Step::Pending(pending),
                Err(limit) => match buffer(&mut request, limit).await {
                    Ok(()) => authenticate(jwt, &request, policy),
                    Err(error) => Step::refused(error),
                },
            };
            match step.finish().await {
                Ok(authenticated) => {
                    remember(&mut request, &authenticated);
                    inner.call(request).await
                }
                Err(error) => Ok(refuse(jwt, &error, &request)),
            }
        }))
    }
}

/// Reads the body, and puts it back for the handler.
async fn buffer(request: &mut Request<Body>, limit: usize) -> Result<(), InvalidRequest> {
    let body = Limited::new(mem::take(request.body_mut()), limit).collect().await;
    let body = body.map_err(|error| match error.is::<LengthLimitError>() {
        true => InvalidRequest::BodyTooLarge,
        false => InvalidRequest::BodyUnreadable,
    })?;
    let body = body.to_bytes();
    *request.body_mut() = Body::from(body.clone());
    request.extensions_mut().insert(BufferedBody(body));
    Ok(())
}

fn remember<B>(request: &mut Request<B>, authenticated: &Authenticated) {
    if let Some(memo) = authenticated.memo() {
        request.extensions_mut().get_or_insert_default::<Memos>().insert(memo);
    }
}

fn refuse<B, R: From<Bytes>>(jwt: &JwtManager, error: &TokenError, request: &Request<B>) -> Response<R> {
    jwt.respond(error, request).map(R::from)
}
