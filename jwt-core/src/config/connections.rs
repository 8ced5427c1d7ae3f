//! Connections that live longer than a request.

use std::time::Duration;

use super::group::{Group, own, same};
use super::setter::Setter::Seconds;
use crate::Config;
use crate::error::ConfigError;

const LONGEST: Duration = Duration::from_secs(60 * 60);

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) check_interval: Duration,
    pub(super) outage_limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { check_interval: Duration::from_secs(10), outage_limit: Duration::from_secs(60) }
    }
}

/// Connections.
impl Config {
    /// Sets how often the tokens of open connections are looked up in the store. Default: 10 seconds. It must be between
    /// 100 milliseconds and one hour, and at most half of the [`connection_outage_limit`](Self::connection_outage_limit).
    ///
    /// If another node ends a session, `JwtManager::ends` completes after at most this time,
    /// plus the time that the store needs, which is at most 10 seconds, and the bound of a store with a local copy. What the
    /// same manager ends takes effect at once.
    ///
    /// Each node of a service looks up the tokens of all its connections once per interval.
    pub const fn connection_check_interval(mut self, interval: Duration) -> Self {
        self.connections.check_interval = interval;
        self
    }

    /// Sets how long a connection stays open if its token cannot be checked, because the store or the blocklist loader
    /// fails. Default: 60 seconds. It must be between one second and one hour, and at least twice the
    /// [`connection_check_interval`](Self::connection_check_interval).
    ///
    /// The time counts from the first check that fails. Connections end with `EndReason::Unavailable` after 75 to 100 % of
    /// it, so their clients do not all come back at once.
    pub const fn connection_outage_limit(mut self, limit: Duration) -> Self {
        self.connections.outage_limit = limit;
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        own("connection_check_interval", Seconds(Config::connection_check_interval)),
        own("connection_outage_limit", Seconds(Config::connection_outage_limit)),
    ],
    flask: same,
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let Options { check_interval, outage_limit } = config.connections;
    if !(Duration::from_millis(100)..=LONGEST).contains(&check_interval) {
        return Err(ConfigError::invalid(
            "connection_check_interval",
            "must be between 100 milliseconds and one hour: 10 seconds is the default",
        ));
    }
    if !(Duration::from_secs(1)..=LONGEST).contains(&outage_limit) {
        return Err(ConfigError::invalid(
            "connection_outage_limit",
            "must be between one second and one hour: 60 seconds is the default",
        ));
    }
    // A connection waits for 75 % of the limit or longer, and must see a check in this time.
    if check_interval.saturating_mul(2) > outage_limit {
        return Err(ConfigError::invalid(
            "connection_outage_limit",
            "must be at least twice the connection_check_interval, or every connection ends between two checks",
        ));
    }
    Ok(())
}
