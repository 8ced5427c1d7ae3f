//! Times as the scripts use them: whole milliseconds, limited to the 53 bits of a Lua number.

use std::time::{Duration, SystemTime};

use jwt_session::from_millis;

/// More than 285,000 years before or after 1970. Times further away are clamped.
const FARTHEST: i64 = 1 << 53;

fn within(millis: i64) -> i64 {
    millis.clamp(-FARTHEST, FARTHEST)
}

/// Rounds down to a millisecond.
pub(crate) fn millis(time: SystemTime) -> i64 {
    within(jwt_session::millis(time))
}

/// Rounds up to a millisecond, so a token stays revoked until it has expired.
pub(crate) fn millis_up(time: SystemTime) -> i64 {
    let whole = millis(time);
    if from_millis(whole) < time { whole.saturating_add(1) } else { whole }
}

/// Returns the start of the second, which is the precision of `iat`.
pub(crate) fn second(time: SystemTime) -> i64 {
    millis(time).div_euclid(1000).saturating_mul(1000)
}

/// Returns the second when a token was issued. A token without `iat` could be older than any cutoff.
pub(crate) fn issued(at: Option<SystemTime>) -> i64 {
    at.map_or(-FARTHEST, second)
}

pub(crate) fn duration(duration: Duration) -> i64 {
    within(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

/// Adds a duration to a moment.
pub(crate) fn after(moment: i64, distance: Duration) -> i64 {
    within(moment.saturating_add(duration(distance)))
}

/// Returns the start and end of the window for a rotation that is less than `grace` ago. The end is in the future,
/// because the clock may have been set back since.
pub(crate) fn window(grace: Duration, now: i64) -> (i64, i64) {
    let grace = duration(grace);
    (within(now.saturating_sub(grace)), within(now.saturating_add(grace)))
}
