use std::mem;
use std::task::{Context, Poll};

use axum_core::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use jwt_core::TokenError;
use jwt_core::adapter::{
    Begin, BoxFuture, ResponseFields, ResponseFuture, Step, add_fields, authenticate, begin, remember,
};
use tower_layer::Layer;
use tower_service::Service;

jwt_core::declare_require! {
    /// Creates a layer that only lets requests through if they satisfy `policy`.
    ///
    /// Use it with `Router::route_layer`. With `Router::layer`, unknown paths return 401 instead of 404. With
    /// `MethodRouter::route_layer`, other methods of the path still return 405.
    ///
    /// **`route_layer` does not guard a `fallback`**, neither that of a router nor that of a method router. Put a fallback
    /// that needs a token behind `layer`.
    ///
    /// Extractors behind the guard do not check the signature again. If the router's state is not a [`JwtManager`], they
    /// use the manager of the nearest guard, so the router needs no [`provide`](crate::provide) for guarded routes.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use jwt_axum::{AccessToken, JwtManager, Policy, require};
    ///
    /// async fn dashboard(AccessToken(token): AccessToken) -> String {
    ///     format!("Hello, {}", token.identity())
    /// }
    ///
    /// fn admin(jwt: &JwtManager) -> Router {
    ///     Router::new()
    ///         .route("/admin", get(dashboard))
    ///         .route_layer(require(jwt, Policy::access().scopes(&["admin"])))
    /// }
    /// ```
    "a layer does nothing before it is added to a router"
}

impl<S> Layer<S> for Require {
    type Service = RequireService<S>;

    fn layer(&self, inner: S) -> RequireService<S> {
        RequireService { guard: self.clone(), inner }
    }
}

/// The service that [`Require`] creates.
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
    /// Boxed only if the guard has to call a store or a loader, or to read the body.
    type Future = ResponseFuture<S::Future, BoxFuture<Result<Response<R>, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let Require { jwt, policy } = &self.guard;
        let pending = match begin(jwt, &request, policy) {
            Begin::Step(Step::Ready(Ok(authenticated))) => {
                let fields = remember(jwt, &mut request, &authenticated);
                return ResponseFuture::guarded(self.inner.call(request), fields, respond);
            }
            Begin::Step(Step::Ready(Err(error))) => {
                return ResponseFuture::answered(Ok(refuse(&self.guard, &error, &request)));
            }
            pending => pending,
        };
        let guard = self.guard.clone();
        // Only the service that was polled is ready to be called.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        ResponseFuture::boxed(Box::pin(async move {
            let Require { jwt, policy } = &guard;
            let step = match pending {
                Begin::Step(step) => step,
                Begin::ReadBody { first, limit } => {
                    if let Err(error) = first.finish().await {
                        return Ok(refuse(&guard, &error, &request));
                    }
                    let body = mem::take(request.body_mut());
                    *request.body_mut() = Body::new(read(body, limit, request.extensions_mut()).await);
                    authenticate(jwt, &request, policy)
                }
            };
            match step.finish().await {
                Ok(authenticated) => {
                    let fields = remember(jwt, &mut request, &authenticated);
                    respond(inner.call(request).await, fields)
                }
                Err(error) => Ok(refuse(&guard, &error, &request)),
            }
        }))
    }
}

jwt_core::declare_body_reader!();

fn respond<R, E>(answer: Result<Response<R>, E>, fields: ResponseFields) -> Result<Response<R>, E> {
    answer.map(|response| add_fields(response, fields))
}

fn refuse<B, R: From<Bytes>>(guard: &Require, error: &TokenError, request: &Request<B>) -> Response<R> {
    jwt_core::adapter::refuse(&guard.jwt, error, request, &guard.policy).map(R::from)
}
