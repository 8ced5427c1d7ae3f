//! Times as the database has them: whole milliseconds since the epoch.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) const LONGEST_LIMIT: Duration = Duration::from_secs(3600);

/// What a call may take, in bounds that timers and settings of databases have room for.
pub(crate) fn time_limit(limit: Duration) -> Duration {
    limit.clamp(Duration::from_millis(1), LONGEST_LIMIT)
}

/// Rounded to the earlier millisecond; what is beyond the numbers becomes the last of them.
pub(crate) fn millis(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => {
            let whole = before.duration().as_nanos().div_ceil(1_000_000);
            i64::try_from(whole).map_or(i64::MIN, i64::saturating_neg)
        }
    }
}

/// Rounded to the later millisecond: a token is revoked until it has expired, not until shortly before.
pub(crate) fn millis_up(time: SystemTime) -> i64 {
    let whole = millis(time);
    if moment(whole) < time { whole.saturating_add(1) } else { whole }
}

/// The start of the second, as the `iat` of a token has it.
pub(crate) fn second(time: SystemTime) -> i64 {
    millis(time).div_euclid(1000).saturating_mul(1000)
}

pub(crate) fn duration(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn moment(millis: i64) -> SystemTime {
    let distance = Duration::from_millis(millis.unsigned_abs());
    let moment = if millis < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    // No time that this platform can say was ever stored as one that it cannot say.
    moment.unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_milliseconds_go_through_unchanged() {
        for whole in [i64::MIN, -253_402_300_800_000, -1001, -1, 0, 1, 999, 1_700_000_000_123, i64::MAX] {
            assert_eq!(millis(moment(whole)), whole);
            assert_eq!(millis_up(moment(whole)), whole);
        }
    }

    #[test]
    fn parts_of_a_millisecond_are_rounded_to_the_safe_side() {
        for whole in [-2_i64, -1, 0, 1] {
            let part = moment(whole) + Duration::from_micros(1);
            assert_eq!((millis(part), millis_up(part)), (whole, whole + 1));
        }
    }

    #[test]
    fn a_second_starts_before_its_parts_also_before_the_epoch() {
        for (part, start) in
            [(1999, 1000), (1000, 1000), (999, 0), (-1, -1000), (-1000, -1000), (-1001, -2000)]
        {
            assert_eq!(second(moment(part)), start);
        }
        assert_eq!(second(moment(i64::MIN)), i64::MIN);
    }

    #[test]
    fn what_is_beyond_the_numbers_is_the_last_of_them() {
        let far = Duration::from_secs(1 << 62);
        assert_eq!(millis(UNIX_EPOCH + far), i64::MAX);
        assert_eq!(millis_up(UNIX_EPOCH + far), i64::MAX);
        assert_eq!(millis(UNIX_EPOCH - far), i64::MIN);
        assert_eq!(duration(Duration::MAX), i64::MAX);
    }
}
