use std::time::Duration;

use super::LabelRules;

/// The lifetime and the labels of sessions, compiled from the configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRules {
    pub(crate) expires: Duration,
    pub(crate) idle: Duration,
    pub(crate) grace: Duration,
    /// How long a token is still accepted after it has expired.
    pub(crate) leeway: Duration,
    pub(crate) labels: LabelRules,
}
