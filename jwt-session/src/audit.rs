use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::{Selector, Subject, TokenRef};

/// A sink of audit events: an audit log.
///
/// Every sink is also a `SessionEvents` of jwt-core, so `JwtManagerBuilder::session_events` takes it. A request waits
/// while the sink records its event, so hand off slow work.
///
/// # Example
///
/// ```
/// use jwt_session::{AuditEvent, AuditSink};
///
/// struct StandardError;
///
/// impl AuditSink for StandardError {
///     fn record(&self, event: &AuditEvent<'_>) {
///         eprintln!("{} {}", event.kind().as_str(), event.subject().unwrap_or_default());
///     }
/// }
/// ```
pub trait AuditSink: Send + Sync + 'static {
    /// Records an event. The manager calls this once for each event.
    fn record(&self, event: &AuditEvent<'_>);
}

impl<S: AuditSink + ?Sized> AuditSink for Arc<S> {
    fn record(&self, event: &AuditEvent<'_>) {
        (**self).record(event);
    }
}

impl<S: AuditSink + ?Sized> AuditSink for Box<S> {
    fn record(&self, event: &AuditEvent<'_>) {
        (**self).record(event);
    }
}

/// An event in the life of a session, for an audit log.
///
/// It contains the issuer and the subject of the session, its id, its label, and nothing else from a token or a request.
/// Users choose some of these texts, so they are [escaped](Self::escaped).
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

/// The kind of an [`AuditEvent`]. Each is also a method of `SessionEvents` in jwt-core, which says when it happens.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AuditEventKind {
    /// An access token in a cookie was renewed without an exchange.
    AccessTokenRenewed,
    /// A refresh token was exchanged.
    Exchanged,
    /// The keys of a trusted issuer could not be fetched although a token required it. The issuer is the configured
    /// name.
    KeySetStale,
    /// The keys of the manager were replaced.
    KeysChanged,
    /// A session has started.
    LoggedIn,
    /// A refresh token was presented a second time, so its session was ended.
    ReuseDetected,
    /// A client presented a token that had been revoked or whose session had ended.
    RevokedTokenUsed,
    /// Sessions were ended. Without a session, it is about all sessions of the subject, or all but one. Without a
    /// subject, it is about all sessions of the issuer.
    SessionEnded,
    /// A login has ended the session, because the user had the maximum number.
    SessionEvicted,
    /// A client presented the previous refresh token within the grace period.
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
            Self::UsedWithinGrace => "used_within_grace",
        }
    }
}

/// Who ended a session.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EndedBy {
    /// The application, with a method that takes a subject, such as `JwtManager::end_sessions`.
    Application,
    /// The holder of a token of the session or of the subject, with a method that takes a token, such as
    /// `JwtManager::log_out`.
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

// The manager creates events with these methods. They are for jwt-core alone, and stable within a minor version.
#[allow(missing_docs)]
impl<'a> AuditEvent<'a> {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(kind: AuditEventKind, at: SystemTime) -> Self {
        let (issuer, subject, session, label) = (None, None, None, None);
        Self { kind, at, issuer, subject, session, label, count: None, ended_by: None }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn of_token(self, token: TokenRef<'a>) -> Self {
        Self { session: token.session, ..self.of_subject(token.subject) }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn of_subject(self, subject: Subject<'a>) -> Self {
        Self { subject: Some(subject.name), ..self.of_issuer(subject.issuer) }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn of_issuer(self, issuer: &'a str) -> Self {
        Self { issuer: Some(issuer), ..self }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn of_session(self, session: &'a str, label: Option<&'a str>) -> Self {
        Self { session: Some(session), label, ..self }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn selected_by(self, selector: &Selector<'a>) -> Self {
        match *selector {
            Selector::One { subject, session } => self.of_subject(subject).of_session(session, None),
            Selector::AllOf(subject) | Selector::AllExcept { subject, .. } => self.of_subject(subject),
            Selector::IssuedBefore { issuer, subject, .. } => Self { subject, ..self.of_issuer(issuer) },
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn ended_by_whom(self, by: EndedBy) -> Self {
        Self { ended_by: Some(by), ..self }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn counted(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }
}

impl<'a> AuditEvent<'a> {
    /// The maximum number of characters of a text in an event, before it is escaped.
    pub const MAX_CHARS: usize = 256;

    /// Escapes a text and cuts it, as the texts of events are, so that you can look for it in an audit log.
    ///
    /// Control characters, line separators, invisible characters, and characters that change the direction of text are
    /// escaped as in Rust (`\u{202e}`), and a backslash is doubled. A text ends after [`MAX_CHARS`](Self::MAX_CHARS)
    /// characters, with an ellipsis (`…`), which is escaped elsewhere. Two long texts that start with the same characters
    /// are therefore the same in a log.
    ///
    /// ```
    /// use jwt_session::AuditEvent;
    ///
    /// assert_eq!(AuditEvent::escaped("alice"), "alice");
    /// assert_eq!(AuditEvent::escaped("alice\nlogged_in"), r"alice\u{a}logged_in");
    /// ```
    #[must_use]
    pub fn escaped(text: &str) -> Cow<'_, str> {
        let end = text.char_indices().nth(Self::MAX_CHARS).map_or(text.len(), |(end, _)| end);
        let (cut, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        if rest.is_empty() && !cut.contains(|character| character == '\\' || is_escaped(character)) {
            return Cow::Borrowed(cut);
        }
        let mut escaped = String::with_capacity(cut.len());
        for character in cut.chars() {
            match character {
                '\\' => escaped.push_str("\\\\"),
                _ if is_escaped(character) => escaped.extend(character.escape_unicode()),
                _ => escaped.push(character),
            }
        }
        if !rest.is_empty() {
            escaped.push('…');
        }
        Cow::Owned(escaped)
    }

    /// Returns what happened.
    #[must_use]
    pub const fn kind(&self) -> AuditEventKind {
        self.kind
    }

    /// Returns when it happened, according to the clock of the manager (`JwtManagerBuilder::clock`).
    #[must_use]
    pub const fn at(&self) -> SystemTime {
        self.at
    }

    /// Returns the issuer of the subject, or `None` if the event is not about one. An empty issuer, which a manager
    /// without `Config::encode_issuer` has, is `None` as well.
    #[must_use]
    pub fn issuer(&self) -> Option<Cow<'a, str>> {
        self.issuer.filter(|issuer| !issuer.is_empty()).map(Self::escaped)
    }

    /// Returns the identity of the user, or `None` if the event is not about one.
    #[must_use]
    pub fn subject(&self) -> Option<Cow<'a, str>> {
        self.subject.map(Self::escaped)
    }

    /// Returns the id of the session, or `None` if the event is not about one.
    #[must_use]
    pub fn session(&self) -> Option<Cow<'a, str>> {
        self.session.map(Self::escaped)
    }

    /// Returns the label of the session. Only the event of a [login](AuditEventKind::LoggedIn) has one.
    #[must_use]
    pub fn label(&self) -> Option<Cow<'a, str>> {
        self.label.map(Self::escaped)
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

/// Whether a log must not contain the character. Some of these are ordinary in some languages or emoji, but they can
/// reorder a line, or make two names look the same.
fn is_escaped(character: char) -> bool {
    let is_invisible = matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    );
    is_invisible || is_confusing(character) || character == '…'
}

/// Whether a list that contains the character can look like a different list: a control character or the end of a line,
/// or an override of the direction of text, which also applies to the text behind it (Unicode Standard Annex 9).
#[doc(hidden)]
#[must_use]
pub fn is_confusing(character: char) -> bool {
    let is_bidi = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || is_bidi || matches!(character, '\u{2028}' | '\u{2029}')
}
