//! A bound for what a client can cause any number of.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// How many tokens are reported in a minute, at most.
const MOST: usize = 16_384;

/// The revoked tokens that were reported in this minute. They must not fill an audit log, or push the events of others out
/// of its queue.
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
    pub(super) fn is_due(&self, token: impl Hash, now: SystemTime) -> bool {
        let hash = self.keys.hash_one(token);
        let minute = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().div_euclid(60);
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.minute != minute {
            reported.minute = minute;
            reported.hashes.clear();
        }
        reported.hashes.len() < MOST && reported.hashes.insert(hash)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_minute_has_a_bound() {
        let (seldom, minute) = (Seldom::default(), Duration::from_secs(60));
        for start in [UNIX_EPOCH, UNIX_EPOCH + minute] {
            for (tokens, due) in [(0..10_000, 10_000), (0..10_000, 0), (10_000..30_000, MOST - 10_000)] {
                let found = tokens.filter(|token| seldom.is_due(token, start + minute / 2)).count();
                assert_eq!(found, due);
            }
        }
    }
}
