use std::fmt;
use std::time::SystemTime;

use crate::Subject;

/// The kind of a token, as far as a store distinguishes them.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TokenRefKind {
    /// An access token, or a token of a custom kind.
    #[default]
    Access,
    /// A refresh token: its `jti` must be the current one of its session, or the previous one within the grace.
    Refresh,
}

/// A token whose signature was verified, as a store sees it: what revocation is keyed by, never its text.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct TokenRef<'a> {
    /// Whose it is.
    pub subject: Subject<'a>,
    /// The `jti` claim (RFC 7519, 4.1.7). A token without one cannot be revoked by itself.
    pub id: Option<&'a str>,
    /// The `sid` claim: the session that it was issued in, if any.
    pub session: Option<&'a str>,
    /// The `iat` claim (RFC 7519, 4.1.6), in whole seconds.
    pub issued_at: Option<SystemTime>,
    /// Whether it is a refresh token.
    pub kind: TokenRefKind,
}

impl<'a> TokenRef<'a> {
    /// An access token of nobody's session.
    #[must_use]
    pub const fn new(subject: Subject<'a>, id: &'a str) -> Self {
        Self { subject, id: Some(id), session: None, issued_at: None, kind: TokenRefKind::Access }
    }

    /// The refresh token of a session.
    #[must_use]
    pub const fn refresh(subject: Subject<'a>, session: &'a str, id: &'a str) -> Self {
        Self { subject, id: Some(id), session: Some(session), issued_at: None, kind: TokenRefKind::Refresh }
    }

    /// An access token of a session.
    #[must_use]
    pub const fn access(subject: Subject<'a>, session: &'a str, id: &'a str) -> Self {
        Self { subject, id: Some(id), session: Some(session), issued_at: None, kind: TokenRefKind::Access }
    }

    /// A token of which only its subject is known so far: what else it says is set field by field.
    #[must_use]
    pub const fn of(subject: Subject<'a>) -> Self {
        Self { subject, id: None, session: None, issued_at: None, kind: TokenRefKind::Access }
    }

    /// Whether this is a refresh token.
    #[must_use]
    pub const fn is_refresh(&self) -> bool {
        matches!(self.kind, TokenRefKind::Refresh)
    }

    /// With the moment of its issue.
    #[must_use]
    pub const fn issued_at(mut self, moment: SystemTime) -> Self {
        self.issued_at = Some(moment);
        self
    }
}

// Claims are nothing for a log.
impl fmt::Debug for TokenRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRef").field("kind", &self.kind).finish_non_exhaustive()
    }
}
