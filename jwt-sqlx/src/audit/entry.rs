use std::fmt;
use std::time::SystemTime;

use jwt_session::{AuditEvent, AuditEventKind, EndedBy, from_millis, millis};

use crate::backend::Value;
use crate::backend::Value::{Number, Plain};
use crate::rows::AuditRow;

/// An event that waits to be written.
pub(crate) struct Entry {
    at: i64,
    kind: AuditEventKind,
    issuer: Option<Box<str>>,
    subject: Option<Box<str>>,
    session: Option<Box<str>>,
    label: Option<Box<str>>,
    count: Option<i64>,
    ended_by: Option<EndedBy>,
}

impl From<&AuditEvent<'_>> for Entry {
    fn from(event: &AuditEvent<'_>) -> Self {
        Self {
            at: millis(event.at()),
            kind: event.kind(),
            issuer: event.issuer().map(Into::into),
            subject: event.subject().map(Into::into),
            session: event.session().map(Into::into),
            label: event.label().map(Into::into),
            count: event.count().map(|count| i64::try_from(count).unwrap_or(i64::MAX)),
            ended_by: event.ended_by(),
        }
    }
}

impl Entry {
    /// The values of a row of [`AuditSql`](super::sql::AuditSql).
    pub(super) fn values(&self) -> [Value<'_>; 8] {
        [
            Number(Some(self.at)),
            Plain(Some(self.kind.as_str())),
            Plain(self.issuer.as_deref()),
            Plain(self.subject.as_deref()),
            Plain(self.session.as_deref()),
            Plain(self.label.as_deref()),
            Number(self.count),
            Plain(self.ended_by.map(EndedBy::as_str)),
        ]
    }
}

/// An event in an audit log.
///
/// Its texts are [escaped](AuditEvent::escaped) and cut, as those of an [`AuditEvent`].
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuditEntry {
    /// The number of the event in its table, which is its position in a list. It is never used again.
    pub id: i64,
    /// When the event happened, according to the clock of the manager, in whole milliseconds.
    pub at: SystemTime,
    /// The [name](AuditEventKind::as_str) of the event, such as `logged_in`. A newer version of this crate can have written
    /// a name that this version does not know.
    pub event: String,
    /// The issuer of the subject.
    pub issuer: Option<String>,
    /// The identity of the user.
    pub subject: Option<String>,
    /// The id of the session.
    pub session: Option<String>,
    /// The label of the session, for a login.
    pub label: Option<String>,
    /// How many live sessions were ended, or how many exchanges in a row were followed by a use within the grace period.
    pub count: Option<u64>,
    /// Who [ended](EndedBy::as_str) the sessions, such as `holder`.
    pub ended_by: Option<String>,
}

impl From<AuditRow> for AuditEntry {
    fn from((id, at, event, issuer, subject, session, label, count, ended_by): AuditRow) -> Self {
        let count = count.and_then(|count| u64::try_from(count).ok());
        Self { id, at: from_millis(at), event, issuer, subject, session, label, count, ended_by }
    }
}

/// The texts do not belong in an ordinary log.
impl fmt::Debug for AuditEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditEntry").field("id", &self.id).field("event", &self.event).finish_non_exhaustive()
    }
}
