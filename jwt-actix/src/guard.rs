use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::SEC_WEBSOCKET_PROTOCOL;
use actix_web::{Error, HttpMessage as _};
use futures_util::stream::{self, StreamExt as _};
use jwt_core::TokenError;
use jwt_core::adapter::{
    Begin, BufferedBody, Chunk, LocalBoxFuture, ResponseFields, ResponseFuture, Step, UnreadBody,
    authenticate, begin, read_body, response_fields,
};

use crate::extract::leave;
use crate::{View, rejected};

jwt_core::declare_require! {
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
    "a middleware does nothing before wrap()"
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

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let Require { jwt, policy } = &self.guard;
        let pending = match begin(jwt, &View(request.request()), policy) {
            Begin::Step(Step::Ready(Ok(accepted))) => {
                leave(request.request(), accepted.memo());
                let fields = response_fields(jwt, &View(request.request()), &accepted);
                return ResponseFuture::guarded(self.inner.call(request), fields, respond);
            }
            Begin::Step(Step::Ready(Err(error))) => {
                return ResponseFuture::answered(Ok(refuse(&self.guard, &error, request)));
            }
            pending => pending,
        };
        let (guard, inner) = (self.guard.clone(), Rc::clone(&self.inner));
        ResponseFuture::boxed(Box::pin(async move {
            let Require { jwt, policy } = &guard;
            let step = match pending {
                Begin::Step(step) => step,
                Begin::ReadBody { first, limit } => {
                    if let Err(error) = first.finish().await {
                        return Ok(refuse(&guard, &error, request));
                    }
                    authenticate(jwt, &buffer(&mut request, limit).await, policy)
                }
            };
            match step.finish().await {
                Ok(accepted) => {
                    leave(request.request(), accepted.memo());
                    let fields = response_fields(jwt, &View(request.request()), &accepted);
                    respond(inner.call(request).await, fields)
                }
                Err(error) => Ok(refuse(&guard, &error, request)),
            }
        }))
    }
}

fn respond<B>(answer: Result<ServiceResponse<B>, Error>, fields: ResponseFields) -> Result<Answer<B>, Error> {
    let mut answer = answer?;
    if fields.forbids_storing() {
        rejected::forbid_storing(answer.headers_mut());
    }
    if let Some(protocol) = fields.protocol(answer.status().as_u16()).as_ref().and_then(rejected::field) {
        rejected::add(answer.headers_mut(), SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok(answer.map_into_left_body())
}

/// Reads the body and puts it back for the handler. Returns the request with it.
async fn buffer(request: &mut ServiceRequest, limit: usize) -> View<'_> {
    let (outcome, mut body) = read_body(request.take_payload(), limit, 0, |payload, context| {
        payload.poll_next_unpin(context).map_ok(Chunk::Data)
    })
    .await;
    let body = stream::poll_fn(move |context| body.poll_next(context).map_ok(|Chunk::Data(data)| data));
    request.set_payload(Payload::Stream { payload: Box::pin(body) });
    // An outer guard can have read another body.
    let mut extensions = request.extensions_mut();
    match outcome {
        Ok(body) => {
            extensions.remove::<UnreadBody>();
            extensions.insert(body);
        }
        Err(why) => {
            extensions.remove::<BufferedBody>();
            extensions.insert(why);
        }
    }
    drop(extensions);
    View(request.request())
}

/// Responds with `Ok`. After an `Err`, outer middleware such as CORS does not see the response, and browsers hide it.
fn refuse<B>(guard: &Require, error: &TokenError, request: ServiceRequest) -> Answer<B> {
    let response = jwt_core::adapter::refuse(&guard.jwt, error, &View(request.request()), &guard.policy);
    request.into_response(rejected::convert(response)).map_into_right_body()
}
