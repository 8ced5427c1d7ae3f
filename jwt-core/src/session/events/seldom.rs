//! A bound for what a client can cause any number of.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Token;
use crate::session::TokenRef;

/// How often a token, or the tokens of a session, are reported.
const ONCE_PER: Duration = Duration::from_secs(60);

/// The number of tokens to remember. Two of them can share a slot, and are then reported more often. Hashes are keyed, so
/// nobody can choose such tokens.
const SLOTS: u16 = 1024;

/// The tokens that were reported in this minute. One revoked token must not fill an audit log, or push the events of
/// others out of its queue.
#[derive(Default)]
pub(super) struct Seldom(OnceLock<(RandomState, Box<[AtomicU64]>)>);

impl Seldom {
    /// Returns whether a token has not been reported in this minute.
    pub(super) fn is_due(&self, token: &Token, now: SystemTime) -> bool {
        let (keys, slots) = self.0.get_or_init(|| {
            (RandomState::new(), std::iter::repeat_with(AtomicU64::default).take(SLOTS.into()).collect())
        });
        let TokenRef { subject, session, id, .. } = TokenRef::from(token);
        // A session has any number of tokens.
        let id = if session.is_some() { None } else { id };
        let who = keys.hash_one((subject.issuer, subject.name, session, id));
        let minute =
            now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().div_euclid(ONCE_PER.as_secs());
        let seen = keys.hash_one((who, minute));
        let slot = usize::try_from(who.rem_euclid(SLOTS.into())).ok().and_then(|slot| slots.get(slot));
        slot.is_none_or(|slot| slot.swap(seen, Ordering::Relaxed) != seen)
    }
}
