use std::convert;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Either;
use jwt_core::adapter::{
    BoxFuture, Looked, Memos, ResponseFuture, has_token, hide_token, may_want_body, peek,
};
use jwt_core::{BoxError, JwtManager};
use tower_layer::Layer;
use tower_service::Service;
use warp::reply::Response;

/// A tower layer around `warp::service(routes)` that checks signatures in place, without copying headers.
///
/// The layer leaves its result for the guards inside, which then check the kind, the freshness, the revocation, and the
/// scopes.
///
/// If [`Config::buffered_body`](jwt_core::Config::buffered_body) is set, the layer also reads bodies that can contain a
/// token or a CSRF value: JSON, and forms if the configuration looks for CSRF values there. A guard cannot do that
/// without the layer.
///
/// The layer never responds itself, so public routes stay public. An invalid token passes the layer, and the guard
/// rejects it. A body that is too large or broken passes the layer in full, and a guard that needs it rejects the
/// request.
///
/// ```
/// use jwt_warp::{AccessToken, Config, JwtLayer, JwtManager, guard};
/// use tower::ServiceBuilder;
/// use warp::Filter;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_warp::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let routes = guard(&jwt, |token| {
///     warp::path!("protected")
///         .and(token)
///         .map(|AccessToken(token): AccessToken| format!("Hello, {}", token.identity()))
/// });
/// let service = ServiceBuilder::new().layer(JwtLayer::new(&jwt)).service(warp::service(routes));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it is put around a service"]
pub struct JwtLayer {
    jwt: JwtManager,
    reads: Option<usize>,
}

impl JwtLayer {
    /// Creates the layer for guards of this manager.
    pub fn new(jwt: &JwtManager) -> Self {
        Self { jwt: jwt.clone(), reads: None }
    }

    /// Reads all bodies of at most this many bytes, for guards whose [rules](jwt_core::Rule) need the body.
    ///
    /// A filter cannot read a body and leave it for the handler, so the layer has to. It does not know the policies of the
    /// guards, so it reads the bodies of all requests that have a token in one of the configured locations, before the
    /// tokens are checked.
    pub const fn read_bodies(mut self, bytes: usize) -> Self {
        self.reads = Some(bytes);
        self
    }
}

impl<S> Layer<S> for JwtLayer {
    type Service = JwtService<S>;

    fn layer(&self, inner: S) -> JwtService<S> {
        JwtService { layer: self.clone(), inner }
    }
}

/// The service that [`JwtLayer`] creates.
#[derive(Clone, Debug)]
pub struct JwtService<S> {
    layer: JwtLayer,
    inner: S,
}

/// The body of a request behind [`JwtLayer`], which the layer has read or not.
pub struct LayerBody<B: Body>(Either<B, Replayed<B>>);

impl<B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin> Body for LayerBody<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.get_mut().0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

// The body can contain a token.
impl<B: Body> fmt::Debug for LayerBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LayerBody").finish_non_exhaustive()
    }
}

jwt_core::declare_body_reader!();

impl<S, B> Service<Request<B>> for JwtService<S>
where
    S: Service<Request<LayerBody<B>>, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Send> + Send + Unpin + 'static,
{
    type Response = Response;
    type Error = S::Error;
    /// Boxed only if the layer has to read the body.
    type Future = ResponseFuture<S::Future, BoxFuture<Result<Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let JwtLayer { jwt, reads } = &self.layer;
        let reads = reads.filter(|_| has_token(jwt, &request));
        let Some(limit) = may_want_body(jwt, &request).max(reads) else {
            let mut request = request.map(|body| LayerBody(Either::Left(body)));
            look(jwt, &mut request);
            return ResponseFuture::direct(self.inner.call(request), convert::identity);
        };
        let jwt = jwt.clone();
        // Only the service that was polled is ready to be called.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        ResponseFuture::boxed(Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let body = read(body, limit, &mut parts.extensions).await;
            let mut request = Request::from_parts(parts, LayerBody(Either::Right(body)));
            look(&jwt, &mut request);
            inner.call(request).await
        }))
    }
}

fn look<B>(jwt: &JwtManager, request: &mut Request<B>) {
    let memo = peek(jwt, request);
    hide_token(jwt, memo.as_ref(), request.headers_mut());
    let memos = request.extensions_mut().get_or_insert_default::<Memos>();
    memo.iter().for_each(|memo| memos.insert(memo.clone()));
    let memos = memos.clone();
    request.extensions_mut().insert(Looked::new(memo, memos));
}
