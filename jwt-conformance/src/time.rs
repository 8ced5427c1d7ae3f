//! The times of the checks. No check sleeps.

use std::time::{Duration, SystemTime};

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
pub(crate) const YEAR: i64 = 366 * DAY;

/// How long the previous token still yields the current one.
pub(crate) const GRACE: i64 = 10 * SECOND;
/// How long a session can be idle.
pub(crate) const IDLE: i64 = 10 * DAY;
/// The absolute limit: how long a session lasts at most.
pub(crate) const LIFE: i64 = 100 * DAY;

/// 2030-01-01T00:00:00Z, in milliseconds.
const BASE: i64 = 1_893_456_000 * SECOND;

/// Returns the moment this many milliseconds after the start of the check, or before it if negative.
pub(crate) fn at(milliseconds: i64) -> SystemTime {
    let since = u64::try_from(BASE + milliseconds).expect("a time after 1970");
    SystemTime::UNIX_EPOCH + Duration::from_millis(since)
}

pub(crate) fn millis(milliseconds: i64) -> Duration {
    Duration::from_millis(milliseconds.unsigned_abs())
}

/// The parameters of a rotation.
#[derive(Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) grace: Duration,
    pub(crate) keep: Duration,
    pub(crate) idle: Duration,
}

/// Returns the policy with [`GRACE`] and [`IDLE`], which keeps no token.
pub(crate) fn policy() -> Policy {
    Policy { grace: millis(GRACE), keep: Duration::ZERO, idle: millis(IDLE) }
}

/// Returns the policy without a grace period.
pub(crate) fn strict() -> Policy {
    Policy { grace: Duration::ZERO, ..policy() }
}

/// Returns the policy for clients that share a token. It keeps the current token for as long as the grace period.
pub(crate) fn shared() -> Policy {
    Policy { keep: millis(GRACE), ..policy() }
}
