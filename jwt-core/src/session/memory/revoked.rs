//! Revoked tokens, each stored as a number.

use std::hash::{BuildHasher as _, Hash as _, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};

use rustc_hash::FxBuildHasher;
use siphasher::sip128::{Hash128, Hasher128 as _, SipHasher13};

use super::MemoryError;
use super::shards::{Shard, Shards};
use crate::session::TokenRef;

/// The revoked tokens, and the times in milliseconds until which they are kept. Each token is stored as a keyed hash of
/// 128 bits with secret keys. If two tokens had the same hash, both would be rejected.
pub(super) struct RevokedIds {
    /// A fast hasher is enough for keys that are hashes already, because nobody can choose keys that collide.
    shards: Shards<Key, i64, FxBuildHasher>,
    hasher: SipHasher13,
    most: usize,
    len: AtomicUsize,
}

/// Two halves, because a 128-bit integer would be aligned to 16 bytes and make an entry a third larger.
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
        // An entry counts until it is removed, regardless of the time, because clocks can be set back.
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

/// Adds one to `len`, unless it has reached the limit.
pub(super) fn take_place(len: &AtomicUsize, most: usize) -> bool {
    let more = |len: usize| len.checked_add(1).filter(|len| *len <= most);
    len.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
}

pub(super) fn give_places_back(len: &AtomicUsize, places: usize) {
    len.fetch_sub(places, Ordering::Relaxed);
}
