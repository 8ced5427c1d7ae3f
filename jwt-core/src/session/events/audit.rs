use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use crate::Token;
use crate::session::{Selector, Subject, TokenRef, is_confusing};

/// The maximum number of characters of a text in an audit event.
const MOST_CHARS: usize = 256;

/// An event in the life of a session, for an audit log.
///
/// It contains the issuer and the subject of the session, its id, its label, and nothing else from a token or a request.
/// Users choose some of these texts, so they are made safe for a line of a log: control characters, line separators, and
/// characters that change the direction of text are escaped as in Rust (`\u{202e}`), a backslash is doubled, and a text
/// ends after 256 characters.
///
/// ```
/// use jwt_core::session::{AuditEvent, SessionEvents};
///
/// struct StandardError;
///
/// impl SessionEvents for StandardError {
///     fn audit(&self, event: &AuditEvent<'_>) {
///         eprintln!("{} {}", event.kind().as_str(), event.subject().unwrap_or_default());
///     }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct AuditEvent<'a> {
    kind: AuditEventKind,
    at: SystemTime,
    issuer: Option<&'a str>,
    subject: Option<&'a str>,
    session: Option<&'a str>,
    label: Option<&'a str>,
    count: Option<u64>,
    ended_by: Option<EndedBy>,
}

/// The kind of an [`AuditEvent`]. Each is a method of [`SessionEvents`](super::SessionEvents), which says when it happens.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AuditEventKind {
    /// [`access_token_renewed`](super::SessionEvents::access_token_renewed).
    AccessTokenRenewed,
    /// [`exchanged`](super::SessionEvents::exchanged).
    Exchanged,
    /// [`key_set_stale`](super::SessionEvents::key_set_stale). The issuer is the configured name.
    KeySetStale,
    /// [`keys_changed`](super::SessionEvents::keys_changed).
    KeysChanged,
    /// [`logged_in`](super::SessionEvents::logged_in).
    LoggedIn,
    /// [`reuse_detected`](super::SessionEvents::reuse_detected).
    ReuseDetected,
    /// [`revoked_token_used`](super::SessionEvents::revoked_token_used).
    RevokedTokenUsed,
    /// [`session_ended`](super::SessionEvents::session_ended), also for several sessions. Without a session, it is about
    /// all sessions of the subject, or all but one. Without a subject, it is about all sessions of the issuer.
    SessionEnded,
    /// [`session_evicted`](super::SessionEvents::session_evicted).
    SessionEvicted,
    /// [`store_unavailable`](super::SessionEvents::store_unavailable).
    StoreUnavailable,
    /// [`used_within_grace`](super::SessionEvents::used_within_grace).
    UsedWithinGrace,
}

impl AuditEventKind {
    /// All kinds, in the order of their names.
    pub const ALL: &'static [Self] = &[
        Self::AccessTokenRenewed,
        Self::Exchanged,
        Self::KeySetStale,
        Self::KeysChanged,
        Self::LoggedIn,
        Self::ReuseDetected,
        Self::RevokedTokenUsed,
        Self::SessionEnded,
        Self::SessionEvicted,
        Self::StoreUnavailable,
        Self::UsedWithinGrace,
    ];

    /// Returns the name of the kind, which is the name of the method, such as `logged_in`. Changing one is a breaking
    /// change.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessTokenRenewed => "access_token_renewed",
            Self::Exchanged => "exchanged",
            Self::KeySetStale => "key_set_stale",
            Self::KeysChanged => "keys_changed",
            Self::LoggedIn => "logged_in",
            Self::ReuseDetected => "reuse_detected",
            Self::RevokedTokenUsed => "revoked_token_used",
            Self::SessionEnded => "session_ended",
            Self::SessionEvicted => "session_evicted",
            Self::StoreUnavailable => "store_unavailable",
            Self::UsedWithinGrace => "used_within_grace",
        }
    }
}

/// Who ended a session.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EndedBy {
    /// The application, with a method that takes a subject, such as
    /// [`end_sessions`](crate::JwtManager::end_sessions).
    Application,
    /// The holder of a token of the session or of the subject, with a method that takes a token, such as
    /// [`log_out`](crate::JwtManager::log_out).
    Holder,
    /// The library, because a refresh token was used again.
    Reuse,
}

impl EndedBy {
    /// Returns `application`, `holder`, or `reuse`. Changing one is a breaking change.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Holder => "holder",
            Self::Reuse => "reuse",
        }
    }
}

impl<'a> AuditEvent<'a> {
    pub(super) const fn new(kind: AuditEventKind, at: SystemTime) -> Self {
        let (issuer, subject, session, label) = (None, None, None, None);
        Self { kind, at, issuer, subject, session, label, count: None, ended_by: None }
    }

    pub(super) fn of_token(self, token: &'a Token) -> Self {
        let TokenRef { subject, session, .. } = TokenRef::from(token);
        Self { session, ..self.of_subject(subject) }
    }

    pub(super) const fn of_subject(self, subject: Subject<'a>) -> Self {
        Self { subject: Some(subject.name), ..self.of_issuer(subject.issuer) }
    }

    pub(super) const fn of_issuer(self, issuer: &'a str) -> Self {
        Self { issuer: Some(issuer), ..self }
    }

    pub(super) const fn of_session(self, session: &'a str, label: Option<&'a str>) -> Self {
        Self { session: Some(session), label, ..self }
    }

    pub(super) const fn selected_by(self, selector: &Selector<'a>) -> Self {
        match *selector {
            Selector::One { subject, session } => self.of_subject(subject).of_session(session, None),
            Selector::AllOf(subject) | Selector::AllExcept { subject, .. } => self.of_subject(subject),
            Selector::IssuedBefore { issuer, subject, .. } => Self { subject, ..self.of_issuer(issuer) },
            _ => self,
        }
    }

    pub(super) const fn ended_by_whom(self, by: EndedBy) -> Self {
        Self { ended_by: Some(by), ..self }
    }

    pub(super) const fn counted(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }

    /// Returns what happened.
    #[must_use]
    pub const fn kind(&self) -> AuditEventKind {
        self.kind
    }

    /// Returns when it happened, according to the [clock](crate::JwtManagerBuilder::clock) of the manager.
    #[must_use]
    pub const fn at(&self) -> SystemTime {
        self.at
    }

    /// Returns the issuer of the subject, or `None` if the event is not about one. An empty issuer, which a manager
    /// without [`Config::encode_issuer`](crate::Config::encode_issuer) has, is `None` as well.
    #[must_use]
    pub fn issuer(&self) -> Option<Cow<'a, str>> {
        self.issuer.filter(|issuer| !issuer.is_empty()).map(shown)
    }

    /// Returns the identity of the user, or `None` if the event is not about one.
    #[must_use]
    pub fn subject(&self) -> Option<Cow<'a, str>> {
        self.subject.map(shown)
    }

    /// Returns the id of the session, or `None` if the event is not about one.
    #[must_use]
    pub fn session(&self) -> Option<Cow<'a, str>> {
        self.session.map(shown)
    }

    /// Returns the label of the session. Only the event of a [login](AuditEventKind::LoggedIn) has one.
    #[must_use]
    pub fn label(&self) -> Option<Cow<'a, str>> {
        self.label.map(shown)
    }

    /// Returns how many live sessions were [ended](AuditEventKind::SessionEnded), or how many exchanges in a row were
    /// followed by a [use within the grace period](AuditEventKind::UsedWithinGrace). `None` for all other events.
    #[must_use]
    pub const fn count(&self) -> Option<u64> {
        self.count
    }

    /// Returns who [ended](AuditEventKind::SessionEnded) the sessions. `None` for all other events.
    #[must_use]
    pub const fn ended_by(&self) -> Option<EndedBy> {
        self.ended_by
    }
}

/// The texts are for the audit log alone.
impl fmt::Debug for AuditEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditEvent").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Escapes and cuts a text.
fn shown(text: &str) -> Cow<'_, str> {
    let end = text.char_indices().nth(MOST_CHARS).map_or(text.len(), |(end, _)| end);
    let (cut, _) = text.split_at_checked(end).unwrap_or((text, ""));
    if !cut.contains(|character| character == '\\' || is_confusing(character)) {
        return Cow::Borrowed(cut);
    }
    let mut escaped = String::with_capacity(cut.len());
    for character in cut.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            _ if is_confusing(character) => escaped.extend(character.escape_unicode()),
            _ => escaped.push(character),
        }
    }
    Cow::Owned(escaped)
}
