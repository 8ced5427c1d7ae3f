//! The lifetimes of tokens, and the tolerance for clock differences.

use std::time::Duration;

use super::group::{Group, flask, own};
use super::setter::Setter::{Flag, Lifetime, Seconds};
use crate::Config;
use crate::error::ConfigError;
use crate::token::{Leeways, Lifetimes};

const MAX_LEEWAY: Duration = Duration::from_secs(300);
pub(super) const MAX_LIFETIME: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) access_token_expires: Option<Duration>,
    pub(super) refresh_token_expires: Option<Duration>,
    pub(super) exp_leeway: Duration,
    pub(super) nbf_leeway: Duration,
    pub(super) iat_leeway: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            access_token_expires: Some(Duration::from_secs(15 * 60)),
            refresh_token_expires: Some(Duration::from_secs(30 * 24 * 60 * 60)),
            exp_leeway: Duration::ZERO,
            nbf_leeway: Duration::from_secs(5),
            iat_leeway: Duration::from_secs(5),
        }
    }
}

/// Lifetimes and leeways.
impl Config {
    /// Sets the lifetime of access tokens, and of tokens of custom kinds. Default: 15 minutes. It must be between one
    /// second and 100 years.
    pub const fn access_token_expires(mut self, lifetime: Duration) -> Self {
        self.lifetimes.access_token_expires = Some(lifetime);
        self
    }

    /// Sets the lifetime of refresh tokens. Default: 30 days. It must be between one second and 100 years.
    ///
    /// The refresh token of a session does not outlive the session's limits. If
    /// [`session_idle_expires`](Self::session_idle_expires) is shorter than this lifetime, the token expires at the
    /// idle limit. If `session_idle_expires` is not set, this lifetime is the idle limit as well. Each exchange issues
    /// a token with the whole lifetime. The adapter's `renew` does not, so a session that is only ever renewed can
    /// still be listed after its refresh token has expired.
    pub const fn refresh_token_expires(mut self, lifetime: Duration) -> Self {
        self.lifetimes.refresh_token_expires = Some(lifetime);
        self
    }

    /// Issues access tokens, and tokens of custom kinds, that never expire. The manager then no longer requires `exp`
    /// in any of its tokens. Default: no.
    ///
    /// A stolen token then works until the key is replaced. This is `JWT_ACCESS_TOKEN_EXPIRES = False` in
    /// flask-jwt-extended.
    pub fn insecure_access_never_expires(mut self) -> Self {
        self.lifetimes.access_token_expires = None;
        self.claims.allow_missing_exp = true;
        self
    }

    /// Issues refresh tokens that never expire. The manager then no longer requires `exp` in any token. Default: no.
    ///
    /// A stolen token then works until the key is replaced. This is `JWT_REFRESH_TOKEN_EXPIRES = False` in
    /// flask-jwt-extended.
    pub fn insecure_refresh_never_expires(mut self) -> Self {
        self.lifetimes.refresh_token_expires = None;
        self.claims.allow_missing_exp = true;
        self
    }

    /// Issues only tokens that never expire. Default: no.
    ///
    /// This calls [`insecure_access_never_expires`](Self::insecure_access_never_expires) and
    /// [`insecure_refresh_never_expires`](Self::insecure_refresh_never_expires).
    pub fn insecure_never_expires(self) -> Self {
        self.insecure_access_never_expires().insecure_refresh_never_expires()
    }

    /// Sets the tolerance for clock differences in the checks of `exp`, `nbf`, and `iat`. Default: 0 for `exp`, and 5
    /// seconds for `nbf` and `iat`. The maximum is 300 seconds.
    pub const fn decode_leeway(self, leeway: Duration) -> Self {
        self.exp_leeway(leeway).nbf_leeway(leeway).iat_leeway(leeway)
    }

    /// Sets how long after its `exp` a token is still accepted. Default: 0. The maximum is 300 seconds.
    pub const fn exp_leeway(mut self, leeway: Duration) -> Self {
        self.lifetimes.exp_leeway = leeway;
        self
    }

    /// Sets how long before its `nbf` a token is accepted. Default: 5 seconds. The maximum is 300 seconds.
    pub const fn nbf_leeway(mut self, leeway: Duration) -> Self {
        self.lifetimes.nbf_leeway = leeway;
        self
    }

    /// Sets how far in the future `iat` can be. Default: 5 seconds. The maximum is 300 seconds.
    pub const fn iat_leeway(mut self, leeway: Duration) -> Self {
        self.lifetimes.iat_leeway = leeway;
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        // Before the options for one kind of token or one claim.
        own(
            "insecure_never_expires",
            Flag(|config, on| if on { config.insecure_never_expires() } else { config }),
        ),
        own(
            "insecure_access_never_expires",
            Flag(|config, on| if on { config.insecure_access_never_expires() } else { config }),
        ),
        own(
            "insecure_refresh_never_expires",
            Flag(|config, on| if on { config.insecure_refresh_never_expires() } else { config }),
        ),
        flask(
            "access_token_expires",
            "JWT_ACCESS_TOKEN_EXPIRES",
            Lifetime(|config, lifetime| match lifetime {
                Some(lifetime) => config.access_token_expires(lifetime),
                None => config.insecure_access_never_expires(),
            }),
        ),
        flask(
            "refresh_token_expires",
            "JWT_REFRESH_TOKEN_EXPIRES",
            Lifetime(|config, lifetime| match lifetime {
                Some(lifetime) => config.refresh_token_expires(lifetime),
                None => config.insecure_refresh_never_expires(),
            }),
        ),
        flask("decode_leeway", "JWT_DECODE_LEEWAY", Seconds(Config::decode_leeway)),
        own("exp_leeway", Seconds(Config::exp_leeway)),
        own("nbf_leeway", Seconds(Config::nbf_leeway)),
        own("iat_leeway", Seconds(Config::iat_leeway)),
    ],
    flask: |config| config.decode_leeway(Duration::ZERO),
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let options = &config.lifetimes;
    let lifetimes = [
        ("access_token_expires", options.access_token_expires),
        ("refresh_token_expires", options.refresh_token_expires),
    ];
    for (option, lifetime) in lifetimes {
        if lifetime.is_some_and(|lifetime| lifetime < Duration::from_secs(1)) {
            return Err(ConfigError::invalid(
                option,
                "must be at least one second: set a longer lifetime, or call insecure_never_expires()",
            ));
        }
        if lifetime.is_some_and(|lifetime| lifetime > MAX_LIFETIME) {
            return Err(ConfigError::invalid(
                option,
                "must be at most 100 years: set a shorter lifetime, or call insecure_never_expires()",
            ));
        }
    }
    let leeways = [
        ("exp_leeway", options.exp_leeway),
        ("nbf_leeway", options.nbf_leeway),
        ("iat_leeway", options.iat_leeway),
    ];
    for (option, leeway) in leeways {
        if leeway > MAX_LEEWAY {
            return Err(ConfigError::invalid(
                option,
                "must be at most 300 seconds: synchronize the clocks instead",
            ));
        }
    }
    Ok(())
}

impl Options {
    pub(super) const fn leeways(&self) -> Leeways {
        Leeways { exp: self.exp_leeway, nbf: self.nbf_leeway, iat: self.iat_leeway }
    }

    pub(super) const fn lifetimes(&self) -> Lifetimes {
        Lifetimes { access: self.access_token_expires, refresh: self.refresh_token_expires }
    }
}
