use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage as _};
use bytes::BytesMut;
use futures_util::future::{Either, LocalBoxFuture, MapOk, Ready, ready};
use futures_util::{FutureExt as _, StreamExt as _, TryFutureExt as _};
use jwt_core::request::{BufferedBody, Memos};
use jwt_core::{Authenticated, InvalidRequest, JwtManager, Policy, TokenError};

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
    /// Boxed only where a loader has to be asked or the body to be read.
    type Future = Either<
        MapOk<S::Future, fn(ServiceResponse<B>) -> Answer<B>>,
        Either<Ready<Result<Answer<B>, Error>>, LocalBoxFuture<'static, Result<Answer<B>, Error>>>,
    >;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let Require { jwt, policy } = &self.guard;
        let limit = jwt.wants_body(&View(request.request()), policy);
        let checked = match limit {
            Some(_) => None,
            None => {
                match jwt.check(&View(request.request()), policy).map(|checked| jwt.complete_now(checked)) {
                    Ok(Ok(Ok(authenticated))) => {
                        remember(&request, &authenticated);
                        return Either::Left(
                            self.inner.call(request).map_ok(ServiceResponse::map_into_left_body),
                        );
                    }
                    Ok(Ok(Err(error))) | Err(error) => {
                        return Either::Right(Either::Left(ready(Ok(refuse(jwt, &error, request)))));
                    }
                    Ok(Err(checked)) => Some(checked),
                }
            }
        };
        let (guard, inner) = (self.guard.clone(), Rc::clone(&self.inner));
        let answer = async move {
            let Require { jwt, policy } = &guard;
            let buffered = match limit {
                Some(limit) => buffer(&mut request, limit).await,
                None => Ok(()),
            };
            let checked = match (buffered, checked) {
                (Err(error), _) => Err(error.into()),
                (Ok(()), Some(checked)) => Ok(checked),
                (Ok(()), None) => jwt.check(&View(request.request()), policy),
            };
            let outcome = match checked {
                Ok(checked) => jwt.complete(checked).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(authenticated) => {
                    remember(&request, &authenticated);
                    inner.call(request).await.map(ServiceResponse::map_into_left_body)
                }
                Err(error) => Ok(refuse(jwt, &error, request)),
            }
        };
        Either::Right(Either::Right(answer.boxed_local()))
    }
}

/// Reads the body, and puts it back for the handler.
async fn buffer(request: &mut ServiceRequest, limit: usize) -> Result<(), InvalidRequest> {
    let mut payload = request.take_payload();
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| InvalidRequest::BodyUnreadable)?;
        if chunk.len() > limit.saturating_sub(body.len()) {
            return Err(InvalidRequest::BodyTooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let body = body.freeze();
    request.set_payload(Payload::from(body.clone()));
    request.extensions_mut().insert(BufferedBody(body));
    Ok(())
}

fn remember(request: &ServiceRequest, authenticated: &Authenticated) {
    if let Some(memo) = authenticated.memo() {
        request.extensions_mut().get_or_insert_with(Memos::default).insert(memo);
    }
}

/// An `Ok` answer: after an `Err` outer middleware, such as CORS, does not see the response, and browsers hide it.
fn refuse<B>(jwt: &JwtManager, error: &TokenError, request: ServiceRequest) -> Answer<B> {
    let response = jwt.respond(error, &View(request.request()));
    request.into_response(rejected::convert(response)).map_into_right_body()
}
