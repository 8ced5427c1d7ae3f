//! Times lookups of tokens.

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use cpu_time::ThreadTime;
use futures_util::FutureExt as _;
use jwt_core::session::{IsRevokedRequest, MemorySessions, Revocation as _};

use crate::fill::{self, Filled};
use crate::ids;

/// The number of lookups that are timed together. The ids stay in a cache; the data that is read from the store does
/// not.
const BATCH: u64 = 2048;
const BATCHES: u64 = 32;
/// Numbers from here on belong to tokens that were not revoked.
const UNKNOWN: u64 = 1 << 40;
/// A prime, so steps of this size visit every number in a store before one repeats.
const STEP: u64 = 2_654_435_761;

/// Nanoseconds per lookup: medians of the thread's own CPU time.
pub struct Times {
    /// How many tokens are revoked.
    pub entries: u64,
    /// For comparison, reading one byte at random from an array with one byte per entry. Every lookup has to read at
    /// least as much.
    pub read: f64,
    /// Lookups of tokens that are not revoked.
    pub unknown: f64,
    /// Lookups of revoked tokens.
    pub revoked: f64,
}

/// A store for each of these numbers.
#[must_use]
pub fn ask(entries: &[u64], rounds: usize) -> Vec<Times> {
    let stores: Vec<_> = entries.iter().copied().map(Filled::new).collect();
    let bytes: Vec<_> = stores.iter().map(|filled| vec![1; fill::limit(filled.entries)]).collect();
    let mut all: Vec<_> = stores.iter().map(|_| (Vec::new(), Vec::new(), Vec::new())).collect();
    let mut next = 0;
    for _ in 0..rounds {
        for ((Filled { entries, store }, bytes), all) in stores.iter().zip(&bytes).zip(&mut all) {
            all.0.push(read(bytes, next));
            all.1.push(time(store, false, next, |number| UNKNOWN + number));
            all.2.push(time(store, true, next, |number| number.wrapping_mul(STEP) % entries));
        }
        next += BATCH * BATCHES;
    }
    let times = |(Filled { entries, .. }, (read, unknown, revoked))| {
        let [read, unknown, revoked] = [read, unknown, revoked].map(median);
        Times { entries, read, unknown, revoked }
    };
    stores.into_iter().zip(all).map(times).collect()
}

/// Each read depends on the one before, so reads cannot overlap, just as between two requests.
fn read(bytes: &[u8], first: u64) -> f64 {
    let mut spent = Duration::ZERO;
    for batch in 0..BATCHES {
        let first = first + batch * BATCH;
        let place = |number| ids::mixed(number) as usize % bytes.len();
        let places: Vec<_> = (first..first + BATCH).map(place).collect();
        let mut zero = 0;
        let start = ThreadTime::now();
        for place in &places {
            zero = usize::from(black_box(bytes[place - zero.min(*place)]) - 1);
        }
        spent += start.elapsed();
        black_box(zero);
    }
    spent.as_nanos() as f64 / (BATCH * BATCHES) as f64
}

fn time(store: &MemorySessions, revoked: bool, first: u64, number: impl Fn(u64) -> u64) -> f64 {
    let mut spent = Duration::ZERO;
    for batch in 0..BATCHES {
        let first = first + batch * BATCH;
        let ids: Vec<_> = (first..first + BATCH).map(|which| ids::id(number(which))).collect();
        let mut found = 0;
        let start = ThreadTime::now();
        for id in &ids {
            let answer = store
                .is_revoked(IsRevokedRequest::new(ids::token(black_box(id)), SystemTime::UNIX_EPOCH))
                .now_or_never();
            found += u64::from(matches!(answer, Some(Ok(true))));
        }
        spent += start.elapsed();
        assert_eq!(found, if revoked { BATCH } else { 0 });
    }
    spent.as_nanos() as f64 / (BATCH * BATCHES) as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
