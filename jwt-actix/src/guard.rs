use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage as _};
use futures_util::future::{Either, LocalBoxFuture, MapOk, Ready, ready};
use futures_util::{FutureExt as _, TryFutureExt as _};
use jwt_core::request::Memos;
use jwt_core::{Authenticated, JwtManager, Policy, TokenError};

use crate::{View, rejected};

/// Lets only requests pass that fulfil the policy: around a route. Around a resource it answers 401 for other methods,
/// too, and around a scope for unknown paths below the scope.
///
/// Extractors behind it do not check the signature again.
pub fn require(jwt: &JwtManager, policy: Policy) -> Require {
    Require { jwt: jwt.clone(), policy }
}

/// The middleware that [`require`] makes.
#[derive(Clone, Debug)]
#[must_use = "a middleware does nothing before wrap()"]
pub struct Require {
    jwt: JwtManager,
    policy: Policy,
}

impl<S, B> Transform<S, ServiceRequest> for Require
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = RequireService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(RequireService { guard: self.clone(), inner: Rc::new(inner) }))
    }
}

/// The service that [`Require`] makes of another.
#[derive(Debug)]
pub struct RequireService<S> {
    guard: Require,
    inner: Rc<S>,
}

type Answer<B> = ServiceResponse<EitherBody<B>>;

impl<S, B> Service<ServiceRequest> for RequireService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = Answer<B>;
    type Error = Error;
    /// Boxed only where a loader has to be asked.
    type Future = Either<
        MapOk<S::Future, fn(ServiceResponse<B>) -> Answer<B>>,
        Either<Ready<Result<Answer<B>, Error>>, LocalBoxFuture<'static, Result<Answer<B>, Error>>>,
    >;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let Require { jwt, policy } = &self.guard;
        let outcome = match jwt.check(&View(request.request()), policy) {
            Ok(checked) => jwt.complete_now(checked),
            Err(error) => Ok(Err(error)),
        };
        match outcome {
            Ok(Ok(authenticated)) => {
                remember(&request, &authenticated);
                Either::Left(self.inner.call(request).map_ok(ServiceResponse::map_into_left_body))
            }
            Ok(Err(error)) => Either::Right(Either::Left(ready(Ok(refuse(jwt, &error, request))))),
            Err(checked) => {
                let (jwt, inner) = (jwt.clone(), Rc::clone(&self.inner));
                let answer = async move {
                    match jwt.complete(checked).await {
                        Ok(authenticated) => {
                            remember(&request, &authenticated);
                            inner.call(request).await.map(ServiceResponse::map_into_left_body)
                        }
                        Err(error) => Ok(refuse(&jwt, &error, request)),
                    }
                };
                Either::Right(Either::Right(answer.boxed_local()))
            }
        }
    }
}

fn remember(request: &ServiceRequest, authenticated: &Authenticated) {
    if let Some(memo) = authenticated.memo() {
        let mut extensions = request.extensions_mut();
        let mut memos = extensions.remove::<Memos>().unwrap_or_default();
        memos.insert(memo);
        extensions.insert(memos);
    }
}

/// An `Ok` answer: after an `Err` outer middleware, such as CORS, does not see the response, and browsers hide it.
fn refuse<B>(jwt: &JwtManager, error: &TokenError, request: ServiceRequest) -> Answer<B> {
    let response = jwt.respond(error, &View(request.request()));
    request.into_response(rejected::convert(&response)).map_into_right_body()
}
