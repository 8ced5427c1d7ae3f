use std::convert;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec::IntoIter;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream::{self, Chain, Iter};
use http::Request;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, BodyStream, Either, Full, StreamBody};
use jwt_core::adapter::{BoxFuture, BufferedBody, Memos, ResponseFuture, UnreadBody, may_want_body, peek};
use jwt_core::error::InvalidRequest;
use jwt_core::{BoxError, JwtManager};
use tower_layer::Layer;
use tower_service::Service;
use warp::reply::Response;

use crate::guard::Looked;

/// A tower layer around `warp::service(routes)`. It checks the signature in place, without copying headers, and
/// leaves what it found for the guards inside, which then check kind, freshness, revocation and scopes.
///
/// With [`Config::buffered_body`](jwt_core::Config::buffered_body) it also reads bodies in which a token or a CSRF value
/// may stand: JSON, and forms if those are looked at. Guards cannot do that alone.
///
/// It answers nothing itself. A bad token passes it and is refused by the guard, so that public routes stay public; a body
/// over the limit, or a broken one, passes it whole, and is refused by a guard that needs it.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it is put around a service"]
pub struct JwtLayer(JwtManager);

impl JwtLayer {
    /// The layer for guards of this manager.
    pub fn new(jwt: &JwtManager) -> Self {
        Self(jwt.clone())
    }
}

impl<S> Layer<S> for JwtLayer {
    type Service = JwtService<S>;

    fn layer(&self, inner: S) -> JwtService<S> {
        JwtService { jwt: self.0.clone(), inner }
    }
}

/// The service that [`JwtLayer`] makes of another.
#[derive(Clone, Debug)]
pub struct JwtService<S> {
    jwt: JwtManager,
    inner: S,
}

/// A request's body behind the layer: as it came, read, or begun.
pub struct LayerBody<B: Body>(Either<B, Either<Full<Bytes>, Begun<B>>>);

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

// It may have a token in it.
impl<B: Body> fmt::Debug for LayerBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LayerBody").finish_non_exhaustive()
    }
}

/// What was read of a body before it was given up, and the rest.
type Begun<B> = StreamBody<Chain<Iter<IntoIter<Result<Frame<Bytes>, <B as Body>::Error>>>, BodyStream<B>>>;

impl<S, B> Service<Request<B>> for JwtService<S>
where
    S: Service<Request<LayerBody<B>>, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Send> + Send + Unpin + 'static,
{
    type Response = Response;
    type Error = S::Error;
    /// Boxed only where the body has to be read.
    type Future = ResponseFuture<S::Future, BoxFuture<Result<Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Some(limit) = may_want_body(&self.jwt, &request) else {
            let mut request = request.map(|body| LayerBody(Either::Left(body)));
            look(&self.jwt, &mut request);
            return ResponseFuture::direct(self.inner.call(request), convert::identity);
        };
        let jwt = self.jwt.clone();
        // The service that was polled ready is the one to call.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        ResponseFuture::boxed(Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let body = match read(body, limit).await {
                Ok(body) => {
                    parts.extensions.insert(BufferedBody(body.clone()));
                    Either::Left(Full::new(body))
                }
                Err((why, begun)) => {
                    parts.extensions.insert(UnreadBody(why));
                    Either::Right(begun)
                }
            };
            let mut request = Request::from_parts(parts, LayerBody(Either::Right(body)));
            look(&jwt, &mut request);
            inner.call(request).await
        }))
    }
}

fn look<B>(jwt: &JwtManager, request: &mut Request<B>) {
    if let Some(memo) = peek(jwt, request) {
        request.extensions_mut().insert(Looked::new(memo.clone()));
        request.extensions_mut().get_or_insert_default::<Memos>().insert(memo);
    }
}

/// The whole body; or why not, and the body to be read by somebody else.
async fn read<B>(mut body: B, limit: usize) -> Result<Bytes, (InvalidRequest, Begun<B>)>
where
    B: Body<Data = Bytes> + Unpin,
{
    let (mut frames, mut whole) = (Vec::new(), BytesMut::new());
    // A length that is told spares the reading.
    let mut why = (body.size_hint().lower() > limit as u64).then_some(InvalidRequest::BodyTooLarge);
    while why.is_none() {
        let Some(frame) = body.frame().await else {
            return Ok(whole.freeze());
        };
        match frame.as_ref().map(Frame::data_ref) {
            Ok(Some(data)) if data.len() > limit.saturating_sub(whole.len()) => {
                why = Some(InvalidRequest::BodyTooLarge);
            }
            Ok(data) => whole.extend_from_slice(data.map_or(&[], |data| &**data)),
            Err(_) => why = Some(InvalidRequest::BodyUnreadable),
        }
        frames.push(frame);
    }
    let begun = StreamBody::new(stream::iter(frames).chain(BodyStream::new(body)));
    Err((why.unwrap_or(InvalidRequest::BodyUnreadable), begun))
}
