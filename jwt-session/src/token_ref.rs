use std::fmt;
use std::time::SystemTime;

use crate::Subject;

/// The kinds of token that a store distinguishes.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TokenRefKind {
    /// An access token, or a token of a custom kind.
    #[default]
    Access,
    /// A refresh token. Its `jti` must be the current one of its session, or the previous one within the grace period.
    Refresh,
}

/// The claims that identify a token to a store.
///
/// The signature of the token has already been verified. A store never sees the encoded token.
///
/// # Example
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use jwt_session::{BoxError, Revocation, RevokeRequest, Subject, TokenRef};
///
/// /// Revokes an access token that expires in 15 minutes.
/// async fn revoke(store: impl Revocation, jti: &str) -> Result<(), BoxError> {
///     let token = TokenRef::new(Subject::new("https://auth.example.com", "alice"), jti);
///     let now = SystemTime::now();
///     store.revoke(RevokeRequest::new(token, Some(now + Duration::from_secs(15 * 60)), now)).await
/// }
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct TokenRef<'a> {
    /// The subject of the token.
    pub subject: Subject<'a>,
    /// The `jti` claim (RFC 7519, 4.1.7). A token without a `jti` cannot be revoked individually.
    pub id: Option<&'a str>,
    /// The `sid` claim: the id of the token's session. `None` if the token has no session.
    pub session: Option<&'a str>,
    /// The `iat` claim (RFC 7519, 4.1.6), in whole seconds.
    pub issued_at: Option<SystemTime>,
    /// Whether the token is an access token or a refresh token.
    pub kind: TokenRefKind,
}

impl<'a> TokenRef<'a> {
    /// Creates a reference to an access token without a session.
    #[must_use]
    pub const fn new(subject: Subject<'a>, id: &'a str) -> Self {
        Self { subject, id: Some(id), session: None, issued_at: None, kind: TokenRefKind::Access }
    }

    /// Creates a reference to a refresh token of a session.
    #[must_use]
    pub const fn refresh(subject: Subject<'a>, session: &'a str, id: &'a str) -> Self {
        Self { subject, id: Some(id), session: Some(session), issued_at: None, kind: TokenRefKind::Refresh }
    }

    /// Creates a reference to an access token of a session.
    #[must_use]
    pub const fn access(subject: Subject<'a>, session: &'a str, id: &'a str) -> Self {
        Self { subject, id: Some(id), session: Some(session), issued_at: None, kind: TokenRefKind::Access }
    }

    /// Creates a reference to an access token with only a subject. Set the other fields individually.
    #[must_use]
    pub const fn of(subject: Subject<'a>) -> Self {
        Self { subject, id: None, session: None, issued_at: None, kind: TokenRefKind::Access }
    }

    /// Returns whether this is a refresh token.
    #[must_use]
    pub const fn is_refresh(&self) -> bool {
        matches!(self.kind, TokenRefKind::Refresh)
    }

    /// Sets when the token was issued.
    #[must_use]
    pub const fn issued_at(mut self, moment: SystemTime) -> Self {
        self.issued_at = Some(moment);
        self
    }
}

// Claims do not belong in a log.
impl fmt::Debug for TokenRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRef").field("kind", &self.kind).finish_non_exhaustive()
    }
}
