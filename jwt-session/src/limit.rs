//! The maximum number of a subject's sessions.

use std::error::Error;
use std::fmt;

/// The maximum number of live sessions of one subject, and what happens at a start beyond it.
///
/// # Example
///
/// ```
/// use std::time::SystemTime;
///
/// use jwt_session::{BoxError, NewSession, SessionLimit, Sessions, StartRequest};
///
/// /// Starts a session. If the subject has more than five, the one that was unused for longest ends.
/// async fn start(store: impl Sessions, session: NewSession<'_>) -> Result<Vec<String>, BoxError> {
///     let request = StartRequest::new(session, SystemTime::now()).limit(Some(SessionLimit::evict(5)));
///     Ok(store.start(request).await?.evicted)
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionLimit {
    sessions: usize,
    evicts: bool,
}

impl SessionLimit {
    /// The highest limit: 1000. It bounds the work of a start.
    pub const MAX: usize = 1000;

    /// Creates a limit at which the session that was unused for longest ends. It is clamped to 1 to [`MAX`](Self::MAX).
    #[must_use]
    pub const fn evict(sessions: usize) -> Self {
        Self { sessions: clamped(sessions), evicts: true }
    }

    /// Creates a limit at which a start returns [`LimitReached`]. It is clamped to 1 to [`MAX`](Self::MAX).
    #[must_use]
    pub const fn reject(sessions: usize) -> Self {
        Self { sessions: clamped(sessions), evicts: false }
    }

    /// Returns the maximum number of sessions, including the new one: 1 to [`MAX`](Self::MAX).
    #[must_use]
    pub const fn sessions(&self) -> usize {
        self.sessions
    }

    /// Returns the number of sessions that may stay when a new one starts: 0 to [`MAX`](Self::MAX) − 1.
    #[must_use]
    pub const fn others(&self) -> usize {
        self.sessions.saturating_sub(1)
    }

    /// Returns whether live sessions end to make room. Otherwise, the start returns [`LimitReached`].
    #[must_use]
    pub const fn evicts(&self) -> bool {
        self.evicts
    }
}

/// `Ord::clamp` is not const.
const fn clamped(sessions: usize) -> usize {
    match sessions {
        0 => 1,
        SessionLimit::MAX.. => SessionLimit::MAX,
        within => within,
    }
}

/// The error of a [start](crate::Sessions::start) beyond a limit that [rejects](SessionLimit::reject). Nothing has started.
///
/// A store returns it as it is, or as the [source](Error::source) of its own error, so the manager can tell it from an
/// outage.
///
/// # Example
///
/// ```
/// use jwt_session::{BoxError, LimitReached};
///
/// let error: BoxError = LimitReached.into();
/// assert!(LimitReached::caused(&*error));
/// assert!(!LimitReached::caused(&*BoxError::from("the disk is full")));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LimitReached;

impl LimitReached {
    /// Returns whether an error, or one of its sources, is this error.
    #[must_use]
    pub fn caused(error: &(dyn Error + 'static)) -> bool {
        // A chain of sources that is this long is a cycle.
        const MOST: usize = 32;
        let chain = std::iter::successors(Some(error), |error| (*error).source());
        chain.take(MOST).any(|error| error.is::<Self>())
    }
}

impl fmt::Display for LimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("subject has reached its limit of sessions")
    }
}

impl Error for LimitReached {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_at_least_one_and_at_most_the_highest() {
        for (given, sessions) in [(0, 1), (1, 1), (100, 100), (1000, 1000), (usize::MAX, 1000)] {
            for limit in [SessionLimit::evict(given), SessionLimit::reject(given)] {
                assert_eq!((limit.sessions(), limit.others()), (sessions, sessions - 1));
            }
            assert_eq!(SessionLimit::evict(given), SessionLimit::evict(sessions));
            assert_eq!(SessionLimit::reject(given), SessionLimit::reject(sessions));
        }
        assert!(SessionLimit::evict(1).evicts() && !SessionLimit::reject(1).evicts());
    }

    #[test]
    fn the_error_is_found_behind_another() {
        #[derive(Debug)]
        struct Wrapped(LimitReached);

        impl fmt::Display for Wrapped {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("wrapped")
            }
        }

        impl Error for Wrapped {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }

        assert!(LimitReached::caused(&Wrapped(LimitReached)));
    }
}
