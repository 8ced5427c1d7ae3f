use std::mem;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, Ready, ready};
use http::{Request, Response};
use jwt_core::request::Memos;
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

type Outcome<R, E> = Result<Response<R>, E>;

impl<S, B, R> Service<Request<B>> for RequireService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Send + 'static,
    R: From<Bytes> + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    /// Boxed only where a loader has to be asked.
    type Future =
        Either<S::Future, Either<Ready<Outcome<R, S::Error>>, BoxFuture<'static, Outcome<R, S::Error>>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let Require { jwt, policy } = &self.guard;
        let outcome = match jwt.check(&request, policy) {
            Ok(checked) => jwt.complete_now(checked),
            Err(error) => Ok(Err(error)),
        };
        match outcome {
            Ok(Ok(authenticated)) => {
                remember(&mut request, &authenticated);
                Either::Left(self.inner.call(request))
            }
            Ok(Err(error)) => Either::Right(Either::Left(ready(Ok(refuse(jwt, &error, &request))))),
            Err(checked) => {
                let jwt = jwt.clone();
                // The service that was polled ready is the one to call.
                let clone = self.inner.clone();
                let mut inner = mem::replace(&mut self.inner, clone);
                let answer = async move {
                    match jwt.complete(checked).await {
                        Ok(authenticated) => {
                            remember(&mut request, &authenticated);
                            inner.call(request).await
                        }
                        Err(error) => Ok(refuse(&jwt, &error, &request)),
                    }
                };
                Either::Right(Either::Right(answer.boxed()))
            }
        }
    }
}

fn remember<B>(request: &mut Request<B>, authenticated: &Authenticated) {
    if let Some(memo) = authenticated.memo() {
        request.extensions_mut().get_or_insert_default::<Memos>().insert(memo);
    }
}

fn refuse<B, R: From<Bytes>>(jwt: &JwtManager, error: &TokenError, request: &Request<B>) -> Response<R> {
    jwt.respond(error, request).map(R::from)
}
