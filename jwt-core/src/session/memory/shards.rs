//! A sharded map, so threads seldom wait for each other.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The number of shards, in addition to the first.
const MORE: u64 = 63;

/// Six bits of the hash choose the shard. They are just below the seven highest bits, which the table of a shard uses,
/// as well as the lowest ones.
const BELOW: u32 = usize::BITS - 7 - 6;

/// The number of entries before the first sweep of a shard.
const FIRST_SWEEP: usize = 64;

pub(super) struct Shard<K, V, S = RandomState> {
    pub(super) entries: HashMap<K, V, S>,
    sweep_at: usize,
}

impl<K: Hash + Eq, V, S: BuildHasher + Default> Shard<K, V, S> {
    fn new() -> Self {
        Self { entries: HashMap::default(), sweep_at: FIRST_SWEEP }
    }

    /// Whether the number of entries has doubled since the last sweep. Each entry then pays for at most two visits.
    pub(super) fn is_due(&self) -> bool {
        self.entries.len() >= self.sweep_at
    }

    /// Keeps the entries that `stays` returns true for. Returns the number of removed entries.
    pub(super) fn sweep(&mut self, stays: impl FnMut(&K, &mut V) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(stays);
        let left = self.entries.len();
        self.sweep_at = left.saturating_mul(2).max(FIRST_SWEEP);
        before.saturating_sub(left)
    }
}

pub(super) struct Shards<K, V, S = RandomState> {
    first: Mutex<Shard<K, V, S>>,
    more: Vec<Mutex<Shard<K, V, S>>>,
    state: S,
}

impl<K: Hash + Eq, V, S: BuildHasher + Default> Shards<K, V, S> {
    pub(super) fn new() -> Self {
        let more = (0..MORE).map(|_| Mutex::new(Shard::new())).collect();
        Self { first: Mutex::new(Shard::new()), more, state: S::default() }
    }

    /// The shard for this key. No code panics while a shard is locked.
    pub(super) fn of<Q: Hash + ?Sized>(&self, key: &Q) -> MutexGuard<'_, Shard<K, V, S>> {
        let hash = self.state.hash_one(key) >> BELOW & MORE;
        let shard = usize::try_from(hash).ok().and_then(|index| self.more.get(index));
        lock(shard.unwrap_or(&self.first))
    }

    pub(super) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, Shard<K, V, S>>> {
        [&self.first].into_iter().chain(&self.more).map(lock)
    }
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
