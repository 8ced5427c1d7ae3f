//! The cookies with tokens: what they are called, and who gets them.

use std::time::Duration;

use http::HeaderName;

use super::csrf::CsrfCookies;
use super::group::{Group, flask, own};
use super::names::Names;
use super::same_site::SameSite;
use super::setter::Setter::{self, Flag, Text, TextOrNone};
use crate::Config;
use crate::error::ConfigError;

/// The reference's year.
const KEPT_FOR: Duration = Duration::from_secs(31_540_000);

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) access_cookie_name: String,
    pub(super) refresh_cookie_name: String,
    pub(super) access_cookie_path: String,
    pub(super) refresh_cookie_path: String,
    pub(super) cookie_secure: bool,
    pub(super) cookie_domain: Option<String>,
    pub(super) cookie_same_site: Option<SameSite>,
    pub(super) session_cookie: bool,
    pub(super) cookie_partitioned: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            access_cookie_name: "access_token_cookie".into(),
            refresh_cookie_name: "refresh_token_cookie".into(),
            access_cookie_path: "/".into(),
            refresh_cookie_path: "/".into(),
            cookie_secure: true,
            cookie_domain: None,
            cookie_same_site: Some(SameSite::Lax),
            session_cookie: true,
            cookie_partitioned: false,
        }
    }
}

/// The cookies with tokens.
impl Config {
    /// The cookie with the access token, and with tokens of custom kinds. Default: `access_token_cookie`. A
    /// cookie's name (RFC 6265, 4.1.1), another than those of the other three on the same path. What `__Host-` and
    /// `__Secure-` promise must hold.
    pub fn access_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookies.access_cookie_name = name.into();
        self
    }

    /// The cookie with the refresh token. Default: `refresh_token_cookie`. Bounds as of
    /// [`access_cookie_name`](Self::access_cookie_name).
    pub fn refresh_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookies.refresh_cookie_name = name.into();
        self
    }

    /// The path below which the access cookie is sent; what cannot stand in one is percent-encoded, and
    /// none is that of the response. Default: `/`.
    pub fn access_cookie_path(mut self, path: impl Into<String>) -> Self {
        self.cookies.access_cookie_path = path.into();
        self
    }

    /// The path below which the refresh cookie is sent. Default: `/`.
    pub fn refresh_cookie_path(mut self, path: impl Into<String>) -> Self {
        self.cookies.refresh_cookie_path = path.into();
        self
    }

    /// Whether cookies are sent over HTTPS only. Default: yes.
    pub const fn cookie_secure(mut self, secure: bool) -> Self {
        self.cookies.cookie_secure = secure;
        self
    }

    /// The domain that gets the cookies, with those below it, in ASCII; a port and a leading dot are left out. Default:
    /// none, which is the host alone.
    pub fn cookie_domain(mut self, domain: impl Into<String>) -> Self {
        self.cookies.cookie_domain = Some(domain.into());
        self
    }

    /// Whether other sites make browsers send the cookies; `None` leaves it to the browser. Default:
    /// [`SameSite::Lax`]. The reference's `JWT_COOKIE_SAMESITE`.
    pub fn cookie_same_site(mut self, same_site: impl Into<Option<SameSite>>) -> Self {
        self.cookies.cookie_same_site = same_site.into();
        self
    }

    /// Whether cookies end with the browser's session; otherwise they are kept for a year. Default: yes.
    pub const fn session_cookie(mut self, session: bool) -> Self {
        self.cookies.session_cookie = session;
        self
    }

    /// Whether cookies are kept apart for each site that embeds this one (CHIPS). Needs
    /// [`cookie_secure`](Self::cookie_secure). Default: no.
    pub const fn cookie_partitioned(mut self, partitioned: bool) -> Self {
        self.cookies.cookie_partitioned = partitioned;
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        flask("access_cookie_name", "JWT_ACCESS_COOKIE_NAME", Text(Config::access_cookie_name)),
        flask("refresh_cookie_name", "JWT_REFRESH_COOKIE_NAME", Text(Config::refresh_cookie_name)),
        flask("access_cookie_path", "JWT_ACCESS_COOKIE_PATH", Text(Config::access_cookie_path)),
        flask("refresh_cookie_path", "JWT_REFRESH_COOKIE_PATH", Text(Config::refresh_cookie_path)),
        flask("cookie_secure", "JWT_COOKIE_SECURE", Flag(Config::cookie_secure)),
        flask(
            "cookie_domain",
            "JWT_COOKIE_DOMAIN",
            TextOrNone(|mut config, domain| {
                config.cookies.cookie_domain = domain;
                config
            }),
        ),
        flask("cookie_same_site", "JWT_COOKIE_SAMESITE", Setter::SameSite(Config::cookie_same_site)),
        flask("session_cookie", "JWT_SESSION_COOKIE", Flag(Config::session_cookie)),
        own("cookie_partitioned", Flag(Config::cookie_partitioned)),
    ],
    flask: |config| config.cookie_secure(false).cookie_same_site(None),
    check,
};

/// That browsers keep the cookies, under the names that promise something (RFC 6265bis, 4.1.3).
fn check(config: &Config) -> Result<(), ConfigError> {
    let Options { cookie_secure, cookie_domain, cookie_partitioned, .. } = &config.cookies;
    let (tokens, csrf) = (&config.cookies, &config.csrf);
    let cookies = [
        ("access_cookie_name", &tokens.access_cookie_name, &tokens.access_cookie_path),
        ("refresh_cookie_name", &tokens.refresh_cookie_name, &tokens.refresh_cookie_path),
        ("access_csrf_cookie_name", &csrf.access_csrf_cookie_name, &csrf.access_csrf_cookie_path),
        ("refresh_csrf_cookie_name", &csrf.refresh_csrf_cookie_name, &csrf.refresh_csrf_cookie_path),
    ];
    for (index, (option, name, path)) in cookies.into_iter().enumerate() {
        // The characters of a cookie's name are those of a header's (RFC 6265, 4.1.1).
        if HeaderName::try_from(name).is_err() {
            return Err(ConfigError::invalid(
                option,
                "is no cookie name (RFC 6265, 4.1.1): use letters, digits, - and _",
            ));
        }
        // A browser keeps one cookie of a name and a path (RFC 6265, 5.3).
        if cookies.iter().take(index).any(|(_, other, of)| *other == name && *of == path) {
            return Err(ConfigError::invalid(
                option,
                "is that of another cookie of the same path: each needs a name, or a path, of its own",
            ));
        }
        if is_for_one_host(name) && (!cookie_secure || path != "/" || cookie_domain.is_some()) {
            return Err(ConfigError::invalid(
                option,
                "starts with __Host-, and browsers drop it otherwise: use cookie_secure(true), the path / and no cookie_domain",
            ));
        }
        if has_prefix(name, "__Secure-") && !cookie_secure {
            return Err(ConfigError::invalid(
                option,
                "starts with __Secure-, and browsers drop it without Secure: call cookie_secure(true)",
            ));
        }
    }
    if cookie_domain.as_deref().is_some_and(|domain| !is_domain(domain)) {
        return Err(ConfigError::invalid(
            "cookie_domain",
            "is no domain: write it in ASCII and without a scheme, such as example.com or xn--bcher-kva.example",
        ));
    }
    if *cookie_partitioned && !cookie_secure {
        return Err(ConfigError::invalid(
            "cookie_partitioned",
            "is set without Secure, and browsers drop such cookies: call cookie_secure(true)",
        ));
    }
    Ok(())
}

/// Letters, digits, hyphens and dots, perhaps with a port, which no cookie has and which is left out.
fn is_domain(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    host.bytes().all(is_part) && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the name promises that there is no domain.
pub(crate) fn is_for_one_host(name: &str) -> bool {
    has_prefix(name, "__Host-")
}

/// Browsers compare without regard to case (RFC 6265bis, 5.4).
pub(crate) fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// The cookies that tokens are looked for in.
#[derive(Debug)]
pub(crate) struct TokenCookies {
    pub(crate) names: Names,
}

/// How cookies are set.
#[derive(Debug)]
pub(crate) struct CookieRules {
    pub(crate) tokens: Names,
    pub(crate) token_paths: Names,
    /// `None` where no CSRF cookies are set.
    pub(crate) csrf: Option<CsrfCookies>,
    pub(crate) secure: bool,
    pub(crate) same_site: Option<SameSite>,
    pub(crate) domain: Option<Box<str>>,
    pub(crate) partitioned: bool,
    /// `None` for cookies that end with the browser's session.
    pub(crate) max_age: Option<Duration>,
}

pub(super) fn compile(config: &Config) -> CookieRules {
    let options = &config.cookies;
    CookieRules {
        tokens: options.names(),
        token_paths: Names::paths(&options.access_cookie_path, &options.refresh_cookie_path),
        csrf: config.csrf.cookies(),
        secure: options.cookie_secure,
        same_site: options.cookie_same_site,
        domain: options.cookie_domain.as_deref().and_then(domain),
        partitioned: options.cookie_partitioned,
        max_age: (!options.session_cookie).then_some(KEPT_FOR),
    }
}

impl Options {
    pub(super) fn names(&self) -> Names {
        Names::new(&self.access_cookie_name, &self.refresh_cookie_name)
    }
}

/// Without a port and a leading dot, neither of which is looked at (RFC 6265, 5.2.3).
fn domain(domain: &str) -> Option<Box<str>> {
    let host = domain.split(':').next().unwrap_or_default().trim_start_matches('.');
    (!host.is_empty()).then(|| host.into())
}
