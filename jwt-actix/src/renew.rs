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
use crate::rejected::field;

/// Creates a middleware that renews the cookie of a session's access token if the token expires in less than `within`.
/// This is also called implicit refresh.
///
/// Wrap it around the `App`, or around a scope, a resource, or a route.
///
/// The middleware adds the cookies to the handler's response, unless the handler has set the access cookie itself,
/// during a login, an exchange, or a logout. A response with a renewed cookie gets `Cache-Control: no-store`, even if
/// the handler set a different value. The refresh cookie is not renewed.
///
/// A token is renewed until 24 hours after the login or exchange that it came from
/// ([`Config::renewal_expires`](jwt_core::Config::renewal_expires)). Each renewal is an event
/// ([`SessionEvents::access_token_renewed`](jwt_core::session::SessionEvents::access_token_renewed)).
///
/// ```no_run
/// use std::time::Duration;
///
/// use actix_web::{App, HttpResponse, web};
/// use jwt_actix::session::MemorySessions;
/// use jwt_actix::{Config, JwtManager, Location, renew};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_actix::keys::Secret::generate()?;
/// let config = Config::default().token_location([Location::Cookie]);
/// let jwt = JwtManager::builder(config).secret(secret).session_store(MemorySessions::new()).build()?;
/// let app = App::new()
///     .app_data(web::Data::new(jwt.clone()))
///     .route("/", web::get().to(HttpResponse::Ok))
///     .wrap(renew(&jwt, Duration::from_secs(5 * 60)));
/// # Ok(())
/// # }
/// ```
pub fn renew(jwt: &JwtManager, within: Duration) -> Renew {
    Renew { jwt: jwt.clone(), within, keep: &[] }
}

/// The middleware that [`renew`] creates.
#[derive(Clone, Debug)]
#[must_use = "a middleware does nothing before wrap()"]
pub struct Renew {
    jwt: JwtManager,
    within: Duration,
    keep: &'static [&'static str],
}

impl Renew {
    /// Keeps these claims of the old token, in addition to those that the claims loader returns. Without a claims
    /// loader, all claims are kept.
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

/// The service that [`Renew`] creates.
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
    /// Boxed only if a token has to be renewed.
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
            // `http` 0.2 accepts the same field values as `http` 1.
            for field in renewal.fields(keep).await.iter().filter_map(field) {
                let headers = response.headers_mut();
                headers.append(SET_COOKIE, field);
                // The handler did not know that its response carries a token.
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            Ok(response)
        }))
    }
}
