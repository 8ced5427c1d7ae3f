//! The list of a subject's sessions, page by page.

use std::time::SystemTime;

use crate::debug_by_name;

/// The most sessions that a page has.
pub const PAGE_LIMIT: usize = 1000;

/// A live session, as its user may see it.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Session {
    /// Its id: the `sid` claim of its tokens.
    pub id: String,
    /// What the user knows it by.
    pub label: Option<String>,
    /// When it started.
    pub started_at: SystemTime,
    /// When its tokens were last exchanged or renewed.
    pub last_used_at: SystemTime,
    /// From when on it has been idle for too long, or is over.
    pub expires_at: SystemTime,
}

impl Session {
    /// A session without a label that was used at its start only.
    #[must_use]
    pub fn new(id: impl Into<String>, started_at: SystemTime, expires_at: SystemTime) -> Self {
        Self { id: id.into(), label: None, started_at, last_used_at: started_at, expires_at }
    }

    /// With a label.
    #[must_use]
    pub fn label(mut self, label: Option<String>) -> Self {
        self.label = label;
        self
    }

    /// With a later use.
    #[must_use]
    pub const fn last_used_at(mut self, moment: SystemTime) -> Self {
        self.last_used_at = moment;
        self
    }
}

/// A place in the list of a subject's sessions: that of one session, whether it is still alive or not. The list is ordered by
/// start, the newest first, and by id where sessions started in the same millisecond.
#[derive(Clone, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Position {
    /// When the session started.
    pub started_at: SystemTime,
    /// Its id.
    pub id: String,
}

impl Position {
    /// That of the session with this start and id.
    #[must_use]
    pub fn new(started_at: SystemTime, id: impl Into<String>) -> Self {
        Self { started_at, id: id.into() }
    }
}

impl From<&Session> for Position {
    fn from(session: &Session) -> Self {
        Self::new(session.started_at, session.id.clone())
    }
}

/// A part of a subject's live sessions.
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct SessionPage {
    /// The newest first.
    pub sessions: Vec<Session>,
    /// Where to go on: the [`after`](crate::ListRequest::after) of the next page. `None` on the last one.
    pub next: Option<Position>,
}

impl SessionPage {
    /// A page of at most `limit` of the sessions that were found, at least 1, which are in the order of the list. A store
    /// looks for one more than the limit: if it is there, the page is not the last one.
    #[must_use]
    pub fn new(mut found: Vec<Session>, limit: usize) -> Self {
        // A page without sessions would have no place to go on from.
        let limit = limit.max(1);
        let is_last = found.len() <= limit;
        found.truncate(limit);
        let next = if is_last { None } else { found.last().map(Position::from) };
        Self { sessions: found, next }
    }
}

debug_by_name!(Session, Position, SessionPage);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::from_millis;

    fn found(count: i64) -> Vec<Session> {
        let session = |number: i64| Session::new(number.to_string(), from_millis(number), from_millis(100));
        (0..count).rev().map(session).collect()
    }

    #[test]
    fn only_a_session_beyond_the_limit_makes_another_page() {
        for (count, sessions, next) in [(0, 0, None), (1, 1, None), (2, 2, None), (3, 2, Some("1"))] {
            let page = SessionPage::new(found(count), 2);
            assert_eq!(page.sessions.len(), sessions);
            assert_eq!(page.next.map(|next| next.id).as_deref(), next);
        }
        let page = SessionPage::new(found(2), 0);
        assert_eq!((page.sessions.len(), page.next.is_some()), (1, true), "none could go on");
    }
}
