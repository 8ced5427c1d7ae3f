use std::fmt;
use std::time::SystemTime;

/// Whom sessions and tokens belong to. The subject alone is no key: another issuer may have the same one
/// (RFC 8725, 3.8).
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Subject<'a> {
    /// The `iss` claim, empty where tokens have none.
    pub issuer: &'a str,
    /// The identity as text (`Token::identity` of jwt-core).
    pub name: &'a str,
}

impl<'a> Subject<'a> {
    /// The subject of this name at this issuer.
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

/// Which sessions to end.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Selector<'a> {
    /// One session, if it is this subject's.
    One {
        /// Whose it has to be.
        subject: Subject<'a>,
        /// Its id.
        session: &'a str,
    },
    /// All sessions of a subject.
    AllOf(Subject<'a>),
    /// All sessions of a subject but one.
    AllExcept {
        /// Whose.
        subject: Subject<'a>,
        /// The id of the one that stays.
        session: &'a str,
    },
    /// Whatever was issued before a moment, tokens of no session included, and also what another node is issuing now
    /// with an earlier time. Sessions are compared by their start, to the millisecond: one that starts at the moment
    /// stays. Tokens of no session are compared by their `iat`, which has whole seconds: those of the moment's second are
    /// refused.
    IssuedBefore {
        /// At which issuer.
        issuer: &'a str,
        /// Whose; `None` is everyone's.
        subject: Option<&'a str>,
        /// The moment.
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
