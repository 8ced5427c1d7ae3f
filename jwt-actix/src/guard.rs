use std::future::{Ready, poll_fn, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage as _};
use bytes::BytesMut;
use futures_core::Stream as _;
use jwt_core::adapter::{BufferedBody, LocalBoxFuture, ResponseFuture, Step, authenticate, wants_body};
use jwt_core::error::InvalidRequest;
use jwt_core::{JwtManager, Policy, TokenError};

use crate::extract::leave;
use crate::{View, rejected};

/// Creates a middleware that only lets requests through if they satisfy `policy`.
///
/// Wrap it around a route. Around a resource, it also responds with 401 to other methods. Around a scope, it also
/// responds with 401 to unknown paths below the scope.
///
/// Extractors behind the guard do not check the signature again.
///
/// ```
/// use actix_web::{Scope, web};
/// use jwt_actix::{AccessToken, JwtManager, Policy, require};
///
/// async fn dashboard(AccessToken(token): AccessToken) -> String {
///     format!("Hello, {}", token.identity())
/// }
///
/// fn admin(jwt: &JwtManager) -> Scope {
///     web::scope("/admin")
///         .app_data(web::Data::new(jwt.clone()))
///         .route("/", web::get().to(dashboard).wrap(require(jwt, Policy::access().scopes(&["admin"]))))
/// }
/// ```
pub fn require(jwt: &JwtManager, policy: Policy) -> Require {
    Require { jwt: jwt.clone(), policy }
}

/// The middleware that [`require`] creates.
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

/// The service that [`Require`] creates.
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
    /// Boxed only if the guard has to call a store or a loader, or to read the body.
    type Future = ResponseFuture<S::Future, LocalBoxFuture<Result<Answer<B>, Error>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let Require { jwt, policy } = &self.guard;
        // Either a step that has to wait, or the body, which the step needs.
        let pending = match wants_body(jwt, &View(request.request()), policy) {
            Some(limit) => Err(limit),
            None => match authenticate(jwt, &View(request.request()), policy) {
                Step::Ready(Ok(authenticated)) => {
                    leave(request.request(), authenticated.memo());
                    return ResponseFuture::direct(self.inner.call(request), pass);
                }
                Step::Ready(Err(error)) => {
                    return ResponseFuture::answered(Ok(refuse(&self.guard, &error, request)));
                }
                Step::Pending(pending) => Ok(pending),
            },
        };
        let (guard, inner) = (self.guard.clone(), Rc::clone(&self.inner));
        ResponseFuture::boxed(Box::pin(async move {
            let Require { jwt, policy } = &guard;
            let step = match pending {
                Ok(pending) => Step::Pending(pending),
                Err(limit) => match buffer(&mut request, limit).await {
                    Ok(()) => authenticate(jwt, &View(request.request()), policy),
                    Err(error) => Step::rejected(error),
                },
            };
            match step.finish().await {
                Ok(authenticated) => {
                    leave(request.request(), authenticated.memo());
                    pass(inner.call(request).await)
                }
                Err(error) => Ok(refuse(&guard, &error, request)),
            }
        }))
    }
}

fn pass<B>(answer: Result<ServiceResponse<B>, Error>) -> Result<Answer<B>, Error> {
    answer.map(ServiceResponse::map_into_left_body)
}

/// Reads the body and puts it back for the handler.
async fn buffer(request: &mut ServiceRequest, limit: usize) -> Result<(), InvalidRequest> {
    let (mut payload, mut body) = (request.take_payload(), BytesMut::new());
    while let Some(chunk) = poll_fn(|context| Pin::new(&mut payload).poll_next(context)).await {
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

/// Responds with `Ok`. After an `Err`, outer middleware such as CORS does not see the response, and browsers hide it.
fn refuse<B>(guard: &Require, error: &TokenError, request: ServiceRequest) -> Answer<B> {
    let response = jwt_core::adapter::refuse(&guard.jwt, error, &View(request.request()), &guard.policy);
    request.into_response(rejected::convert(response)).map_into_right_body()
}
