//! Passes an event to all callbacks.

use std::time::SystemTime;

use super::SessionEvents;
use super::seldom::Seldom;
use crate::session::{AuditEvent, AuditEventKind, EndedBy, Selector, Subject, TokenRef};
use crate::{BoxError, Token, metrics};

/// An event, with the arguments of its method.
#[derive(Clone, Copy)]
pub(crate) enum Event<'a> {
    AccessTokenRenewed(&'a Token),
    Exchanged(&'a Token),
    KeySetStale { issuer: &'a str },
    KeysChanged,
    LoggedIn { subject: Subject<'a>, session: &'a str, label: Option<&'a str> },
    ReuseDetected(&'a Token),
    RevokedTokenUsed(&'a Token),
    SessionEnded { selector: Selector<'a>, ended: u64, by: EndedBy },
    SessionEvicted { subject: Subject<'a>, session: &'a str },
    StoreUnavailable(&'a BoxError),
    UsedWithinGrace { token: &'a Token, in_a_row: u32 },
}

impl<'a> Event<'a> {
    /// `None` if the event is not one for an audit log. An outage is one for each request, and has nothing to tell.
    const fn kind(&self) -> Option<AuditEventKind> {
        Some(match self {
            Self::AccessTokenRenewed(_) => AuditEventKind::AccessTokenRenewed,
            Self::Exchanged(_) => AuditEventKind::Exchanged,
            Self::KeySetStale { .. } => AuditEventKind::KeySetStale,
            Self::KeysChanged => AuditEventKind::KeysChanged,
            Self::LoggedIn { .. } => AuditEventKind::LoggedIn,
            Self::ReuseDetected(_) => AuditEventKind::ReuseDetected,
            Self::RevokedTokenUsed(_) => AuditEventKind::RevokedTokenUsed,
            Self::SessionEnded { .. } => AuditEventKind::SessionEnded,
            Self::SessionEvicted { .. } => AuditEventKind::SessionEvicted,
            Self::StoreUnavailable(_) => return None,
            Self::UsedWithinGrace { .. } => AuditEventKind::UsedWithinGrace,
        })
    }

    fn audit(&self, kind: AuditEventKind, at: SystemTime) -> AuditEvent<'a> {
        let event = AuditEvent::new(kind, at);
        match *self {
            Self::AccessTokenRenewed(token)
            | Self::Exchanged(token)
            | Self::ReuseDetected(token)
            | Self::RevokedTokenUsed(token) => event.of_token(token.into()),
            Self::KeySetStale { issuer } => event.of_issuer(issuer),
            Self::KeysChanged | Self::StoreUnavailable(_) => event,
            Self::LoggedIn { subject, session, label } => {
                event.of_subject(subject).of_session(session, label)
            }
            Self::SessionEnded { ref selector, ended, by } => {
                event.selected_by(selector).counted(ended).ended_by_whom(by)
            }
            Self::SessionEvicted { subject, session } => event.of_subject(subject).of_session(session, None),
            Self::UsedWithinGrace { token, in_a_row } => {
                event.of_token(token.into()).counted(in_a_row.into())
            }
        }
    }

    fn tell(&self, events: &dyn SessionEvents) {
        match *self {
            Self::AccessTokenRenewed(token) => events.access_token_renewed(token),
            Self::Exchanged(token) => events.exchanged(token),
            Self::KeySetStale { issuer } => events.key_set_stale(issuer),
            Self::KeysChanged => events.keys_changed(),
            Self::LoggedIn { subject, session, label } => events.logged_in(subject, session, label),
            Self::ReuseDetected(token) => events.reuse_detected(token),
            Self::RevokedTokenUsed(token) => events.revoked_token_used(token),
            Self::SessionEnded { ref selector, ended, by } => events.session_ended(selector, ended, by),
            Self::SessionEvicted { subject, session } => events.session_evicted(subject, session),
            Self::StoreUnavailable(error) => events.store_unavailable(error),
            Self::UsedWithinGrace { token, in_a_row } => events.used_within_grace(token, in_a_row),
        }
    }
}

/// The callbacks of an application.
#[derive(Default)]
pub(crate) struct Events {
    callbacks: Vec<Box<dyn SessionEvents>>,
    revoked: Seldom,
}

impl Events {
    pub(crate) fn add(&mut self, events: impl SessionEvents) {
        self.callbacks.push(Box::new(events));
    }

    pub(crate) fn emit(&self, event: Event<'_>, now: impl FnOnce() -> SystemTime) {
        let kind = event.kind();
        if let Some(kind) = kind {
            metrics::session_event(kind.as_str());
        }
        if self.callbacks.is_empty() {
            return;
        }
        let now = now();
        if let Event::RevokedTokenUsed(token) = event {
            let TokenRef { subject, session, id, .. } = TokenRef::from(token);
            if !self.revoked.is_due((subject.issuer, subject.name, session, id), now) {
                return;
            }
        }
        let audit = kind.map(|kind| event.audit(kind, now));
        for events in &self.callbacks {
            event.tell(&**events);
            if let Some(audit) = &audit {
                events.audit(audit);
            }
        }
    }
}
