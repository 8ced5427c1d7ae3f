//! The lifetime and the labels of sessions.

use std::time::Duration;

use super::group::{Group, own};
use super::lifetimes::MAX_LIFETIME;
use super::setter::Setter::{Count, Flag, Seconds};
use crate::Config;
use crate::error::ConfigError;
use crate::session::{LabelRules, SessionLimit, SessionRules};
use crate::token::SESSION_CLAIMS;

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
    /// `None` means any number.
    max_sessions_per_user: Option<usize>,
    reject_login_at_session_limit: bool,
    /// `None` means never.
    end_session_after_grace_uses: Option<usize>,
    /// `None` means as long as the session lasts.
    renewal_expires: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            session_expires: Duration::from_secs(90 * 24 * 60 * 60),
            session_idle_expires: None,
            rotation_grace: Duration::from_secs(10),
            session_label_limit: 200,
            reject_invalid_labels: false,
            max_sessions_per_user: Some(100),
            reject_login_at_session_limit: false,
            end_session_after_grace_uses: None,
            renewal_expires: Some(Duration::from_secs(24 * 60 * 60)),
        }
    }
}

/// Sessions.
impl Config {
    /// Sets the maximum lifetime of a session, regardless of how often it is used (RFC 9700, 4.14.2). Default: 90 days.
    /// It must be between one second and 100 years.
    ///
    /// NIST SP 800-63B recommends 30 days for services that can ask users to log in once a month. The guide has a
    /// [table of all limits](crate::guide::single_page_app#how-long-a-login-lasts).
    pub const fn session_expires(mut self, lifetime: Duration) -> Self {
        self.sessions.session_expires = lifetime;
        self
    }

    /// Sets how long a session lasts without a refresh or a renewed cookie (RFC 9700, 4.14.2). Default: the lifetime of
    /// refresh tokens. It must be between one second and 100 years.
    ///
    /// The tokens of a login or an exchange do not outlive this limit either: if it is shorter than
    /// [`refresh_token_expires`](Self::refresh_token_expires), it also determines the `exp` of the refresh token. A
    /// request with an access token does not extend the session.
    ///
    /// A renewed cookie extends the session, but not the refresh token. A session that only `renew` keeps alive is
    /// therefore still listed after its refresh token has expired. When its access token has expired as well, the user
    /// has to log in again.
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
    ///
    /// A refresh token in a cookie is not exchanged again for this long after the exchange that issued it. The client
    /// gets a new access token and the same refresh token. The tabs of a browser share their cookies, so a third tab
    /// could otherwise present a token that two others have exchanged one after the other.
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
    /// 9), because it could then change how a list of sessions looks. By default, long labels are cut, and each of
    /// these characters becomes a space.
    ///
    /// The error is [`InvalidRequest::Label`](crate::error::InvalidRequest::Label), with the response 400, because
    /// clients can cause it. No session starts.
    pub const fn reject_invalid_labels(mut self, reject: bool) -> Self {
        self.sessions.reject_invalid_labels = reject;
        self
    }

    /// Sets the maximum number of sessions of one user. Default: 100. It must be between 1 and 1000.
    ///
    /// When a user with this many sessions logs in, expired sessions end first. Then the session that was unused for
    /// longest ends, and [`SessionEvents::session_evicted`](crate::session::SessionEvents::session_evicted) reports it.
    /// A session is used at its login, by an exchange, and by a renewed cookie. A request with an access token does not
    /// count as use, because it does not write to the store. The client of the ended session gets the response of
    /// [`revoked_token`](crate::ErrorHandlers::revoked_token), 401 by default. Without a limit, one account can fill
    /// the store and slow it down for everyone.
    ///
    /// If you lower the limit, the surplus sessions of a user end at the user's next login.
    ///
    /// Anyone who knows the password can log in often enough to end all other sessions of the account. The owner then
    /// has to log in again, and sees the other sessions in the list. If several people share an account, the limit
    /// applies to all of them together. A lower limit is a policy of the application, such as "at most five devices".
    pub const fn max_sessions_per_user(mut self, sessions: usize) -> Self {
        self.sessions.max_sessions_per_user = Some(sessions);
        self
    }

    /// Sets whether a login is rejected if the user already has the maximum number of sessions. Default: no, an older
    /// session ends.
    ///
    /// The login then returns [`TokenError::TooManySessions`](crate::TokenError::TooManySessions), which
    /// [`ErrorHandlers::too_many_sessions`](crate::ErrorHandlers::too_many_sessions) responds to with 409. Offer a way
    /// to [end a session without logging in](crate::guide::scaling#ending-a-session-without-logging-in): otherwise, a
    /// thief with the password can lock the owner out until the sessions expire.
    pub const fn reject_login_at_session_limit(mut self, reject: bool) -> Self {
        self.sessions.reject_login_at_session_limit = reject;
        self
    }

    /// Does not limit the number of sessions of a user. Default: 100.
    ///
    /// One account can then fill the store, or make every list of its sessions expensive.
    pub const fn insecure_unlimited_sessions(mut self) -> Self {
        self.sessions.max_sessions_per_user = None;
        self
    }

    /// Sets after how many exchanges in a row a session ends if each of them was followed by a use of the previous
    /// refresh token within the [grace period](Self::rotation_grace). Default: never. It must be at least 2.
    ///
    /// A thief and an owner who take turns look like this, and so do two tabs of one user. Each such use is an
    /// [event](crate::session::SessionEvents::used_within_grace) in any case, with the number of exchanges. If it
    /// reaches this number, the session ends as if the token had been reused (RFC 9700, 4.14.2). Use it if your clients
    /// have a single place that refreshes, such as a mobile app.
    pub const fn end_session_after_grace_uses(mut self, exchanges: usize) -> Self {
        self.sessions.end_session_after_grace_uses = Some(exchanges);
        self
    }

    /// Sets how long after the last login or exchange an access token can be renewed by the adapter's `renew`. Default:
    /// 24 hours. It must be between one second and 100 years.
    ///
    /// A renewed token does not outlive this time either. So a stolen access cookie works for this long at most after
    /// the exchange that it came from, even if a thief has it renewed over and over. Later exchanges by the owner do
    /// not extend it.
    pub const fn renewal_expires(mut self, lifetime: Duration) -> Self {
        self.sessions.renewal_expires = Some(lifetime);
        self
    }

    /// Lets the adapter's `renew` renew an access token as long as its session lasts, as implicit refresh in
    /// flask-jwt-extended does. Default: 24 hours after the last login or exchange.
    ///
    /// A stolen access cookie then works as long as the session, 90 days by default.
    pub const fn insecure_unlimited_renewal(mut self) -> Self {
        self.sessions.renewal_expires = None;
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
        // Before the option with a value.
        own(
            "insecure_unlimited_sessions",
            Flag(|config, on| if on { config.insecure_unlimited_sessions() } else { config }),
        ),
        own("max_sessions_per_user", Count(Config::max_sessions_per_user)),
        own("reject_login_at_session_limit", Flag(Config::reject_login_at_session_limit)),
        own("end_session_after_grace_uses", Count(Config::end_session_after_grace_uses)),
        own(
            "insecure_unlimited_renewal",
            Flag(|config, on| if on { config.insecure_unlimited_renewal() } else { config }),
        ),
        own("renewal_expires", Seconds(Config::renewal_expires)),
    ],
    flask: Config::insecure_unlimited_renewal,
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let options = &config.sessions;
    let limits = [
        ("session_expires", Some(options.session_expires)),
        ("session_idle_expires", options.session_idle_expires),
        ("renewal_expires", options.renewal_expires),
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
    if options.max_sessions_per_user.is_some_and(|sessions| !(1..=SessionLimit::MAX).contains(&sessions)) {
        return Err(ConfigError::invalid(
            "max_sessions_per_user",
            "must be between 1 and 1000: 100 is typical, and 5 if a user may have few devices",
        ));
    }
    if options.reject_login_at_session_limit && options.max_sessions_per_user.is_none() {
        return Err(ConfigError::invalid(
            "reject_login_at_session_limit",
            "needs a limit: set max_sessions_per_user, and remove insecure_unlimited_sessions",
        ));
    }
    if options.end_session_after_grace_uses.is_some_and(|exchanges| exchanges < 2) {
        return Err(ConfigError::invalid(
            "end_session_after_grace_uses",
            "must be at least 2, because a lost response looks like one: set rotation_grace to zero to allow none",
        ));
    }
    Ok(())
}

/// Returns an error if the identity claim is a claim of sessions. Only applies to managers with sessions.
pub(super) fn check_claims(config: &Config) -> Result<(), ConfigError> {
    if SESSION_CLAIMS.contains(&&*config.claims.identity_claim) {
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
        limit: sessions.max_sessions_per_user.map(match sessions.reject_login_at_session_limit {
            true => SessionLimit::reject,
            false => SessionLimit::evict,
        }),
        grace_uses: sessions.end_session_after_grace_uses.map(|uses| u32::try_from(uses).unwrap_or(u32::MAX)),
        renewal: sessions.renewal_expires,
        #[cfg(feature = "tokio")]
        check_interval: config.connections.check_interval,
        #[cfg(feature = "tokio")]
        outage_limit: config.connections.outage_limit,
    }
}
