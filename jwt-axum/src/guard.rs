use std::mem;
use std::task::{Context, Poll};

use axum_core::body::Body;
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, Ready, ready};
use http::{Request, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use jwt_core::request::{BufferedBody, Memos};
use jwt_core::{Authenticated, InvalidRequest, JwtManager, Policy, TokenError};
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

type Outcome<R, E> = Result<Response<R>, E>;

impl<S, R> Service<Request<Body>> for RequireService<S>
where
    S: Service<Request<Body>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    R: From<Bytes> + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    /// Boxed only where a loader has to be asked or the body to be read.
    type Future =
        Either<S::Future, Either<Ready<Outcome<R, S::Error>>, BoxFuture<'static, Outcome<R, S::Error>>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let Require { jwt, policy } = &self.guard;
        let limit = jwt.wants_body(&request, policy);
        let checked = match limit {
            Some(_) => None,
            None => match jwt.check(&request, policy).map(|checked| jwt.complete_now(checked)) {
                Ok(Ok(Ok(authenticated))) => {
                    remember(&mut request, &authenticated);
                    return Either::Left(self.inner.call(request));
                }
                Ok(Ok(Err(error))) | Err(error) => {
                    return Either::Right(Either::Left(ready(Ok(refuse(jwt, &error, &request)))));
                }
                Ok(Err(checked)) => Some(checked),
            },
        };
        let guard = self.guard.clone();
        // The service that was polled ready is the one to call.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let answer = async move {
            let Require { jwt, policy } = &guard;
            let buffered = match limit {
                Some(limit) => buffer(&mut request, limit).await,
                None => Ok(()),
            };
            let checked = match (buffered, checked) {
                (Err(error), _) => Err(error.into()),
                (Ok(()), Some(checked)) => Ok(checked),
                (Ok(()), None) => jwt.check(&request, policy),
            };
            let outcome = match checked {
                Ok(checked) => jwt.complete(checked).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(authenticated) => {
                    remember(&mut request, &authenticated);
                    inner.call(request).await
                }
                Err(error) => Ok(refuse(jwt, &error, &request)),
            }
        };
        Either::Right(Either::Right(answer.boxed()))
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
