use std::fmt;

use actix_web::{HttpMessage as _, HttpRequest};
use bytes::Bytes;
use jwt_core::RequestInfo;
use jwt_core::adapter::{BufferedBody, ManagerId, Memo, Memos, RequestView, UnreadBody};
use jwt_core::error::InvalidRequest;

use crate::info::info;

/// An actix request as a [`RequestView`]. Nothing is copied, unless a rule has to see the request.
///
/// Use it to call a method of the manager that takes a request, such as
/// [`JwtManager::respond`](jwt_core::JwtManager::respond).
///
/// ```
/// use actix_web::HttpRequest;
/// use jwt_actix::{Authenticated, JwtManager, Policy, TokenError, View};
///
/// async fn authenticate(jwt: &JwtManager, request: &HttpRequest) -> Result<Authenticated, TokenError> {
///     let checked = jwt.check(&View(request), &Policy::access())?;
///     jwt.complete(checked).await
/// }
/// ```
#[derive(Clone, Copy)]
pub struct View<'a>(pub &'a HttpRequest);

// The `Debug` output of the request contains its headers.
impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").finish_non_exhaustive()
    }
}

impl RequestView for View<'_> {
    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn path(&self) -> &str {
        self.0.path()
    }

    fn query(&self) -> Option<&str> {
        self.0.uri().query()
    }

    fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        self.0.headers().get_all(name).for_each(|value| each(value.as_bytes()));
        // In HTTP/2, the authority of the target replaces the field (RFC 9113, 8.3.1).
        if name == "host" && !self.0.headers().contains_key(name) {
            self.0.uri().authority().iter().for_each(|authority| each(authority.as_str().as_bytes()));
        }
    }

    fn info(&self) -> RequestInfo {
        info(self.0)
    }

    fn body(&self) -> Option<Bytes> {
        self.0.extensions().get::<BufferedBody>().map(|body| body.0.clone())
    }

    fn unread_body(&self) -> Option<InvalidRequest> {
        self.0.extensions().get::<UnreadBody>().map(|unread| unread.0)
    }

    fn memo(&self, manager: ManagerId) -> Option<Memo> {
        self.0.extensions().get::<Memos>()?.of(manager)
    }
}
