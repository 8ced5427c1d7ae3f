use std::fmt;

use actix_web::{HttpMessage as _, HttpRequest};
use bytes::Bytes;
use jwt_core::adapter::{BufferedBody, ManagerId, Memo, Memos, RequestView};

/// An actix request as a [`RequestView`]. Nothing is copied.
#[derive(Clone, Copy)]
pub struct View<'a>(pub &'a HttpRequest);

// The request's own `Debug` shows its headers.
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
        for value in self.0.headers().get_all(name) {
            each(value.as_bytes());
        }
    }

    fn body(&self) -> Option<Bytes> {
        self.0.extensions().get::<BufferedBody>().map(|body| body.0.clone())
    }

    fn memo(&self, manager: ManagerId) -> Option<Memo> {
        self.0.extensions().get::<Memos>()?.of(manager)
    }
}
