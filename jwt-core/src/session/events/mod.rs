mod emit;
mod log;
mod seldom;

pub use log::TracingAudit;

pub(crate) use emit::{Event, Events};

use super::{AuditEvent, AuditSink, EndedBy, Selector, Subject};
use crate::{BoxError, Token};

/// Callbacks for session events. Use them for an audit log, for metrics, or to send mail to the user.
///
/// The callbacks run while the request waits, so hand off slow work. If the client has disconnected, they run in a task.
/// All methods do nothing by default.
///
/// For an audit log, implement [`AuditSink`] instead: it receives every event in the same form. [`TracingAudit`] writes
/// them with `tracing`, and `jwt-sqlx` has a table for them. A manager can have several implementations.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use jwt_core::session::{EndedBy, MemorySessions, Selector, SessionEvents};
/// use jwt_core::{Config, JwtManager};
///
/// #[derive(Default)]
/// struct Metrics {
///     ended: Arc<AtomicU64>,
/// }
///
/// impl SessionEvents for Metrics {
///     fn session_ended(&self, _: &Selector<'_>, ended: u64, _: EndedBy) {
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
    /// Any of the events below except [`store_unavailable`](Self::store_unavailable), in the form of an audit log. The
    /// manager calls this after the method of the event.
    fn audit(&self, event: &AuditEvent<'_>) {
        let _ = event;
    }

    /// A session has started. `label` is the name that the login has
    /// [given](crate::Login::label) it.
    fn logged_in(&self, subject: Subject<'_>, session: &str, label: Option<&str>) {
        let _ = (subject, session, label);
    }

    /// A refresh token was exchanged. The argument is the presented token. That includes the exchange of a cookie's token
    /// that another tab has just received, which stays the current one.
    ///
    /// The use of a previous refresh token is [`used_within_grace`](Self::used_within_grace) instead.
    fn exchanged(&self, token: &Token) {
        let _ = token;
    }

    /// A refresh token was presented a second time, and its session has been ended. Either the token was stolen, or a
    /// client keeps old tokens.
    fn reuse_detected(&self, token: &Token) {
        let _ = token;
    }

    /// Sessions were ended. `ended` is the number of live sessions among them. It is only 0 if the application has ended
    /// all sessions of a subject or an issuer.
    fn session_ended(&self, selector: &Selector<'_>, ended: u64, by: EndedBy) {
        let _ = (selector, ended, by);
    }

    /// A login has ended this session, because the user had the maximum number
    /// ([`Config::max_sessions_per_user`](crate::Config::max_sessions_per_user)). It was the one that was unused for
    /// longest. A burst of these events can mean that someone else knows the password.
    fn session_evicted(&self, subject: Subject<'_>, session: &str) {
        let _ = (subject, session);
    }

    /// A client presented the previous refresh token within the grace period
    /// ([`Config::rotation_grace`](crate::Config::rotation_grace)).
    ///
    /// `in_a_row` is how many exchanges in a row were each followed by such a use, including the last one: at least 1. A
    /// lost response causes a single one. Two tabs that refresh at the same time cause many, and so do a thief and an owner
    /// who take turns. [`Config::end_session_after_grace_uses`](crate::Config::end_session_after_grace_uses) ends the
    /// session at some number.
    fn used_within_grace(&self, token: &Token, in_a_row: u32) {
        let _ = (token, in_a_row);
    }

    /// An access token in a cookie has been renewed without an exchange. The argument is the old token.
    fn access_token_renewed(&self, token: &Token) {
        let _ = token;
    }

    /// A client presented a token that had been revoked or whose session had ended.
    ///
    /// However often clients present the same token, this is called at most about once a minute. Without a `jti` and a
    /// session, all tokens of one subject count as the same token.
    fn revoked_token_used(&self, token: &Token) {
        let _ = token;
    }

    /// [`JwtManager::set_keys`](crate::JwtManager::set_keys) has replaced the keys of the manager.
    fn keys_changed(&self) {}

    /// The keys of a trusted issuer could not be fetched although a token required it. Only tokens that the known keys
    /// verify are accepted, and those only as long as the [`KeySource`](crate::KeySource) trusts these keys. `issuer` is
    /// the configured name.
    ///
    /// This is called at most once a minute for each issuer.
    fn key_set_stale(&self, issuer: &str) {
        let _ = issuer;
    }

    /// The store failed. A request was rejected with 503, a cookie was not renewed, the tokens of open connections were not
    /// checked, or a change was not made whose client had disconnected.
    fn store_unavailable(&self, error: &BoxError) {
        let _ = error;
    }
}

/// An audit log receives every event as an [`AuditEvent`].
impl<S: AuditSink> SessionEvents for S {
    fn audit(&self, event: &AuditEvent<'_>) {
        self.record(event);
    }
}
