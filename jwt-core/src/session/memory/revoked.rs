//! Revoked tokens, each a number.

use std::hash::{BuildHasher as _, Hash as _, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};

use rustc_hash::FxBuildHasher;
use siphasher::sip128::{Hash128, Hasher128 as _, SipHasher13};

use super::MemoryError;
use super::shards::{Shard, Shards};
use crate::session::TokenRef;

/// The tokens that are revoked, and until when, in milliseconds. Of a token a hash of 128 bits is kept, whose keys nobody
/// knows: two tokens that share one would both be refused.
pub(super) struct RevokedIds {
    /// A quick hash will do for what is a hash already: nobody can choose keys that get into each other's way.
    shards: Shards<Key, i64, FxBuildHasher>,
    hasher: SipHasher13,
    most: usize,
    len: AtomicUsize,
}

/// In halves: a number of 128 bits would be aligned to 16 bytes, and an entry be a third larger.
type Key = (u64, u64);

impl RevokedIds {
    pub(super) fn new(most: usize) -> Self {
        let [first, second] = [0, 1].map(|half| RandomState::new().hash_one(half));
        let hasher = SipHasher13::new_with_keys(first, second);
        Self { shards: Shards::new(), hasher, most, len: AtomicUsize::new(0) }
    }

    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    fn key(&self, token: &TokenRef<'_>) -> Option<Key> {
        let mut hasher = self.hasher;
        (token.subject.issuer, token.id?).hash(&mut hasher);
        let Hash128 { h1, h2 } = hasher.finish128();
        Some((h1, h2))
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
    fn insert_key(&self, key: Key, until: i64, now: i64) -> bool {
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

    fn sweep(&self, shard: &mut Shard<Key, i64, FxBuildHasher>, now: i64) {
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
