//! One session.

use std::mem;
use std::time::{Duration, SystemTime};

use crate::session::{NewSession, Session, Subject, TokenRef, from_millis, millis};

/// A session. Times are in milliseconds.
pub(super) struct Row {
    pub(super) id: Box<str>,
    issuer: Box<str>,
    subject: Box<str>,
    label: Option<Box<str>>,
    pub(super) current: Box<str>,
    previous: Option<Box<str>>,
    rotated_at: i64,
    /// Whether the previous token was used within the grace period.
    graced: bool,
    /// How many rotations in a row were each followed by such a use.
    in_a_row: u32,
    pub(super) started_at: i64,
    pub(super) last_used_at: i64,
    idle_expires_at: i64,
    expires_at: i64,
    /// About to be removed.
    pub(super) ended: bool,
}

impl Row {
    pub(super) fn new(session: &NewSession<'_>, now: i64) -> Self {
        Self {
            id: session.id.into(),
            issuer: session.subject.issuer.into(),
            subject: session.subject.name.into(),
            label: session.label.map(Into::into),
            current: session.current.into(),
            previous: None,
            rotated_at: now,
            graced: false,
            in_a_row: 0,
            started_at: now,
            last_used_at: now,
            idle_expires_at: millis(session.idle_expires_at),
            expires_at: millis(session.expires_at),
            ended: false,
        }
    }

    pub(super) fn subject(&self) -> Subject<'_> {
        Subject::new(&self.issuer, &self.subject)
    }

    pub(super) fn is_of(&self, subject: Subject<'_>) -> bool {
        *self.issuer == *subject.issuer && *self.subject == *subject.name
    }

    pub(super) fn expiry(&self) -> SystemTime {
        from_millis(self.idle_expires_at.min(self.expires_at))
    }

    pub(super) fn listed(&self) -> Session {
        let session = Session::new(&*self.id, from_millis(self.started_at), self.expiry());
        let label = self.label.as_deref().map(Into::into);
        session
            .label(label)
            .last_used_at(from_millis(self.last_used_at))
            .rotated_at(from_millis(self.rotated_at))
    }

    pub(super) fn is_over(&self, now: i64) -> bool {
        now >= self.idle_expires_at.min(self.expires_at)
    }

    pub(super) fn is_current(&self, token: &TokenRef<'_>) -> bool {
        token.id == Some(&*self.current)
    }

    pub(super) fn is_in_grace(&self, token: &TokenRef<'_>, grace: Duration, now: i64) -> bool {
        token.id.is_some() && token.id == self.previous.as_deref() && self.has_rotated_within(grace, now)
    }

    /// Whether the current token has replaced another one less than `keep` ago.
    pub(super) fn is_kept(&self, keep: Duration, now: i64) -> bool {
        self.previous.is_some() && self.has_rotated_within(keep, now)
    }

    fn has_rotated_within(&self, window: Duration, now: i64) -> bool {
        u128::from(now.abs_diff(self.rotated_at)) < window.as_millis()
    }

    pub(super) fn rotate(&mut self, next: &str, idle: Duration, now: i64) {
        self.previous = Some(mem::replace(&mut self.current, next.into()));
        self.rotated_at = now;
        if !mem::take(&mut self.graced) {
            self.in_a_row = 0;
        }
        self.keep(idle, now);
    }

    /// Records a use of the current token, which stays the current one.
    pub(super) fn keep(&mut self, idle: Duration, now: i64) {
        self.last_used_at = now;
        self.move_idle(idle, now);
    }

    /// Counts a use of the previous token. Several after one rotation count once.
    pub(super) fn count_grace(&mut self) -> u32 {
        if !mem::replace(&mut self.graced, true) {
            self.in_a_row = self.in_a_row.saturating_add(1);
        }
        self.in_a_row
    }

    pub(super) fn touch(&mut self, idle: Duration, now: i64) {
        self.last_used_at = now.max(self.last_used_at);
        self.move_idle(idle, now);
    }

    /// Never moves the time back: a slow clock must not end a live session early.
    fn move_idle(&mut self, idle: Duration, now: i64) {
        self.idle_expires_at = plus(now, idle).max(self.idle_expires_at);
    }
}

fn plus(now: i64, duration: Duration) -> i64 {
    now.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
