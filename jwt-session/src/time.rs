//! Conversion between `SystemTime` and milliseconds, the unit that stores use.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Converts a time to whole milliseconds since 1970-01-01T00:00:00Z, rounded down.
///
/// Times before 1970 are negative. A time that does not fit is clamped to [`i64::MIN`] or [`i64::MAX`].
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

/// Converts [`millis`] back to a time.
///
/// Returns 1970-01-01T00:00:00Z if the platform's clock cannot represent the time.
#[must_use]
pub fn from_millis(millis: i64) -> SystemTime {
    let distance = Duration::from_millis(millis.unsigned_abs());
    let moment = if millis < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    moment.unwrap_or(UNIX_EPOCH)
}
