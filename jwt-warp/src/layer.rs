use std::error::Error;
use std::mem;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either};
use http::Request;
use http_body::Body;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use jwt_core::request::{BufferedBody, Memos};
use jwt_core::{InvalidRequest, JwtManager};
use tower_layer::Layer;
use tower_service::Service;
use warp::Reply as _;
use warp::reply::Response;

use crate::guard::Unanswered;

/// A tower layer around `warp::service(routes)`. It checks the signature in place, without copying headers, and
/// leaves what it found for the guards inside, which then check kind, freshness, revocation and scopes.
///
/// With [`Config::buffered_body`](jwt_core::Config::buffered_body) it also reads bodies in which a token or a CSRF value
/// may stand: JSON, and forms if those are looked at. Guards cannot do that alone.
///
/// It never answers a bad token: that passes it and is refused by the guard, so that public routes stay public. The one
/// answer of its own is to a body over the limit.
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

/// A body as it came, or read.
type MaybeRead<B> = http_body_util::Either<B, Full<Bytes>>;

impl<S, B> Service<Request<B>> for JwtService<S>
where
    S: Service<Request<MaybeRead<B>>, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    /// Boxed only where the body has to be read.
    type Future = Either<S::Future, BoxFuture<'static, Result<Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Some(limit) = self.jwt.may_want_body(&request) else {
            let mut request = request.map(MaybeRead::Left);
            look(&self.jwt, &mut request);
            return Either::Left(self.inner.call(request));
        };
        let jwt = self.jwt.clone();
        // The service that was polled ready is the one to call.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let answer = async move {
            let (mut parts, body) = request.into_parts();
            match read(body, limit).await {
                Ok(body) => {
                    parts.extensions.insert(BufferedBody(body.clone()));
                    let mut request = Request::from_parts(parts, MaybeRead::Right(Full::new(body)));
                    look(&jwt, &mut request);
                    inner.call(request).await
                }
                Err(error) => Ok(jwt.respond(&error.into(), &parts).into_response()),
            }
        };
        Either::Right(answer.boxed())
    }
}

fn look<B>(jwt: &JwtManager, request: &mut Request<B>) {
    if let Some(memo) = jwt.peek(request) {
        request.extensions_mut().get_or_insert_default::<Memos>().insert(memo);
        request.extensions_mut().insert(Unanswered::default());
    }
}

async fn read<B>(body: B, limit: usize) -> Result<Bytes, InvalidRequest>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>,
{
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(InvalidRequest::BodyTooLarge),
        Err(_) => Err(InvalidRequest::BodyUnreadable),
    }
}
