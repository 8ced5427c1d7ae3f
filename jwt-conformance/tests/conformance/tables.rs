//! The data of the reference store.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwt_session::{Session, Subject};

#[derive(Default)]
pub(crate) struct Tables {
    /// By issuer and `jti`. `None` means forever.
    pub(crate) revoked: HashMap<(String, String), Option<SystemTime>>,
    pub(crate) rows: HashMap<Key, Row>,
    pub(crate) cutoffs: Vec<Cutoff>,
}

/// Issuer, subject, and id. Several subjects can have a session with the same id.
pub(crate) type Key = (String, String, String);

pub(crate) struct Cutoff {
    pub(crate) issuer: String,
    /// `None` means everyone.
    pub(crate) name: Option<String>,
    pub(crate) moment: SystemTime,
}

#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) issuer: String,
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    /// Every token of the session, and when it was issued. The last one is the current one.
    pub(crate) tokens: Vec<(String, SystemTime)>,
    pub(crate) started_at: SystemTime,
    pub(crate) last_used_at: SystemTime,
    pub(crate) idle_expires_at: SystemTime,
    pub(crate) expires_at: SystemTime,
    pub(crate) ended_at: Option<SystemTime>,
    /// Whether the previous token was used within the grace period.
    pub(crate) graced: bool,
    pub(crate) in_a_row: u32,
}

impl Row {
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject::new(&self.issuer, &self.name)
    }

    pub(crate) fn limit(&self) -> SystemTime {
        self.idle_expires_at.min(self.expires_at)
    }

    pub(crate) fn listed(&self, id: &str) -> Session {
        let rotated_at = self.tokens.last().map_or(self.started_at, |(_, rotated_at)| *rotated_at);
        let session = Session::new(id, self.started_at, self.limit()).rotated_at(rotated_at);
        session.label(self.label.clone()).last_used_at(self.last_used_at)
    }
}

/// Adds a duration, up to the latest moment.
pub(crate) fn later(moment: SystemTime, by: Duration, latest: Option<SystemTime>) -> SystemTime {
    let moved = moment.checked_add(by);
    moved.into_iter().chain(latest).min().unwrap_or(moment)
}

pub(crate) fn distance(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|error| error.duration())
}

pub(crate) fn second(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
