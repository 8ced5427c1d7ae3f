//! The options of open connections.

use std::time::Duration;

use jwt_core::Config;

use crate::support::{builder, secs};

#[test]
fn a_limit_that_no_check_could_meet_is_an_error() {
    for (config, option) in [
        (Config::default().connection_check_interval(Duration::ZERO), "connection_check_interval"),
        (Config::default().connection_check_interval(Duration::from_millis(99)), "connection_check_interval"),
        (Config::default().connection_check_interval(secs(3601)), "connection_check_interval"),
        (Config::default().connection_outage_limit(Duration::from_millis(999)), "connection_outage_limit"),
        (Config::default().connection_outage_limit(secs(3601)), "connection_outage_limit"),
        (Config::default().connection_outage_limit(secs(19)), "connection_outage_limit"),
        (Config::default().connection_check_interval(secs(31)), "connection_outage_limit"),
    ] {
        let error = builder(config).build().unwrap_err().to_string();
        assert!(error.contains(option), "{error}");
    }
    for config in [
        Config::default().connection_check_interval(secs(30)),
        Config::default().connection_outage_limit(secs(20)),
        Config::default()
            .connection_check_interval(Duration::from_millis(100))
            .connection_outage_limit(secs(1)),
        Config::default().connection_check_interval(secs(1800)).connection_outage_limit(secs(3600)),
    ] {
        builder(config).build().unwrap();
    }
}
