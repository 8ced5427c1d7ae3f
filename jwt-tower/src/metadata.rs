use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::{Request, Response};
use jwt_core::adapter::metadata_of;
use jwt_core::{ConfigError, JwtManager, ResourceMetadata};
use tower_layer::Layer;
use tower_service::Service;

use crate::{Answer as _, Guarded, ResponseFuture, Wrap};

/// Creates a service that serves the metadata of the protected [resource](jwt_core::Config::resource) (RFC 9728).
///
/// Clients need it before they have a token, so it must be in front of a [`JwtLayer`](crate::JwtLayer) and not behind it.
/// If you have a router, add the service under [`path`](ServeResourceMetadata::path). Otherwise, use it as a layer:
///
/// ```
/// use http::{Request, Response};
/// use jwt_tower::{Config, JwtLayer, JwtManager, Policy, resource_metadata};
/// use tower::{ServiceBuilder, ServiceExt as _};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_tower::keys::Secret::generate()?;
/// let config = Config::default().resource("https://api.example.com").authorization_servers(["https://login.example"]);
/// let jwt = JwtManager::builder(config).secret(secret).build()?;
/// let service = ServiceBuilder::new()
///     .layer(resource_metadata(&jwt)?)
///     .layer(JwtLayer::new(&jwt, Policy::access())?)
///     .service_fn(async |_: Request<String>| Ok::<_, std::convert::Infallible>(Response::new(String::new())));
///
/// for (path, status) in [("/.well-known/oauth-protected-resource", 200), ("/", 401)] {
///     let request = Request::get(path).body(String::new())?;
///     assert_eq!(service.clone().oneshot(request).await?.status(), status);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns an error if the manager does not have a resource.
pub fn resource_metadata(jwt: &JwtManager) -> Result<ServeResourceMetadata, ConfigError> {
    metadata_of(jwt).map(ServeResourceMetadata)
}

/// The service that [`resource_metadata`] creates. It responds to all paths. As a layer, it responds to its own path
/// alone, and passes all other requests on.
#[derive(Clone, Debug)]
pub struct ServeResourceMetadata(ResourceMetadata);

impl ServeResourceMetadata {
    /// Returns the path of the document, for a router.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path()
    }
}

impl<B> Service<Request<B>> for ServeResourceMetadata {
    type Response = Response<Guarded<String>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.0.respond(request.method().as_str()).map(|body| Wrap.refuse(body))))
    }
}

impl<S> Layer<S> for ServeResourceMetadata {
    type Service = WithResourceMetadata<S>;

    fn layer(&self, inner: S) -> WithResourceMetadata<S> {
        WithResourceMetadata { metadata: self.0.clone(), inner }
    }
}

/// The service that [`ServeResourceMetadata`] creates as a layer.
#[derive(Clone, Debug)]
pub struct WithResourceMetadata<S> {
    metadata: ResourceMetadata,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for WithResourceMetadata<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<Guarded<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if request.uri().path() == self.metadata.path() {
            let response = self.metadata.respond(request.method().as_str());
            return ResponseFuture::answered(Ok(response.map(|body| Wrap.refuse(body))));
        }
        ResponseFuture::direct(self.inner.call(request), |response| {
            Ok(response?.map(|body| Guarded::of_service(body, None)))
        })
    }
}
