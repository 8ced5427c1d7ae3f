//! How long sessions last.

use std::time::Duration;

use super::group::{Group, own, same};
use super::lifetimes::MAX_LIFETIME;
use super::setter::Setter::Seconds;
use crate::Config;
use crate::error::ConfigError;
use crate::session::SessionRules;

const MAX_GRACE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) session_expires: Duration,
    pub(super) session_idle_expires: Option<Duration>,
    pub(super) rotation_grace: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            session_expires: Duration::from_secs(90 * 24 * 60 * 60),
            session_idle_expires: None,
            rotation_grace: Duration::from_secs(10),
        }
    }
}

/// Sessions.
impl Config {
    /// How long a session lasts, however much it is used (RFC 9700, 4.14.2). Default: 90 days; where users may be asked
    /// to log in once a month, NIST SP 800-63B recommends 30. From one second to 100 years.
    pub const fn session_expires(mut self, lifetime: Duration) -> Self {
        self.sessions.session_expires = lifetime;
        self
    }

    /// How long a session lasts without a refresh or a renewed cookie (RFC 9700, 4.14.2). Default: as long as refresh
    /// tokens. From one second to 100 years.
    pub const fn session_idle_expires(mut self, idle: Duration) -> Self {
        self.sessions.session_idle_expires = Some(idle);
        self
    }

    /// How long after its exchange a refresh token still gives the current one: to a second tab that refreshes at the same
    /// time, and to a client whose reply was lost. Default: 10 seconds. At most 60; zero is never, and then two
    /// tabs that refresh at once are taken for a theft.
    pub const fn rotation_grace(mut self, grace: Duration) -> Self {
        self.sessions.rotation_grace = grace;
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        own("session_expires", Seconds(Config::session_expires)),
        own("session_idle_expires", Seconds(Config::session_idle_expires)),
        own("rotation_grace", Seconds(Config::rotation_grace)),
    ],
    flask: same,
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let options = &config.sessions;
    let limits = [
        ("session_expires", Some(options.session_expires)),
        ("session_idle_expires", options.session_idle_expires),
    ];
    for (option, limit) in limits {
        if limit.is_some_and(|limit| limit < Duration::from_secs(1) || limit > MAX_LIFETIME) {
            return Err(ConfigError::invalid(
                option,
                "is under one second or over 100 years: 90 days are usual",
            ));
        }
    }
    if options.rotation_grace > MAX_GRACE {
        return Err(ConfigError::invalid(
            "rotation_grace",
            "is over 60 seconds, in which a stolen token would work beside the current one: 10 are usual",
        ));
    }
    Ok(())
}

/// That the claims of sessions are not taken, where there are sessions.
pub(super) fn check_claims(config: &Config) -> Result<(), ConfigError> {
    if ["sid", "auth_time"].contains(&&*config.claims.identity_claim) {
        return Err(ConfigError::invalid(
            "identity_claim",
            "is a claim of sessions: use sub, or another name of your own",
        ));
    }
    Ok(())
}

/// An idle limit that is not configured is the lifetime of refresh tokens.
pub(super) fn compile(config: &Config) -> SessionRules {
    let Config { sessions, lifetimes, .. } = config;
    let idle = sessions.session_idle_expires.or(lifetimes.refresh_token_expires);
    SessionRules {
        expires: sessions.session_expires,
        idle: idle.unwrap_or(sessions.session_expires),
        grace: sessions.rotation_grace,
        leeway: lifetimes.exp_leeway,
    }
}
