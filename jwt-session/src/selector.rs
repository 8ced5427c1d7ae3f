use std::fmt;
use std::time::SystemTime;

/// The owner of sessions and tokens: an issuer and a name.
///
/// The name alone does not identify a subject, because a different issuer can use the same name (RFC 8725, 3.8).
///
/// # Example
///
/// ```
/// use jwt_session::Subject;
///
/// let alice = Subject::new("https://auth.example.com", "alice");
/// assert_ne!(alice, Subject::new("https://login.example.org", "alice"));
/// ```
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Subject<'a> {
    /// The `iss` claim. Empty if the tokens have no `iss`.
    pub issuer: &'a str,
    /// The identity as text (`Token::identity` in jwt-core).
    pub name: &'a str,
}

impl<'a> Subject<'a> {
    /// Creates a subject from an issuer and a name.
    #[must_use]
    pub const fn new(issuer: &'a str, name: &'a str) -> Self {
        Self { issuer, name }
    }
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").finish_non_exhaustive()
    }
}

/// The sessions to end.
///
/// # Example
///
/// ```
/// use std::time::SystemTime;
///
/// use jwt_session::{BoxError, EndRequest, Selector, Sessions, Subject};
///
/// /// Logs Alice out everywhere except on the device that she is using. Returns how many sessions were live.
/// async fn log_out_elsewhere(store: impl Sessions, this_session: &str) -> Result<u64, BoxError> {
///     let alice = Subject::new("https://auth.example.com", "alice");
///     let others = Selector::AllExcept { subject: alice, session: this_session };
///     Ok(store.end(EndRequest::new(others, SystemTime::now())).await?.live)
/// }
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Selector<'a> {
    /// One session, if it belongs to the subject. A session of another subject is left unchanged.
    One {
        /// The owner of the session.
        subject: Subject<'a>,
        /// The id of the session.
        session: &'a str,
    },
    /// All sessions of a subject.
    AllOf(Subject<'a>),
    /// All sessions of a subject except one.
    AllExcept {
        /// The owner of the sessions.
        subject: Subject<'a>,
        /// The id of the session to keep.
        session: &'a str,
    },
    /// Everything that was issued before a given time: sessions, and tokens without a session.
    ///
    /// The cutoff is permanent. It also applies to sessions and tokens that another node is issuing now with an earlier
    /// time. Sessions are compared by start time, in milliseconds: a session that starts exactly at `moment` is kept. A
    /// session that exists when the call begins, and whose start is later than the `now` of the call, [counts as started
    /// now](crate::EndRequest::includes_future_starts).
    /// Tokens without a session are compared by their `iat` claim, in whole seconds: a token issued in the same second
    /// as `moment` is revoked.
    IssuedBefore {
        /// The issuer of the sessions and tokens.
        issuer: &'a str,
        /// The name of the subject. `None` selects every subject of the issuer.
        subject: Option<&'a str>,
        /// The time of the cutoff.
        moment: SystemTime,
    },
}

impl fmt::Debug for Selector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One { .. } => "One",
            Self::AllOf(_) => "AllOf",
            Self::AllExcept { .. } => "AllExcept",
            Self::IssuedBefore { .. } => "IssuedBefore",
        })
    }
}
