//! Moments with nanosecond precision.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const NANOS: i128 = 1_000_000_000;
/// From the first second of the year 1 to the last second of the year 9999. Times outside this range are mistakes, and
/// overflow in other libraries.
const SECONDS: RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// A moment, in nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Moment(i128);

impl Moment {
    /// Reads a NumericDate (RFC 7519, 2): a JSON number of seconds, with or without a fraction. It must be between the
    /// years 1 and 9999, unless `any` is set. Returns `None` for anything else.
    pub(crate) fn from_json(json: &str, any: bool) -> Option<Self> {
        if !json.starts_with('+')
            && let Ok(seconds) = json.parse::<i64>()
        {
            let moment = Self(i128::from(seconds).saturating_mul(NANOS));
            return (any || SECONDS.contains(&seconds)).then_some(moment);
        }
        let moment = Self::of_fraction(json)?;
        (any || SECONDS.contains(&moment.seconds())).then_some(moment)
    }

    fn of_fraction(json: &str) -> Option<Self> {
        let number = serde_json::from_str::<f64>(json).ok().filter(|number| number.is_finite())?;
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        let (seconds, nanos) = (number.trunc() as i128, (number.fract() * NANOS as f64) as i128);
        Some(Self(seconds.saturating_mul(NANOS).saturating_add(nanos)))
    }

    pub(crate) fn from_seconds(seconds: i64) -> Option<Self> {
        SECONDS.contains(&seconds).then(|| Self(i128::from(seconds).saturating_mul(NANOS)))
    }

    pub(crate) const fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add_unsigned(duration.as_nanos()))
    }

    /// The whole seconds, as in a NumericDate.
    pub(crate) fn seconds(self) -> i64 {
        let seconds = self.0.div_euclid(NANOS);
        i64::try_from(seconds).unwrap_or(if seconds < 0 { i64::MIN } else { i64::MAX })
    }

    /// The seconds with a fraction, with microsecond precision.
    pub(crate) fn fractional_seconds(self) -> f64 {
        (self.0.div_euclid(1_000)) as f64 / 1e6
    }

    /// Returns `None` if the platform's clock cannot represent the moment.
    pub(crate) fn to_system_time(self) -> Option<SystemTime> {
        let distance = self.0.unsigned_abs();
        let seconds = u64::try_from(distance.div_euclid(NANOS.unsigned_abs())).ok()?;
        let nanos = u32::try_from(distance.rem_euclid(NANOS.unsigned_abs())).ok()?;
        let distance = Duration::new(seconds, nanos);
        if self.0 < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
    }
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(0).plus(after),
            Err(before) => Self(0_i128.saturating_sub_unsigned(before.duration().as_nanos())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly() {
        let at = |json| Moment::from_json(json, false).map(|moment| moment.0);
        assert_eq!(at("0"), Some(0));
        assert_eq!(at("1661960666"), Some(1_661_960_666 * NANOS));
        assert_eq!(at("1661960666.5"), Some(1_661_960_666 * NANOS + NANOS / 2));
        assert_eq!(at("1.661960666e9"), Some(1_661_960_666 * NANOS));
        assert_eq!(at("-1.5"), Some(-NANOS - NANOS / 2));
        assert_eq!(at("-62135596800"), Some(-62_135_596_800 * NANOS));
        assert_eq!(at("253402300799"), Some(i128::from(*SECONDS.end()) * NANOS));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for json in [
            "253402300800",
            "-62135596801",
            "-62135596801.5",
            "9223372036854775807",
            "-9223372036854775808",
            "99999999999999999999",
            "1e300",
            "1e999",
            "\"5\"",
            "null",
            "true",
            "[1]",
            "{}",
            "NaN",
            "",
            "0x10",
            "+5",
            " 5x",
        ] {
            assert_eq!(Moment::from_json(json, false), None, "{json}");
        }
    }

    #[test]
    fn by_choice_any_number_is_a_moment() {
        let at = |json| Moment::from_json(json, true);
        assert!(at("253402300800") > at("253402300799"));
        assert!(at("1e300") > at("9223372036854775807"));
        assert!(at("-1e300") < at("0"));
        assert_eq!(at("1e300").and_then(Moment::to_system_time), None);
        for json in ["1e999", "\"5\"", "null", "true", "NaN"] {
            assert_eq!(at(json), None, "{json}");
        }
    }

    #[test]
    fn system_times_keep_their_nanoseconds_on_both_sides_of_the_epoch() {
        for time in [
            UNIX_EPOCH + Duration::new(1_893_455_999, 999_999_999),
            UNIX_EPOCH - Duration::new(5, 1),
            UNIX_EPOCH,
        ] {
            assert_eq!(Moment::from(time).to_system_time(), Some(time));
        }
        assert_eq!(Moment::from(UNIX_EPOCH + Duration::new(7, 999_999_999)).seconds(), 7);
        assert_eq!(Moment::from(UNIX_EPOCH - Duration::new(0, 1)).seconds(), -1);
    }
}
