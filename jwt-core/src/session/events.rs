use super::Selector;
use crate::{BoxError, Token};

/// Callbacks for session events. Use them for an audit log, for metrics, or to send mail to the user.
///
/// The callbacks run while the request waits, so hand off slow work. All methods do nothing by default.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use jwt_core::session::{MemorySessions, Selector, SessionEvents};
/// use jwt_core::{Config, JwtManager};
///
/// #[derive(Default)]
/// struct Metrics {
///     ended: Arc<AtomicU64>,
/// }
///
/// impl SessionEvents for Metrics {
///     fn session_ended(&self, _: &Selector<'_>, ended: u64) {
///         self.ended.fetch_add(ended, Ordering::Relaxed);
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let metrics = Metrics::default();
/// let ended = Arc::clone(&metrics.ended);
/// let jwt = JwtManager::builder(Config::default())
///     .secret(secret)
///     .session_store(MemorySessions::new())
///     .session_events(metrics)
///     .build()?;
/// # let _ = (jwt, ended);
/// # Ok(())
/// # }
/// ```
pub trait SessionEvents: Send + Sync + 'static {
    /// A refresh token was presented a second time, and its session has been ended. Either the token was stolen, or a
    /// client keeps old tokens.
    fn reuse_detected(&self, token: &Token) {
        let _ = token;
    }

    /// Sessions were ended. `ended` is the number of live sessions among them.
    fn session_ended(&self, selector: &Selector<'_>, ended: u64) {
        let _ = (selector, ended);
    }

    /// A client presented a token that had been revoked or whose session had ended.
    fn revoked_token_used(&self, token: &Token) {
        let _ = token;
    }

    /// The store failed. Either a request was rejected with 503, or a cookie was not renewed.
    fn store_unavailable(&self, error: &BoxError) {
        let _ = error;
    }
}

/// Ignores all events.
impl SessionEvents for () {}
