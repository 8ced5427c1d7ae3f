//! Sessions in the memory of the process.

mod cutoffs;
mod revoked;
mod row;
mod rows;
mod shards;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{
    EndRequest, Ended, Graced, IsRevokedRequest, ListRequest, Revocation, RevokeRequest, RotateRequest,
    Rotated, Rotation, Selector, SessionPage, SessionState, Sessions, StartRequest, Started, StateRequest,
    StatesRequest, Subject, TokenRef, TokenRefKind, TouchRequest, millis,
};
use crate::BoxError;
use cutoffs::Cutoffs;
use revoked::RevokedIds;
use row::Row;
use rows::Rows;

/// A store of sessions and revoked tokens in the memory of the process.
///
/// Use it for tests, and for services with a single process. The store does not survive a restart. After a restart, all
/// sessions are unknown, and their tokens are rejected. Tokens that were revoked individually are accepted again until
/// they expire.
///
/// Expired entries are removed as new ones are added. Sessions are removed an hour after they expire, so a clock that
/// is temporarily fast does not end them. If the store is full, new sessions and revocations fail with 503, except that
/// a subject at its limit of sessions ([`Config::max_sessions_per_user`](crate::Config::max_sessions_per_user))
/// replaces one of its own. No subject can therefore fill the store alone. Live entries of other subjects are never
/// evicted. Cutoffs, before which all tokens of a subject are rejected, are kept until a later cutoff for the whole
/// issuer replaces them.
///
/// The store is cheap to clone. All clones share their entries.
///
/// ```
/// use jwt_core::session::MemorySessions;
/// use jwt_core::{Config, JwtManager};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let sessions = MemorySessions::with_limit(100_000);
/// let jwt = JwtManager::builder(Config::default())
///     .secret(secret)
///     .session_store(sessions.clone())
///     .build()?;
/// assert_eq!(sessions.entries(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemorySessions(Arc<Inner>);

struct Inner {
    rows: Rows,
    revoked: RevokedIds,
    cutoffs: Cutoffs,
}

/// An error of a [`MemorySessions`] store.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The store has reached its limit of live entries.
    #[error("memory store is full of live entries: raise its limit")]
    Full,
    /// The token lacks a `jti`, so it cannot be revoked individually.
    #[error("token lacks the jti that is needed to revoke it")]
    NoId,
    /// A session with this id already exists.
    #[error("session with this id already exists")]
    Duplicate,
    /// This version does not support the [`Selector`].
    #[error("selector is not supported")]
    UnknownSelector,
}

impl MemorySessions {
    /// Creates a store that holds at most one million live sessions and one million revoked tokens.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(1_000_000)
    }

    /// Creates a store that holds at most this many live sessions. The same limit applies to revoked tokens, and to
    /// cutoffs before which the tokens of a subject are rejected.
    #[must_use]
    pub fn with_limit(most: usize) -> Self {
        let (rows, revoked, cutoffs) = (Rows::new(most), RevokedIds::new(most), Cutoffs::new(most));
        Self(Arc::new(Inner { rows, revoked, cutoffs }))
    }

    /// Removes all entries that have expired at `now`.
    pub fn purge(&self, now: SystemTime) {
        let now = millis(now);
        self.0.revoked.purge(now);
        self.0.rows.purge(now);
    }

    /// Returns the number of sessions and revoked tokens, including expired ones that have not been removed yet.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.0.rows.len().saturating_add(self.0.revoked.len())
    }
}

impl Default for MemorySessions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemorySessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySessions").finish_non_exhaustive()
    }
}

impl Inner {
    /// Whether the token itself has been revoked, regardless of its session.
    fn is_refused(&self, token: &TokenRef<'_>) -> bool {
        self.revoked.contains(token)
    }

    fn is_live(&self, row: &Row, now: i64) -> bool {
        !row.ended && !row.is_over(now) && !self.cutoffs.refuse_start(row.subject(), row.started_at)
    }

    /// The state of a token.
    fn state(&self, token: &TokenRef<'_>, grace: Duration, now: i64) -> SessionState {
        if token.session.is_some() {
            return self.rows.with(token.session, |row| self.judge(row.as_deref(), token, grace, now));
        }
        let refused = self.is_refused(token) || self.cutoffs.refuse_issue(token);
        if refused { SessionState::Revoked } else { SessionState::Active }
    }

    /// The state of a token, given the row of its session.
    fn judge(&self, row: Option<&Row>, token: &TokenRef<'_>, grace: Duration, now: i64) -> SessionState {
        let Some(row) = row.filter(|row| row.is_of(token.subject)) else {
            return SessionState::Unknown;
        };
        if row.ended || self.is_refused(token) || self.cutoffs.refuse_start(token.subject, row.started_at) {
            SessionState::Revoked
        } else if row.is_over(now) {
            SessionState::Expired
        } else if token.is_refresh() && !row.is_current(token) && !row.is_in_grace(token, grace, now) {
            SessionState::Spent
        } else {
            SessionState::Active
        }
    }
}

impl Revocation for MemorySessions {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        Ok(self.0.revoked.contains(&request.token))
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        let RevokeRequest { token, until, now, .. } = request;
        Ok(self.0.revoked.insert(&token, until.map_or(i64::MAX, millis), millis(now))?)
    }

    fn describe_error(&self, error: &(dyn Error + 'static)) -> Option<String> {
        error.downcast_ref().map(MemoryError::to_string)
    }
}

impl Sessions for MemorySessions {
    async fn start(&self, request: StartRequest<'_>) -> Result<Started, BoxError> {
        let StartRequest { session, limit, now, .. } = request;
        let now = millis(now);
        let evicted = self.0.rows.insert(&session, limit, now, |row| self.0.is_live(row, now))?;
        Ok(Started::new().evicted(evicted))
    }

    async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, BoxError> {
        let RotateRequest { mut presented, next, grace, keep, idle, now, .. } = request;
        let Inner { rows, .. } = &*self.0;
        let now = millis(now);
        // Every presented token is treated as a refresh token. A token of a different kind is never the current one.
        presented.kind = TokenRefKind::Refresh;
        let outcome = rows.with(presented.session, |row| {
            let known = self.0.judge(row.as_deref(), &presented, grace, now);
            let Some(row) = row else {
                return Rotation::Unknown;
            };
            match known {
                SessionState::Active if row.is_current(&presented) && row.is_kept(keep, now) => {
                    row.keep(idle, now);
                    Rotation::Kept(Rotated::new(row.expiry()))
                }
                SessionState::Active if row.is_current(&presented) => {
                    row.rotate(next, idle, now);
                    Rotation::Rotated(Rotated::new(row.expiry()))
                }
                SessionState::Active => {
                    let in_a_row = row.count_grace();
                    Rotation::Grace(Graced::new(row.current.clone(), row.expiry()).in_a_row(in_a_row))
                }
                SessionState::Spent => {
                    row.ended = true;
                    Rotation::Reused
                }
                SessionState::Expired => Rotation::Expired,
                SessionState::Revoked => Rotation::Revoked,
                _ => Rotation::Unknown,
            }
        });
        if outcome == Rotation::Reused {
            rows.forget_ended(presented.subject);
        }
        Ok(outcome)
    }

    async fn state(&self, request: StateRequest<'_>) -> Result<SessionState, BoxError> {
        Ok(self.0.state(&request.token, request.grace, millis(request.now)))
    }

    async fn states(&self, request: StatesRequest<'_>) -> Result<Vec<SessionState>, BoxError> {
        let now = millis(request.now);
        Ok(request.tokens.iter().map(|token| self.0.state(token, request.grace, now)).collect())
    }

    async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, BoxError> {
        let TouchRequest { token, idle, now, .. } = request;
        let now = millis(now);
        if token.session.is_none() {
            return Ok(self.0.state(&token, Duration::ZERO, now));
        }
        Ok(self.0.rows.with(token.session, |row| {
            let known = self.0.judge(row.as_deref(), &token, Duration::ZERO, now);
            if let (SessionState::Active, Some(row)) = (known, row) {
                row.touch(idle, now);
            }
            known
        }))
    }

    async fn end(&self, request: EndRequest<'_>) -> Result<Ended, BoxError> {
        let now = millis(request.now);
        let Inner { rows, cutoffs, .. } = &*self.0;
        let is_live = |row: &Row| self.0.is_live(row, now);
        Ok(Ended::new(match request.selector {
            Selector::One { subject, session } => rows.end_of(subject, is_live, |row| *row.id == *session),
            Selector::AllOf(subject) => rows.end_of(subject, is_live, |_| true),
            Selector::AllExcept { subject, session } => {
                rows.end_of(subject, is_live, |row| *row.id != *session)
            }
            Selector::IssuedBefore { issuer, subject, moment } => {
                let moment = millis(moment);
                // First, so sessions that start in the meantime are rejected.
                let before = cutoffs.insert(issuer, subject, moment)?;
                // Checked against the cutoffs before this one.
                let was_live = |row: &Row| {
                    let other = subject.is_none().then_some(row.subject().name);
                    let before = before.max(cutoffs.at(issuer, other));
                    !row.ended && !row.is_over(now) && row.started_at >= before
                };
                // A session that seems to start in the future was started by a node whose clock is fast.
                let in_future = request.includes_future_starts();
                let chosen = |row: &Row| row.started_at < moment || in_future && row.started_at > now;
                match subject {
                    Some(name) => rows.end_of(Subject::new(issuer, name), was_live, chosen),
                    None => rows.end_of_issuer(issuer, was_live, chosen),
                }
            }
            _ => return Err(MemoryError::UnknownSelector.into()),
        }))
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, BoxError> {
        let now = millis(request.now);
        Ok(self.0.rows.list(&request, |row| self.0.is_live(row, now)))
    }
}
