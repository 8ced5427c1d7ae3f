use std::convert;
use std::future::{Ready, ready};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, SET_COOKIE};
use jwt_core::JwtManager;
use jwt_core::adapter::{LocalBoxFuture, Renewal, ResponseFuture};

use crate::View;

/// Renews the cookie of an access token of a session that expires in less than `within`: implicit refresh. Use it with
/// `App::wrap`, or around a scope, a resource or a route.
///
/// The cookies are added to whatever the handler answers, unless it has set that cookie itself, by a log-in, an exchange
/// or a log-out. No cache keeps such a response, whatever the handler says of caches. The refresh
/// cookie is not renewed.
pub fn renew(jwt: &JwtManager, within: Duration) -> Renew {
    Renew { jwt: jwt.clone(), within, keep: &[] }
}

/// The middleware that [`renew`] makes.
#[derive(Clone, Debug)]
#[must_use = "a middleware does nothing before wrap()"]
pub struct Renew {
    jwt: JwtManager,
    within: Duration,
    keep: &'static [&'static str],
}

impl Renew {
    /// Where there is a claims loader, keeps these claims of the old token, beside those that the loader gives. Without a
    /// loader all are kept.
    pub const fn keep_claims(mut self, names: &'static [&'static str]) -> Self {
        self.keep = names;
        self
    }
}

impl<S, B> Transform<S, ServiceRequest> for Renew
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = RenewService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(RenewService { renew: self.clone(), inner }))
    }
}

/// The service that [`Renew`] makes of another.
#[derive(Debug)]
pub struct RenewService<S> {
    renew: Renew,
    inner: S,
}

impl<S, B> Service<ServiceRequest> for RenewService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    /// Boxed only where a token is to be renewed.
    type Future = ResponseFuture<S::Future, LocalBoxFuture<Result<ServiceResponse<B>, Error>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let Renew { jwt, within, keep } = &self.renew;
        let Some(renewal) = Renewal::find(jwt, &View(request.request()), *within) else {
            return ResponseFuture::direct(self.inner.call(request), convert::identity);
        };
        let (keep, answer) = (*keep, self.inner.call(request));
        ResponseFuture::boxed(Box::pin(async move {
            let mut response = answer.await?;
            if renewal.is_decided_by(response.headers().get_all(SET_COOKIE).map(HeaderValue::as_bytes)) {
                return Ok(response);
            }
            // The grammar of `http` 1 is that of 0.2: every field is one.
            let fields = renewal.fields(keep).await;
            for field in fields.iter().filter_map(|field| HeaderValue::from_bytes(field.as_bytes()).ok()) {
                let headers = response.headers_mut();
                headers.append(SET_COOKIE, field);
                // Whatever the handler said: it did not know of the token.
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            Ok(response)
        }))
    }
}
