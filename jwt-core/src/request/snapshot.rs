use std::fmt;

use bytes::Bytes;
use http::header::{Entry, HOST, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method};

use super::{BufferedBody, ManagerId, Memo, Memos, RequestView, UnreadBody};
use crate::error::InvalidRequest;

/// A copy of the parts of a request that checks and responses use.
///
/// Use it for code that outlives the request, or cannot access it. `Debug` does not show its content.
#[derive(Clone)]
pub struct Snapshot {
    method: Method,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    body: Option<BufferedBody>,
    unread: Option<UnreadBody>,
    memos: Option<Memos>,
}

impl Snapshot {
    /// Creates a snapshot of a request whose body has not been read. `path` is without the query.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>, query: Option<String>, headers: HeaderMap) -> Self {
        Self { method, path: path.into(), query, headers, body: None, unread: None, memos: None }
    }

    /// Adds the authority of the target. In HTTP/2, it replaces the `Host` field (RFC 9113, 8.3.1).
    #[must_use]
    pub fn with_authority(mut self, authority: Option<&str>) -> Self {
        if let Some(Ok(host)) = authority.map(HeaderValue::try_from)
            && let Entry::Vacant(entry) = self.headers.entry(HOST)
        {
            entry.insert(host);
        }
        self
    }

    /// Adds the results that guards and layers have stored in the request's extensions.
    #[must_use]
    pub fn with_extensions(
        mut self,
        body: Option<BufferedBody>,
        unread: Option<UnreadBody>,
        memos: Option<Memos>,
    ) -> Self {
        self.body = body;
        self.unread = unread;
        self.memos = memos;
        self
    }
}

impl From<&Parts> for Snapshot {
    fn from(parts: &Parts) -> Self {
        let query = parts.uri.query().map(Into::into);
        let snapshot = Self::new(parts.method.clone(), parts.uri.path(), query, parts.headers.clone());
        let authority = parts.uri.authority().map(|authority| authority.as_str());
        snapshot.with_authority(authority).with_extensions(
            parts.extensions.get().cloned(),
            parts.extensions.get().copied(),
            parts.extensions.get().cloned(),
        )
    }
}

impl RequestView for Snapshot {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        for value in self.headers.get_all(name) {
            each(value.as_bytes());
        }
    }

    fn body(&self) -> Option<Bytes> {
        self.body.as_ref().map(|body| body.0.clone())
    }

    fn unread_body(&self) -> Option<InvalidRequest> {
        self.unread.map(|unread| unread.0)
    }

    fn memo(&self, manager: ManagerId) -> Option<Memo> {
        self.memos.as_ref()?.of(manager)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").finish_non_exhaustive()
    }
}
