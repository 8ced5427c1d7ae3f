//! Revoked tokens, each a number.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::MemoryError;
use super::shards::{Shard, Shards};
use crate::session::TokenRef;

/// The tokens that are revoked, and until when, in milliseconds. Of a token a hash of 128 bits is kept, whose keys nobody
/// knows: two tokens that share one would both be refused.
pub(super) struct RevokedIds {
    shards: Shards<u128, i64>,
    high: RandomState,
    low: RandomState,
    most: usize,
    len: AtomicUsize,
}

impl RevokedIds {
    pub(super) fn new(most: usize) -> Self {
        let (high, low) = (RandomState::new(), RandomState::new());
        Self { shards: Shards::new(), high, low, most, len: AtomicUsize::new(0) }
    }

    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    fn key(&self, token: &TokenRef<'_>) -> Option<u128> {
        let id = (token.subject.issuer, token.id?);
        let (high, low) = (self.high.hash_one(id), self.low.hash_one(id));
        Some(u128::from(high) << u64::BITS | u128::from(low))
    }

    pub(super) fn contains(&self, token: &TokenRef<'_>) -> bool {
        // Until it leaves, an entry counts, whatever the time: clocks are set back.
        self.key(token).is_some_and(|key| self.shards.of(&key).entries.contains_key(&key))
    }

    pub(super) fn insert(&self, token: &TokenRef<'_>, until: i64, now: i64) -> Result<(), MemoryError> {
        let key = self.key(token).ok_or(MemoryError::NoId)?;
        if self.insert_key(key, until, now) {
            return Ok(());
        }
        self.purge(now);
        if self.insert_key(key, until, now) { Ok(()) } else { Err(MemoryError::Full) }
    }

    /// Whether there was room.
    fn insert_key(&self, key: u128, until: i64, now: i64) -> bool {
        let mut shard = self.shards.of(&key);
        if let Some(there) = shard.entries.get_mut(&key) {
            *there = until.max(*there);
            return true;
        }
        if shard.is_due() {
            self.sweep(&mut shard, now);
        }
        if !take_place(&self.len, self.most) {
            return false;
        }
        shard.entries.insert(key, until);
        true
    }

    pub(super) fn purge(&self, now: i64) {
        for mut shard in self.shards.each() {
            self.sweep(&mut shard, now);
            shard.entries.shrink_to_fit();
        }
    }

    fn sweep(&self, shard: &mut Shard<u128, i64>, now: i64) {
        give_places_back(&self.len, shard.sweep(|_, until| *until > now));
    }
}

/// Counts one more, unless there are as many as there may be.
pub(super) fn take_place(len: &AtomicUsize, most: usize) -> bool {
    let more = |len: usize| len.checked_add(1).filter(|len| *len <= most);
    len.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
}

pub(super) fn give_places_back(len: &AtomicUsize, places: usize) {
    len.fetch_sub(places, Ordering::Relaxed);
}
