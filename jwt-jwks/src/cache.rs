//! How long a response is fresh (RFC 9111, 4.2).

use std::ops::RangeInclusive;
use std::time::Duration;

use headers::{Age, CacheControl, HeaderMapExt};
use http::HeaderMap;

/// The time to live of a response without `max-age`.
const USUAL: Duration = Duration::from_secs(600);

/// `max-age` minus `Age`, within the limits. `no-store` and `no-cache` are the lower limit, because each check of a token
/// can't fetch.
pub(crate) fn time_to_live(headers: &HeaderMap, limits: &RangeInclusive<Duration>) -> Duration {
    let control = headers.typed_get::<CacheControl>();
    let stated = match control {
        Some(control) if control.no_store() || control.no_cache() => Some(Duration::ZERO),
        Some(control) => control.max_age(),
        None => None,
    };
    // The bound counts from when the server sent the response, not from when a cache did.
    let age = age(headers);
    let most = limits.end().saturating_sub(age).max(*limits.start());
    stated.unwrap_or(USUAL).saturating_sub(age).clamp(*limits.start(), most)
}

/// How long ago the server sent the response or confirmed it (RFC 9111, 5.1).
pub(crate) fn age(headers: &HeaderMap) -> Duration {
    headers.typed_get::<Age>().map_or(Duration::ZERO, |age| Duration::from_secs(age.as_secs()))
}

/// A random point within 75 to 90 percent, so that the processes of an application do not all refresh at once.
pub(crate) fn refresh_after(time_to_live: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    time_to_live.mul_f64(0.75 + 0.15 * (f64::from(random) / f64::from(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{refresh_after, time_to_live};

    fn of(fields: &[(&'static str, &'static str)]) -> u64 {
        let fields = fields
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let limits = Duration::from_secs(60)..=Duration::from_secs(3600);
        time_to_live(&fields.collect::<HeaderMap>(), &limits).as_secs()
    }

    #[test]
    fn the_server_decides_within_limits() {
        assert_eq!(of(&[]), 600);
        assert_eq!(of(&[("cache-control", "public, max-age=1200")]), 1200);
        assert_eq!(of(&[("cache-control", "max-age=1200"), ("age", "200")]), 1000);
        assert_eq!(of(&[("cache-control", "max-age=1200"), ("age", "9999999999")]), 60);
        assert_eq!(of(&[("cache-control", "max-age=86400")]), 3600);
        assert_eq!(of(&[("cache-control", "max-age=86400"), ("age", "3500")]), 100);
        assert_eq!(of(&[("cache-control", "max-age=86400"), ("age", "3600")]), 60);
        assert_eq!(of(&[("age", "400")]), 200);
        assert_eq!(of(&[("cache-control", "max-age=18446744073709551615")]), 3600);
        assert_eq!(of(&[("cache-control", "max-age=0")]), 60);
        assert_eq!(of(&[("cache-control", "no-store")]), 60);
        assert_eq!(of(&[("cache-control", "no-cache, max-age=1200")]), 60);
        assert_eq!(of(&[("cache-control", "must-revalidate")]), 600);
        assert_eq!(of(&[("cache-control", "max-age=soon")]), 600);
    }

    #[test]
    fn refreshing_is_spread() {
        let times: Vec<_> = (0..200).map(|_| refresh_after(Duration::from_secs(1000)).as_millis()).collect();
        assert!(times.iter().all(|time| (750_000..=900_000).contains(time)));
        assert!(times.iter().max().unwrap() - times.iter().min().unwrap() > 50_000);
    }
}
