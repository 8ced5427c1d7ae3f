use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;

use crate::error::InvalidRequest;

/// The parts of a request that a [`Rule`](super::Rule) sees. It is cheap to clone.
///
/// `Debug` does not show its content.
///
/// ```
/// use jwt_core::RequestInfo;
///
/// let request = http::Request::post("/orders?draft=1").header("x-tenant", "acme").body(())?;
/// let info = RequestInfo::from(&request);
/// assert_eq!((info.method(), info.path(), info.query()), ("POST", "/orders", Some("draft=1")));
/// assert_eq!(info.header("X-Tenant"), Some("acme"));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
pub struct RequestInfo(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    method: Box<str>,
    path: Box<str>,
    query: Option<Box<str>>,
    headers: HeaderMap,
    body: Option<Bytes>,
    /// Why a guard or a layer could not read the body.
    unread: Option<InvalidRequest>,
    peer: Option<SocketAddr>,
}

impl RequestInfo {
    /// Creates it from the parts of a request. `method` is in its original case, and `path` is without the query.
    #[must_use]
    pub fn new(method: &str, path: &str, query: Option<&str>, headers: HeaderMap) -> Self {
        let (method, path, query) = (method.into(), path.into(), query.map(Into::into));
        Self(Arc::new(Inner { method, path, query, headers, body: None, unread: None, peer: None }))
    }

    /// Adds the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        Arc::make_mut(&mut self.0).body = Some(body.into());
        self
    }

    pub(crate) fn with_unread(mut self, unread: Option<InvalidRequest>) -> Self {
        if unread.is_some() {
            Arc::make_mut(&mut self.0).unread = unread;
        }
        self
    }

    pub(crate) fn unread(&self) -> Option<InvalidRequest> {
        self.0.unread
    }

    /// Changes the header fields.
    pub(crate) fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut Arc::make_mut(&mut self.0).headers
    }

    /// Adds the address of the peer.
    #[must_use]
    pub fn with_peer_addr(mut self, peer: SocketAddr) -> Self {
        Arc::make_mut(&mut self.0).peer = Some(peer);
        self
    }

    /// Returns the method, in its original case.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.0.method
    }

    /// Returns the path as the client sent it: without the query, and without decoding.
    ///
    /// In axum, a router that is nested in another one removes the prefix from the path before it calls guards and
    /// extractors inside.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Returns the query without the question mark, or `None` if there is none.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.0.query.as_deref()
    }

    /// Returns the value of the first header field with this name, if it is UTF-8. The case of the name does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.0.headers.get(name)?.as_bytes()).ok()
    }

    /// Returns the header fields. They can contain tokens and cookies, so do not log them.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns the body, if a guard has read it. It does so for a rule with a [`body_limit`](super::Rule::body_limit).
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.body.as_ref()
    }

    /// Returns the address of the peer, which is the client or the last proxy. `None` if the framework
    /// does not provide it.
    ///
    /// actix-web and warp provide it. With axum, a middleware in front of the guard has to insert the [`PeerAddr`] of
    /// `ConnectInfo` into the request's extensions. Behind a proxy, the client's address is in a header field that the proxy sets.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.0.peer
    }
}

/// The address of the peer in the extensions of an [`http::Request`], for
/// [`RequestInfo::peer_addr`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "it is an address with a meaning")]
pub struct PeerAddr(pub SocketAddr);

impl fmt::Debug for RequestInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestInfo").finish_non_exhaustive()
    }
}
