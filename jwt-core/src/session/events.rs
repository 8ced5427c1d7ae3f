use super::Selector;
use crate::{BoxError, Token};

/// Is told what happens to sessions: for an audit log, metrics, a mail to the user. Called while the request waits: hand
/// on what takes long.
pub trait SessionEvents: Send + Sync + 'static {
    /// A spent refresh token was presented, so that its session has been ended: the token was stolen, or a client keeps
    /// old ones.
    fn reuse_detected(&self, token: &Token) {
        let _ = token;
    }

    /// Sessions have been ended; how many of them were alive.
    fn session_ended(&self, selector: &Selector<'_>, ended: u64) {
        let _ = (selector, ended);
    }

    /// A token that was revoked, or whose session has ended, was presented.
    fn revoked_token_used(&self, token: &Token) {
        let _ = token;
    }

    /// The store failed, and a request was refused with 503 for it, or a cookie not renewed.
    fn store_unavailable(&self, error: &BoxError) {
        let _ = error;
    }
}

/// Does nothing.
impl SessionEvents for () {}
