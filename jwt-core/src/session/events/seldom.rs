//! A bound for what a client can cause any number of.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::Token;
use crate::session::TokenRef;

/// How many tokens to remember, at most.
const MOST: usize = 16_384;

/// The revoked tokens that were reported in this minute. One of them must not fill an audit log, or push the events of
/// others out of its queue.
#[derive(Default)]
pub(super) struct Seldom {
    keys: RandomState,
    reported: Mutex<Reported>,
}

#[derive(Default)]
struct Reported {
    minute: u64,
    hashes: HashSet<u64>,
}

impl Seldom {
    /// Returns whether to report a token: once a minute.
    pub(super) fn is_due(&self, token: &Token, now: SystemTime) -> bool {
        let TokenRef { subject, session, id, .. } = TokenRef::from(token);
        let hash = self.keys.hash_one((subject.issuer, subject.name, session, id));
        let minute = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().div_euclid(60);
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.minute != minute || reported.hashes.len() >= MOST {
            reported.minute = minute;
            reported.hashes.clear();
        }
        reported.hashes.insert(hash)
    }
}
