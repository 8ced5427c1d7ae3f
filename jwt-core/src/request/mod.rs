//! Reads HTTP: what a request looks like, where its token stands, and what a guard left in it.

mod body;
mod locate;
mod manager_id;
mod memo;
mod snapshot;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Uri};

pub use body::{BufferedBody, UnreadBody};
pub(crate) use locate::Located;
pub use manager_id::ManagerId;
pub(crate) use memo::{Found, MemoInner, Provenance, User};
pub use memo::{Memo, Memos};
pub use snapshot::Snapshot;

use crate::error::InvalidRequest;

/// A request, as far as a token check looks at it. It names no HTTP library's types, so that frameworks on
/// different ones need not copy headers.
///
/// It is not held across an `.await`: make one, use it, drop it.
pub trait RequestView {
    /// The method, in the case it was sent.
    fn method(&self) -> &str;

    /// The path of the target, without the query.
    fn path(&self) -> &str;

    /// The query of the target, without the question mark (RFC 9110, 4.2.1; RFC 3986, 3.4). `None` where there is
    /// none; a view that never has one finds no token there.
    fn query(&self) -> Option<&str> {
        None
    }

    /// Calls `each` with the value of every field of this name, in order. The name is in lower case.
    fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8]));

    /// The body, as far as a guard or a layer has [read](BufferedBody) it. `None` finds neither a token nor a CSRF value
    /// in it.
    fn body(&self) -> Option<Bytes> {
        None
    }

    /// Why the body was not [read](BufferedBody), by a layer that leaves it to the guard inside whether that matters.
    fn unread_body(&self) -> Option<InvalidRequest> {
        None
    }

    /// What a guard of this manager left in the request. `None` is always right, and costs a second check.
    fn memo(&self, manager: ManagerId) -> Option<Memo> {
        let _ = manager;
        None
    }
}

impl RequestView for Parts {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &str {
        self.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        fields(&self.headers, &self.uri, name, each);
    }

    fn body(&self) -> Option<Bytes> {
        self.extensions.get::<BufferedBody>().map(|body| body.0.clone())
    }

    fn unread_body(&self) -> Option<InvalidRequest> {
        self.extensions.get::<UnreadBody>().map(|unread| unread.0)
    }

    fn memo(&self, manager: ManagerId) -> Option<Memo> {
        self.extensions.get::<Memos>()?.of(manager)
    }
}

impl<B> RequestView for http::Request<B> {
    fn method(&self) -> &str {
        self.method().as_str()
    }

    fn path(&self) -> &str {
        self.uri().path()
    }

    fn query(&self) -> Option<&str> {
        self.uri().query()
    }

    fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        fields(self.headers(), self.uri(), name, each);
    }

    fn body(&self) -> Option<Bytes> {
        self.extensions().get::<BufferedBody>().map(|body| body.0.clone())
    }

    fn unread_body(&self) -> Option<InvalidRequest> {
        self.extensions().get::<UnreadBody>().map(|unread| unread.0)
    }

    fn memo(&self, manager: ManagerId) -> Option<Memo> {
        self.extensions().get::<Memos>()?.of(manager)
    }
}

fn fields<'a>(headers: &'a HeaderMap, uri: &'a Uri, name: &str, each: &mut dyn FnMut(&'a [u8])) {
    let values = match name {
        // Its hash is known: a name that is text has to be read first.
        "authorization" => headers.get_all(AUTHORIZATION),
        name => headers.get_all(name),
    };
    for value in values {
        each(value.as_bytes());
    }
    // HTTP/2 has the authority of the target in its place (RFC 9113, 8.3.1).
    if let Some(authority) = uri.authority()
        && name == "host"
        && !headers.contains_key(name)
    {
        each(authority.as_str().as_bytes());
    }
}
