use std::time::Duration;

use super::{LabelRules, SessionLimit};

/// The lifetime, the labels, and the number of sessions, compiled from the configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRules {
    pub(crate) expires: Duration,
    pub(crate) idle: Duration,
    pub(crate) grace: Duration,
    /// How long a token is still accepted after it has expired.
    pub(crate) leeway: Duration,
    pub(crate) labels: LabelRules,
    /// The maximum number of sessions of a subject.
    pub(crate) limit: Option<SessionLimit>,
    /// After how many uses within the grace period in a row a session ends.
    pub(crate) grace_uses: Option<u32>,
    /// How long after an exchange access tokens are renewed.
    pub(crate) renewal: Option<Duration>,
    /// How often to look at the tokens of open connections.
    #[cfg(feature = "tokio")]
    pub(crate) check_interval: Duration,
    /// How long a connection stays open while its token cannot be looked at.
    #[cfg(feature = "tokio")]
    pub(crate) outage_limit: Duration,
}
