//! Moments as stores keep them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment in whole milliseconds since 1970-01-01T00:00:00Z, rounded down. What lies beyond is the nearest that there is.
#[must_use]
pub fn millis(moment: SystemTime) -> i64 {
    match moment.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => {
            let before = before.duration().as_nanos().div_ceil(1_000_000);
            i64::try_from(before).map_or(i64::MIN, i64::wrapping_neg)
        }
    }
}

/// The moment of so many [`millis`]. What the platform's clock cannot name is the nearest that it can.
#[must_use]
pub fn from_millis(millis: i64) -> SystemTime {
    let distance = Duration::from_millis(millis.unsigned_abs());
    let moment = if millis < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    moment.unwrap_or(UNIX_EPOCH)
}
