use std::time::Duration;

/// How long sessions last; the compiled form of the configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRules {
    pub(crate) expires: Duration,
    pub(crate) idle: Duration,
    pub(crate) grace: Duration,
    /// How long after its expiry a token is still accepted.
    pub(crate) leeway: Duration,
}
