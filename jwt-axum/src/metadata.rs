use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use axum_core::body::Body;
use http::{Request, Response};
use jwt_core::adapter::metadata_of;
use jwt_core::{ConfigError, JwtManager, ResourceMetadata};
use tower_service::Service;

/// Creates a service that serves the metadata of the protected [resource](jwt_core::Config::resource) (RFC 9728).
///
/// Add it to the outermost router, without a guard, because clients need it before they have a token.
///
/// ```
/// use axum::{Router, routing::get};
/// use jwt_axum::{ConfigError, JwtManager, Policy, require, resource_metadata};
///
/// fn app(jwt: &JwtManager) -> Result<Router, ConfigError> {
///     let metadata = resource_metadata(jwt)?;
///     let api = Router::new()
///         .route("/orders", get(|| async { "orders" }))
///         .route_layer(require(jwt, Policy::access().scopes(&["orders:read"])));
///     Ok(api.route_service(metadata.path(), metadata.clone()))
/// }
/// ```
///
/// # Errors
///
/// Returns an error if the manager does not have a resource.
pub fn resource_metadata(jwt: &JwtManager) -> Result<ServeResourceMetadata, ConfigError> {
    metadata_of(jwt).map(ServeResourceMetadata)
}

/// The service that [`resource_metadata`] creates. It responds to all paths.
#[derive(Clone, Debug)]
pub struct ServeResourceMetadata(ResourceMetadata);

impl ServeResourceMetadata {
    /// Returns the path of the document, for `Router::route_service`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path()
    }
}

impl<B> Service<Request<B>> for ServeResourceMetadata {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.0.respond(request.method().as_str()).map(Body::from)))
    }
}
