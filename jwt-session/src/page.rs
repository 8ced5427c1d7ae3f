//! The list of a subject's sessions, page by page.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use crate::{debug_by_name, from_millis, millis};

/// The maximum length of the text of a [`Position`], in bytes. The ids of the manager have 36.
const LONGEST_TEXT: usize = 1024;

/// The maximum number of sessions on a page: 1000.
pub const PAGE_LIMIT: usize = 1000;

/// A live session, as shown to its user.
///
/// # Example
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use jwt_session::Session;
///
/// let started_at = SystemTime::now();
/// let expires_at = started_at + Duration::from_secs(30 * 86_400);
/// let session = Session::new("0b6f5a42", started_at, expires_at).label(Some("Firefox on Linux".to_owned()));
/// assert_eq!(session.last_used_at, session.started_at);
/// ```
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Session {
    /// The id of the session: the `sid` claim of its tokens.
    pub id: String,
    /// A name that the user recognizes, such as the name of a device. `None` if the session started without a label.
    pub label: Option<String>,
    /// When the session started.
    pub started_at: SystemTime,
    /// When the session was last used: the last rotation or touch, or its start.
    pub last_used_at: SystemTime,
    /// When the refresh token was last exchanged: the last rotation, or the start of the session. A touch and a use
    /// within the grace period do not change it.
    pub rotated_at: SystemTime,
    /// When the session expires if it is not used again: its idle limit, which is never later than its absolute limit.
    pub expires_at: SystemTime,
}

impl Session {
    /// Creates a session without a label that has not been used since its start.
    #[must_use]
    pub fn new(id: impl Into<String>, started_at: SystemTime, expires_at: SystemTime) -> Self {
        let id = id.into();
        Self { id, label: None, started_at, last_used_at: started_at, rotated_at: started_at, expires_at }
    }

    /// Sets the label.
    #[must_use]
    pub fn label(mut self, label: Option<String>) -> Self {
        self.label = label;
        self
    }

    /// Sets when the session was last used.
    #[must_use]
    pub const fn last_used_at(mut self, moment: SystemTime) -> Self {
        self.last_used_at = moment;
        self
    }

    /// Sets when the refresh token was last exchanged.
    #[must_use]
    pub const fn rotated_at(mut self, moment: SystemTime) -> Self {
        self.rotated_at = moment;
        self
    }
}

/// A position in the list of a subject's sessions.
///
/// It is the position of one session and stays valid after that session ends. The list is ordered by start, newest
/// first. Sessions that started in the same millisecond are ordered by id.
///
/// It has a text form, for the links of an application. The text contains the start of the session, in milliseconds, and
/// its id. It is not signed: a client that changes it only sees another part of the same list.
///
/// # Example
///
/// ```
/// use std::time::SystemTime;
///
/// use jwt_session::Position;
///
/// let position = Position::new(SystemTime::UNIX_EPOCH, "0b6f5a42");
/// let text = position.to_string();
/// assert_eq!(text, "0.0b6f5a42");
/// assert!(text.parse::<Position>().is_ok_and(|read| read == position));
/// assert!("page 2".parse::<Position>().is_err());
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Position {
    /// When the session started.
    pub started_at: SystemTime,
    /// The id of the session.
    pub id: String,
}

impl Position {
    /// Creates the position of the session with this start and id.
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

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", millis(self.started_at), self.id)
    }
}

impl FromStr for Position {
    type Err = ParsePositionError;

    fn from_str(text: &str) -> Result<Self, ParsePositionError> {
        let (started_at, id) = text.split_once('.').ok_or(ParsePositionError(()))?;
        if text.len() > LONGEST_TEXT || id.is_empty() {
            return Err(ParsePositionError(()));
        }
        let started_at = started_at.parse().map_err(|_| ParsePositionError(()))?;
        Ok(Self::new(from_millis(started_at), id))
    }
}

/// The error of a text that is not the text of a [`Position`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ParsePositionError(());

impl fmt::Display for ParsePositionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a position in a list of sessions: pass the text of the `next` position of a page, unchanged",
        )
    }
}

impl Error for ParsePositionError {}

/// One page of a subject's live sessions.
///
/// To create a page, a store looks for one session more than the limit:
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use jwt_session::{Session, SessionPage};
///
/// let now = SystemTime::now();
/// let session = |id: &str, age| {
///     Session::new(id, now - Duration::from_secs(age), now + Duration::from_secs(86_400))
/// };
/// // The caller asked for 2 sessions, so the store looked for 3, newest first.
/// let found = vec![session("phone", 10), session("laptop", 20), session("tablet", 30)];
/// let page = SessionPage::new(found, 2);
///
/// assert_eq!(page.sessions.len(), 2);
/// // The next page continues after the last session of this one.
/// assert_eq!(page.next.map(|next| next.id).as_deref(), Some("laptop"));
/// ```
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct SessionPage {
    /// The sessions, newest first.
    pub sessions: Vec<Session>,
    /// Where the next page starts: pass it to [`ListRequest::after`](crate::ListRequest::after). `None` on the last
    /// page.
    pub next: Option<Position>,
}

impl SessionPage {
    /// Creates a page of the first `limit` sessions in `found`, which must be newest first.
    ///
    /// A store looks for one session more than the limit. If `found` contains that session, the page is not the last
    /// one. A `limit` of 0 is treated as 1.
    #[must_use]
    pub fn new(mut found: Vec<Session>, limit: usize) -> Self {
        // An empty page would have no position to continue from.
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
        assert_eq!((page.sessions.len(), page.next.is_some()), (1, true), "an empty page could not continue");
    }

    #[test]
    fn a_text_that_is_not_a_position_is_an_error() {
        for text in [
            "",
            ".",
            "1.",
            "x.id",
            "1",
            "1 .id",
            "9223372036854775808.id",
            &format!("1.{}", "x".repeat(1024)),
        ] {
            let error = text.parse::<Position>().expect_err(text);
            assert!(error.to_string().starts_with("not a position"));
        }
        for (text, started_at, id) in [("-1.id", -1, "id"), ("1.a.b", 1, "a.b"), ("9.ü ", 9, "ü ")] {
            let position: Position = text.parse().unwrap();
            assert!(position == Position::new(from_millis(started_at), id), "{text}");
            assert_eq!(position.to_string(), text);
        }
    }
}
