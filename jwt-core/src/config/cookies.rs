//! Token cookies: their names, and the requests that carry them.

use std::time::Duration;

use http::HeaderName;

use super::csrf::CsrfCookies;
use super::group::{Group, flask, own};
use super::names::Names;
use super::same_site::SameSite;
use super::setter::Setter::{self, Flag, Text, TextOrNone};
use crate::Config;
use crate::error::ConfigError;

/// The lifetime of persistent cookies, as in flask-jwt-extended: about a year.
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
    pub(super) cookie_until_session_end: bool,
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
            cookie_until_session_end: false,
            cookie_partitioned: false,
        }
    }
}

/// Token cookies.
impl Config {
    /// Sets the name of the cookie with the access token, or with a token of a custom kind. Default:
    /// `access_token_cookie`.
    ///
    /// It must be a valid cookie name (RFC 6265, 4.1.1), and it must differ from the names of the other three cookies
    /// on the same path. If it starts with `__Host-` or `__Secure-`, the cookie must meet the requirements of that
    /// prefix (RFC 6265bis, 4.1.3).
    pub fn access_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookies.access_cookie_name = name.into();
        self
    }

    /// Sets the name of the cookie with the refresh token. Default: `refresh_token_cookie`. The rules of
    /// [`access_cookie_name`](Self::access_cookie_name) apply.
    pub fn refresh_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookies.refresh_cookie_name = name.into();
        self
    }

    /// Sets the `Path` of the access cookie. Browsers send the cookie only to this path and the paths below it.
    /// Default: `/`.
    ///
    /// Characters that a path can't contain are percent-encoded. If the path is empty, browsers use the directory of
    /// the request's path (RFC 6265, 5.1.4).
    pub fn access_cookie_path(mut self, path: impl Into<String>) -> Self {
        self.cookies.access_cookie_path = path.into();
        self
    }

    /// Sets the `Path` of the refresh cookie. Browsers send the cookie only to this path and the paths below it.
    /// Default: `/`.
    pub fn refresh_cookie_path(mut self, path: impl Into<String>) -> Self {
        self.cookies.refresh_cookie_path = path.into();
        self
    }

    /// Sets whether browsers send the cookies only over HTTPS. Default: yes.
    pub const fn cookie_secure(mut self, secure: bool) -> Self {
        self.cookies.cookie_secure = secure;
        self
    }

    /// Sets the `Domain` of the cookies. Browsers send the cookies to this domain and its subdomains. Default: none, so
    /// browsers send them only to the host that set them.
    ///
    /// It must be in ASCII. A port and a leading dot are dropped.
    pub fn cookie_domain(mut self, domain: impl Into<String>) -> Self {
        self.cookies.cookie_domain = Some(domain.into());
        self
    }

    /// Sets the `SameSite` attribute of the cookies, which controls whether browsers send them with requests from other
    /// sites. If this is `None`, the cookies have no `SameSite` attribute, and the browser decides. Default:
    /// [`SameSite::Lax`].
    ///
    /// This is flask-jwt-extended's `JWT_COOKIE_SAMESITE`.
    pub fn cookie_same_site(mut self, same_site: impl Into<Option<SameSite>>) -> Self {
        self.cookies.cookie_same_site = same_site.into();
        self
    }

    /// Sets whether browsers delete the cookies when they are closed. Otherwise, they keep the cookies for a year.
    /// Default: yes.
    pub const fn session_cookie(mut self, session: bool) -> Self {
        self.cookies.session_cookie = session;
        self
    }

    /// Sets whether browsers keep the cookies of a session until the session ends, even if the browser is closed.
    /// Default: no.
    ///
    /// With this option, the cookies of a session's tokens have a `Max-Age` that lasts until the end of the session,
    /// which [`session_expires`](Self::session_expires) determines. It applies to
    /// [`pair_cookies`](crate::JwtManager::pair_cookies), to `Auth`, and to `renew`. Cookies of other tokens follow
    /// [`session_cookie`](Self::session_cookie).
    ///
    /// A cookie does not expire together with its token. Otherwise, a request with an expired token would look like a
    /// request without a token, and the client would not know that it should refresh.
    pub const fn cookie_until_session_end(mut self, until_end: bool) -> Self {
        self.cookies.cookie_until_session_end = until_end;
        self
    }

    /// Sets whether browsers partition the cookies by the site that embeds this one (CHIPS). Default: no.
    ///
    /// This requires [`cookie_secure`](Self::cookie_secure).
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
        own("cookie_until_session_end", Flag(Config::cookie_until_session_end)),
        own("cookie_partitioned", Flag(Config::cookie_partitioned)),
    ],
    flask: |config| config.cookie_secure(false).cookie_same_site(None),
    check,
};

/// Checks that browsers accept the cookies, and that cookies with a prefix meet its requirements (RFC 6265bis, 4.1.3).
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
        // Cookie names and header names allow the same characters (RFC 6265, 4.1.1).
        if HeaderName::try_from(name).is_err() {
            return Err(ConfigError::invalid(
                option,
                "is not a valid cookie name (RFC 6265, 4.1.1): use letters, digits, - and _",
            ));
        }
        // A browser keeps one cookie per name and path (RFC 6265, 5.3).
        if cookies.iter().take(index).any(|(_, other, of)| *other == name && *of == path) {
            return Err(ConfigError::invalid(
                option,
                "is already the name of a cookie on the same path: use a different name or path",
            ));
        }
        if is_for_one_host(name) && (!cookie_secure || path != "/" || cookie_domain.is_some()) {
            return Err(ConfigError::invalid(
                option,
                "starts with __Host-, so browsers require Secure, the path /, and no domain: use cookie_secure(true), the path /, and no cookie_domain",
            ));
        }
        if has_prefix(name, "__Secure-") && !cookie_secure {
            return Err(ConfigError::invalid(
                option,
                "starts with __Secure-, so browsers require Secure: use cookie_secure(true)",
            ));
        }
    }
    if cookie_domain.as_deref().is_some_and(|domain| !is_domain(domain)) {
        return Err(ConfigError::invalid(
            "cookie_domain",
            "is not a valid domain: write it in ASCII and without a scheme, such as example.com or xn--bcher-kva.example",
        ));
    }
    if *cookie_partitioned && !cookie_secure {
        return Err(ConfigError::invalid(
            "cookie_partitioned",
            "requires Secure, because browsers drop such cookies otherwise: use cookie_secure(true)",
        ));
    }
    Ok(())
}

/// Whether the text has only letters, digits, hyphens, underscores, and dots, optionally followed by a port, which is
/// dropped.
fn is_domain(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    host.bytes().all(is_part) && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the prefix of the name forbids a domain.
pub(crate) fn is_for_one_host(name: &str) -> bool {
    has_prefix(name, "__Host-")
}

/// Browsers ignore case (RFC 6265bis, 5.4).
pub(crate) fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// The cookies that can contain a token.
#[derive(Debug)]
pub(crate) struct TokenCookies {
    pub(crate) names: Names,
}

/// How cookies are set.
#[derive(Debug)]
pub(crate) struct CookieRules {
    pub(crate) tokens: Names,
    pub(crate) token_paths: Names,
    /// `None` if no CSRF cookies are set.
    pub(crate) csrf: Option<CsrfCookies>,
    pub(crate) secure: bool,
    pub(crate) same_site: Option<SameSite>,
    pub(crate) domain: Option<Box<str>>,
    pub(crate) partitioned: bool,
    /// `None` for cookies that end when the browser is closed.
    pub(crate) max_age: Option<Duration>,
    pub(crate) until_session_end: bool,
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
        until_session_end: options.cookie_until_session_end,
    }
}

impl Options {
    pub(super) fn names(&self) -> Names {
        Names::new(&self.access_cookie_name, &self.refresh_cookie_name)
    }
}

/// The domain without a port and a leading dot, which browsers ignore (RFC 6265, 5.2.3).
fn domain(domain: &str) -> Option<Box<str>> {
    let host = domain.split(':').next().unwrap_or_default().trim_start_matches('.');
    (!host.is_empty()).then(|| host.into())
}
