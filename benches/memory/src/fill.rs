//! Stores, filled one token after another.

use std::time::{Duration, SystemTime};

use allocation_counter::measure;
use futures_util::FutureExt as _;
use jwt_core::session::{MemorySessions, Revocation as _};

use crate::ids;

/// From so many entries on, each counts.
const FROM: u64 = 10_000;

/// A store of as many revoked tokens, and what it takes.
pub(crate) struct Filled {
    pub(crate) entries: u64,
    pub(crate) store: MemorySessions,
    /// An entry, now.
    pub(crate) bytes: f64,
    /// An entry, when it was most.
    pub(crate) worst: f64,
    /// How many entries there were then.
    pub(crate) worst_at: u64,
}

impl Filled {
    pub(crate) fn new(entries: u64) -> Self {
        let mut store = None;
        let mut bytes = measure(|| store = Some(MemorySessions::with_limit(limit(entries)))).bytes_current;
        let store = store.expect("a store");
        let until = SystemTime::now() + Duration::from_secs(3600);
        let (mut worst, mut worst_at, mut each) = (0.0, 0, 0.0);
        let mut filled = 0;
        while filled < entries {
            // Between two looks, it grows by less than a percent.
            let more = (filled / 128).clamp(1, entries - filled);
            let numbers = filled..filled + more;
            bytes += measure(|| numbers.for_each(|number| revoke(&store, number, until))).bytes_current;
            filled += more;
            each = bytes as f64 / filled as f64;
            if filled >= FROM && each > worst {
                (worst, worst_at) = (each, filled);
            }
        }
        eprintln!("{entries} entries: filled");
        Self { entries, store, bytes: each, worst, worst_at }
    }
}

pub(crate) fn limit(entries: u64) -> usize {
    usize::try_from(entries).expect("no more than fit into memory")
}

fn revoke(store: &MemorySessions, number: u64, until: SystemTime) {
    let id = ids::id(number);
    let revoked = store.revoke(ids::token(&id), Some(until), SystemTime::UNIX_EPOCH).now_or_never();
    revoked.expect("memory does not wait").expect("there is room");
}
