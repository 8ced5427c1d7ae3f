use std::task::{Context, Poll};

use http::Request;
use jwt_core::JwtManager;
use jwt_core::request::Memos;
use tower_layer::Layer;
use tower_service::Service;

use crate::guard::Unanswered;

/// A tower layer around `warp::service(routes)`. It checks the signature in place, without copying headers, and
/// leaves what it found for the guards inside, which then check kind, freshness, revocation and scopes.
///
/// It never answers: a bad token passes it and is refused by the guard, so that public routes stay public.
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

impl<S, B> Service<Request<B>> for JwtService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        if let Some(memo) = self.jwt.peek(&request) {
            request.extensions_mut().get_or_insert_default::<Memos>().insert(memo);
            request.extensions_mut().insert(Unanswered::default());
        }
        self.inner.call(request)
    }
}
