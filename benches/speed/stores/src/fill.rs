//! Fills stores, one token at a time.

use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use jwt_core::session::{MemorySessions, Revocation as _, RevokeRequest};

use crate::ids;

/// Creates a store with this many revoked tokens.
pub(crate) struct Filled {
    pub(crate) entries: u64,
    pub(crate) store: MemorySessions,
}

impl Filled {
    pub(crate) fn new(entries: u64) -> Self {
        let store = MemorySessions::with_limit(limit(entries));
        let until = until();
        (0..entries).for_each(|number| revoke(&store, number, until));
        eprintln!("{entries} entries: filled");
        Self { entries, store }
    }
}

/// Bytes per entry, at the end and at the peak. The size is checked all the time, because tables double.
#[cfg(feature = "allocations")]
#[must_use]
pub fn size(entries: u64) -> (f64, f64) {
    use allocation_counter::measure;

    /// From this many entries on, each one counts.
    const FROM: u64 = 10_000;

    let mut store = None;
    let mut bytes = measure(|| store = Some(MemorySessions::with_limit(limit(entries)))).bytes_current;
    let store = store.expect("a store");
    let until = until();
    let (mut filled, mut worst) = (0, 0.0_f64);
    while filled < entries {
        // Between two measurements, the store grows by less than a percent.
        let numbers = filled..filled + (filled / 128).clamp(1, entries - filled);
        filled = numbers.end;
        bytes += measure(|| numbers.for_each(|number| revoke(&store, number, until))).bytes_current;
        if filled >= FROM {
            worst = worst.max(bytes as f64 / filled as f64);
        }
    }
    (bytes as f64 / entries as f64, worst)
}

pub(crate) fn limit(entries: u64) -> usize {
    usize::try_from(entries).expect("no more than fit into memory")
}

fn until() -> SystemTime {
    SystemTime::now() + Duration::from_secs(3600)
}

fn revoke(store: &MemorySessions, number: u64, until: SystemTime) {
    let id = ids::id(number);
    let revoked =
        store.revoke(RevokeRequest::new(ids::token(&id), Some(until), SystemTime::UNIX_EPOCH)).now_or_never();
    revoked.expect("memory does not wait").expect("there is room");
}
