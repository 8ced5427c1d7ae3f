use std::time::Duration;

use crate::error::FetchError;

/// The state of an issuer's keys, for metrics and for a page of the operator.
///
/// It is not enough for a readiness probe: nothing is fetched before the first request, so an application that gets no
/// request before it is ready would never be. Call [`ready`](crate::RemoteIssuer::ready) in the probe.
///
/// ```
/// use jwt_jwks::RemoteIssuer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = RemoteIssuer::file("https://login.example", "keys/login.json").build()?;
/// let status = login.status();
/// assert_eq!((status.keys(), status.age(), status.is_usable()), (0, None, false));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Status {
    pub(crate) keys: usize,
    pub(crate) age: Option<Duration>,
    pub(crate) is_fresh: bool,
    pub(crate) is_usable: bool,
    pub(crate) failures: u32,
    pub(crate) last_error: Option<(FetchError, Duration)>,
    pub(crate) waiting: usize,
}

impl Status {
    /// Returns the number of public keys that are known, whether they are still used or not. A key that serves several
    /// algorithms counts once for each.
    #[must_use]
    pub const fn keys(&self) -> usize {
        self.keys
    }

    /// Returns the time since the start of the last successful fetch, or `None` if there was none. Export it as a metric.
    #[must_use]
    pub const fn age(&self) -> Option<Duration> {
        self.age
    }

    /// Returns whether the keys are within their time to live. It is `false` if there was no request for a while.
    #[must_use]
    pub const fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// Returns whether there are keys that an outage would not stop from being used now.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        self.is_usable
    }

    /// Returns the number of failed attempts since the last successful one.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Returns the error of the last attempt, or `None` if it succeeded.
    #[must_use]
    pub fn last_error(&self) -> Option<&FetchError> {
        self.last_error.as_ref().map(|(error, _)| error)
    }

    /// Returns the time since the last attempt failed, or `None` if it succeeded.
    #[must_use]
    pub fn last_error_age(&self) -> Option<Duration> {
        self.last_error.as_ref().map(|(_, age)| *age)
    }

    /// Returns the number of requests that wait for keys, at most 1,000.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.waiting
    }
}
