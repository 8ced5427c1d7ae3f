//! Times as scripts have them: whole milliseconds, of which Lua keeps 53 bits.

use std::time::{Duration, SystemTime};

use jwt_session::from_millis;

/// More than 285,000 years from 1970 in either direction: what lies beyond is as far.
const FARTHEST: i64 = 1 << 53;

fn within(millis: i64) -> i64 {
    millis.clamp(-FARTHEST, FARTHEST)
}

/// Rounded to the earlier millisecond.
pub(crate) fn millis(time: SystemTime) -> i64 {
    within(jwt_session::millis(time))
}

/// Rounded to the later millisecond: a token is revoked until it has expired, not until shortly before.
pub(crate) fn millis_up(time: SystemTime) -> i64 {
    let whole = millis(time);
    if from_millis(whole) < time { whole.saturating_add(1) } else { whole }
}

/// The start of the second, as the `iat` of a token has it.
pub(crate) fn second(time: SystemTime) -> i64 {
    millis(time).div_euclid(1000).saturating_mul(1000)
}

/// A token that does not say when it was issued may be older than anything.
pub(crate) fn issued(at: Option<SystemTime>) -> i64 {
    at.map_or(-FARTHEST, second)
}

pub(crate) fn duration(duration: Duration) -> i64 {
    within(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

/// So long after a moment.
pub(crate) fn after(moment: i64, distance: Duration) -> i64 {
    within(moment.saturating_add(duration(distance)))
}

/// What lies in it was rotated less than `grace` ago, by a clock that may have been set back since.
pub(crate) fn window(grace: Duration, now: i64) -> (i64, i64) {
    let grace = duration(grace);
    (within(now.saturating_sub(grace)), within(now.saturating_add(grace)))
}
