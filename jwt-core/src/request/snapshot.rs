use std::fmt;

use bytes::Bytes;
use http::request::Parts;

use super::{ManagerId, Memo, Memos, RequestView};
use crate::error::InvalidRequest;
use crate::rule::RequestInfo;

/// A copy of the parts of a request that checks and responses use.
///
/// Use it for code that outlives the request, or cannot access it. `Debug` does not show its content.
#[derive(Clone)]
pub struct Snapshot {
    info: RequestInfo,
    memos: Option<Memos>,
}

impl Snapshot {
    /// Creates a snapshot of a request, with the results that guards and layers have stored in its extensions.
    #[must_use]
    pub const fn new(info: RequestInfo, memos: Option<Memos>) -> Self {
        Self { info, memos }
    }
}

impl From<&Parts> for Snapshot {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.info(), parts.extensions.get().cloned())
    }
}

impl RequestView for Snapshot {
    fn method(&self) -> &str {
        self.info.method()
    }

    fn path(&self) -> &str {
        self.info.path()
    }

    fn query(&self) -> Option<&str> {
        self.info.query()
    }

    fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        for value in self.info.headers().get_all(name) {
            each(value.as_bytes());
        }
    }

    fn info(&self) -> RequestInfo {
        self.info.clone()
    }

    fn body(&self) -> Option<Bytes> {
        self.info.body().cloned()
    }

    fn unread_body(&self) -> Option<InvalidRequest> {
        self.info.unread()
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
