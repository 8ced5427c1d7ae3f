//! The lifetime and the labels of sessions.

use std::time::Duration;

use super::group::{Group, own, same};
use super::lifetimes::MAX_LIFETIME;
use super::setter::Setter::{Count, Flag, Seconds};
use crate::Config;
use crate::error::ConfigError;
use crate::session::{LabelRules, SessionRules};

const MAX_GRACE: Duration = Duration::from_secs(60);
/// In characters. Every session in the store can have a label.
const MAX_LABEL: usize = 1000;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) session_expires: Duration,
    pub(super) session_idle_expires: Option<Duration>,
    pub(super) rotation_grace: Duration,
    pub(super) session_label_limit: usize,
    pub(super) reject_invalid_labels: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            session_expires: Duration::from_secs(90 * 24 * 60 * 60),
            session_idle_expires: None,
            rotation_grace: Duration::from_secs(10),
            session_label_limit: 200,
            reject_invalid_labels: false,
        }
    }
}

/// Sessions.
impl Config {
    /// Sets the maximum lifetime of a session, regardless of how often it is used (RFC 9700, 4.14.2). Default: 90 days.
    /// It must be between one second and 100 years.
    ///
    /// NIST SP 800-63B recommends 30 days for services that can ask users to log in once a month.
    pub const fn session_expires(mut self, lifetime: Duration) -> Self {
        self.sessions.session_expires = lifetime;
        self
    }

    /// Sets how long a session lasts without a refresh or a renewed cookie (RFC 9700, 4.14.2). Default: the lifetime of
    /// refresh tokens. It must be between one second and 100 years.
    pub const fn session_idle_expires(mut self, idle: Duration) -> Self {
        self.sessions.session_idle_expires = Some(idle);
        self
    }

    /// Sets how long a refresh token can be exchanged again after its first exchange. Default: 10 seconds. The maximum
    /// is 60 seconds.
    ///
    /// During this time, the client gets the current refresh token. This helps a second tab that refreshes at the same
    /// time, and a client that did not get the response. If it is zero, two tabs that refresh at the same time look
    /// like a theft.
    pub const fn rotation_grace(mut self, grace: Duration) -> Self {
        self.sessions.rotation_grace = grace;
        self
    }

    /// Sets the maximum length of a session's [label](crate::Login::label), in characters (Unicode scalar values), from
    /// 1 to 1,000. Default: 200.
    ///
    /// Labels often come from clients, such as a `User-Agent` field, and stores keep them as long as the session. A
    /// longer label is cut, unless [`reject_invalid_labels`](Self::reject_invalid_labels) is set.
    pub const fn session_label_limit(mut self, characters: usize) -> Self {
        self.sessions.session_label_limit = characters;
        self
    }

    /// Sets whether a login with an invalid label is rejected. Default: no.
    ///
    /// A label is invalid if it is longer than [`session_label_limit`](Self::session_label_limit), or if it contains a
    /// control character, a line separator, or a character that overrides the direction of text (Unicode Standard Annex
    /// 9), because it could then change how a list of sessions looks. By default, long labels are cut, and each of these
    /// characters becomes a space.
    ///
    /// The error is [`InvalidRequest::Label`](crate::error::InvalidRequest::Label), with the response 400, because
    /// clients can cause it. No session starts.
    pub const fn reject_invalid_labels(mut self, reject: bool) -> Self {
        self.sessions.reject_invalid_labels = reject;
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        own("session_expires", Seconds(Config::session_expires)),
        own("session_idle_expires", Seconds(Config::session_idle_expires)),
        own("rotation_grace", Seconds(Config::rotation_grace)),
        own("session_label_limit", Count(Config::session_label_limit)),
        own("reject_invalid_labels", Flag(Config::reject_invalid_labels)),
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
                "must be between one second and 100 years: 90 days is typical",
            ));
        }
    }
    if options.rotation_grace > MAX_GRACE {
        return Err(ConfigError::invalid(
            "rotation_grace",
            "must be at most 60 seconds, because a stolen token can be exchanged for that long: 10 is typical",
        ));
    }
    if !(1..=MAX_LABEL).contains(&options.session_label_limit) {
        return Err(ConfigError::invalid(
            "session_label_limit",
            "must be between 1 and 1,000 characters, because stores keep a label for each session: 200 is typical",
        ));
    }
    Ok(())
}

/// Returns an error if the identity claim is a claim of sessions. Only applies to managers with sessions.
pub(super) fn check_claims(config: &Config) -> Result<(), ConfigError> {
    if ["sid", "auth_time"].contains(&&*config.claims.identity_claim) {
        return Err(ConfigError::invalid(
            "identity_claim",
            "must not be a claim of sessions: use sub or a different name",
        ));
    }
    Ok(())
}

/// If the idle limit is not configured, it is the lifetime of refresh tokens.
pub(super) fn compile(config: &Config) -> SessionRules {
    let Config { sessions, lifetimes, .. } = config;
    let idle = sessions.session_idle_expires.or(lifetimes.refresh_token_expires);
    SessionRules {
        expires: sessions.session_expires,
        idle: idle.unwrap_or(sessions.session_expires),
        grace: sessions.rotation_grace,
        leeway: lifetimes.exp_leeway,
        labels: LabelRules { limit: sessions.session_label_limit, reject: sessions.reject_invalid_labels },
    }
}
