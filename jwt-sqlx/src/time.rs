//! Times as the database stores them: whole milliseconds since the Unix epoch.

use std::time::{Duration, SystemTime};

use jwt_session::{from_millis, millis};

pub(crate) const LONGEST_LIMIT: Duration = Duration::from_secs(3600);

/// Clamps a time limit to a range that timers and database settings can represent.
pub(crate) fn time_limit(limit: Duration) -> Duration {
    limit.clamp(Duration::from_millis(1), LONGEST_LIMIT)
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

pub(crate) fn duration(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn whole_milliseconds_go_through_unchanged() {
        for whole in [i64::MIN, -253_402_300_800_000, -1001, -1, 0, 1, 999, 1_700_000_000_123, i64::MAX] {
            assert_eq!(millis(from_millis(whole)), whole);
            assert_eq!(millis_up(from_millis(whole)), whole);
        }
    }

    #[test]
    fn parts_of_a_millisecond_are_rounded_to_the_safe_side() {
        for whole in [-2_i64, -1, 0, 1] {
            let part = from_millis(whole) + Duration::from_micros(1);
            assert_eq!((millis(part), millis_up(part)), (whole, whole + 1));
        }
    }

    #[test]
    fn a_second_starts_before_its_parts_also_before_the_epoch() {
        for (part, start) in
            [(1999, 1000), (1000, 1000), (999, 0), (-1, -1000), (-1000, -1000), (-1001, -2000)]
        {
            assert_eq!(second(from_millis(part)), start);
        }
        assert_eq!(second(from_millis(i64::MIN)), i64::MIN);
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
