//! Token cookies: their names, and the requests that carry them.

use std::time::Duration;

use http::HeaderName;

use super::cookie_scope::{self, CookieScope, FormerScope};
use super::csrf::CsrfCookies;
use super::group::{Group, flask, own};
use super::names::{Names, path};
use super::same_site::SameSite;
use super::setter::Setter::{self, Flag, Text, TextOrNone};
use crate::Config;
use crate::error::ConfigError;

/// The lifetime of persistent cookies, as in flask-jwt-extended: about a year.
const KEPT_FOR: Duration = Duration::from_secs(31_540_000);

/// The maximum number of former scopes. Each adds up to four fields to a response.
const MOST_FORMER: usize = 8;

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
    pub(super) former_cookie_scopes: Vec<CookieScope>,
    pub(super) insecure_same_site_none: bool,
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
            former_cookie_scopes: Vec::new(),
            insecure_same_site_none: false,
        }
    }
}

/// Token cookies.
impl Config {
    /// Sets the name of the cookie with the access token, or with a token of a custom kind. Default:
    /// `access_token_cookie`.
    ///
    /// It must be a valid cookie name (RFC 6265, 4.1.1), and it must differ from the names of the other three cookies
    /// on the same path. If it starts with `__Secure-`, `__Host-`, `__Http-`, or `__Host-Http-`, in any case, the
    /// cookie must meet the requirements of that prefix (RFC 6265bis, 4.1.3).
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
    /// Characters that a path can't contain are percent-encoded. If the path is empty or does not start with a slash,
    /// browsers use the directory of the request's path (RFC 6265, 5.1.4).
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
    /// [`SameSite::None`] requires [`cookie_secure`](Self::cookie_secure), because browsers drop the cookies otherwise
    /// (RFC 6265bis, 5.7).
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

    /// Sets the scopes of the cookies that an earlier release of the application used: each a domain and a path. There
    /// can be at most 8. Default: none.
    ///
    /// If a release changes [`cookie_domain`](Self::cookie_domain) or a path, the cookies of the earlier release stay
    /// in the browser, and it sends both cookies of one name. By default, such a request gets a 400, because one of
    /// them can be from an attacker on a sibling domain. With this option:
    ///
    /// - A login, an exchange, and a renewal remove the cookies of the former scopes, and a logout removes all cookies.
    /// - Of at most four cookies of one name, the manager chooses one. Those that its keys did not sign are ignored.
    ///   The others must name the same issuer and the same identity, even if they have expired. Otherwise, the request
    ///   gets a 400. Of those of the kind that the route requires, the one that was issued last and has not expired
    ///   counts. If several were issued last, or all have expired, the first one in the request counts. Only this one
    ///   is checked for revocation, and the CSRF value must be its own.
    /// - If a request with several cookies of one name is rejected, the response removes those of the former scopes,
    ///   but not if it is an exchange, and not with a 503. It never removes a cookie of the current scope.
    ///
    /// This takes precedence over [`first_token_wins`](Self::first_token_wins).
    ///
    /// Keep the option until the *cookies* of the earlier release have expired, which is later than their tokens. A
    /// browser sends a cookie whose token has expired, too, and without this option every request with it and the
    /// current cookie gets a 400, even after a new login. With [`session_cookie(false)`](Self::session_cookie),
    /// browsers keep cookies for a year. With [`cookie_until_session_end`](Self::cookie_until_session_end), they keep
    /// those of a session for up to [`session_expires`](Self::session_expires) after the login. Otherwise, they keep
    /// them until they are closed, which can be months later.
    ///
    /// ```
    /// use jwt_core::{Config, CookieScope};
    ///
    /// // The earlier release set cookies for the host that responded, without a domain.
    /// let config = Config::default().cookie_domain("example.com").former_cookie_scopes([CookieScope::host_only()]);
    /// ```
    ///
    /// The guide has a [page on changing cookies](crate::guide::changing_cookies).
    pub fn former_cookie_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<CookieScope>>) -> Self {
        self.cookies.former_cookie_scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether `SameSite=None` is permitted without [`cookie_secure`](Self::cookie_secure), as in
    /// flask-jwt-extended. [`build`](crate::JwtManagerBuilder::build) logs a warning then. Default: no.
    ///
    /// Browsers drop such cookies, so nobody stays logged in. A client that keeps them sends them over plain HTTP and
    /// from every site.
    pub const fn insecure_same_site_none(mut self, permitted: bool) -> Self {
        self.cookies.insecure_same_site_none = permitted;
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
        own("former_cookie_scopes", Setter::Scopes(Config::former_cookie_scopes)),
        own("insecure_same_site_none", Flag(Config::insecure_same_site_none)),
    ],
    flask: |config| config.cookie_secure(false).cookie_same_site(None).insecure_same_site_none(true),
    check,
};

/// The four cookies. Scripts read those with a CSRF value.
fn cookies(config: &Config) -> [OneCookie<'_>; 4] {
    let (tokens, csrf) = (&config.cookies, &config.csrf);
    let cookie = |option, name, path, for_scripts| OneCookie { option, name, path, for_scripts };
    [
        cookie("access_cookie_name", &*tokens.access_cookie_name, &*tokens.access_cookie_path, false),
        cookie("refresh_cookie_name", &tokens.refresh_cookie_name, &tokens.refresh_cookie_path, false),
        cookie("access_csrf_cookie_name", &csrf.access_csrf_cookie_name, &csrf.access_csrf_cookie_path, true),
        cookie(
            "refresh_csrf_cookie_name",
            &csrf.refresh_csrf_cookie_name,
            &csrf.refresh_csrf_cookie_path,
            true,
        ),
    ]
}

struct OneCookie<'a> {
    option: &'static str,
    name: &'a str,
    path: &'a str,
    for_scripts: bool,
}

/// Checks that browsers accept the cookies, and that cookies with a prefix meet its requirements (RFC 6265bis, 4.1.3).
fn check(config: &Config) -> Result<(), ConfigError> {
    let Options { cookie_secure, cookie_domain, cookie_partitioned, .. } = &config.cookies;
    let all = cookies(config);
    for (index, cookie) in all.iter().enumerate() {
        let OneCookie { option, name, path, .. } = *cookie;
        // Cookie names and header names allow the same characters (RFC 6265, 4.1.1).
        if HeaderName::try_from(name).is_err() {
            return Err(ConfigError::invalid(
                option,
                "is not a valid cookie name (RFC 6265, 4.1.1): use letters, digits, - and _",
            ));
        }
        // A browser keeps one cookie per name and path (RFC 6265, 5.3).
        if all.iter().take(index).any(|other| other.name == name && other.path == path) {
            return Err(ConfigError::invalid(
                option,
                "is already the name of a cookie on the same path: use a different name or path",
            ));
        }
        check_prefix(config, cookie)?;
    }
    if cookie_domain.as_deref().is_some_and(|domain| !domain.is_empty() && !cookie_scope::is_domain(domain)) {
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
    if config.cookies.lacks_secure() && !config.cookies.insecure_same_site_none {
        return Err(ConfigError::invalid(
            "cookie_same_site",
            "must not be None without Secure, because browsers drop such cookies: use cookie_secure(true), or \
             SameSite::Lax for plain HTTP",
        ));
    }
    check_former(config)
}

/// Checks what the prefix of a name promises. Browsers drop the cookie otherwise.
fn check_prefix(config: &Config, cookie: &OneCookie<'_>) -> Result<(), ConfigError> {
    let Options { cookie_secure, cookie_domain, .. } = &config.cookies;
    let OneCookie { option, name, path, for_scripts, .. } = *cookie;
    let has_domain = cookie_domain.as_deref().and_then(cookie_scope::domain).is_some();
    if for_scripts && (has_prefix(name, "__Http-") || has_prefix(name, "__Host-Http-")) {
        return Err(ConfigError::invalid(
            option,
            "starts with __Http- or __Host-Http-, so browsers require HttpOnly, but scripts must read this cookie: start \
             it with __Secure- or __Host- instead",
        ));
    }
    if is_for_one_host(name) && (!cookie_secure || path != "/" || has_domain) {
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
    if has_prefix(name, "__Http-") && !cookie_secure {
        return Err(ConfigError::invalid(
            option,
            "starts with __Http-, so browsers require Secure: use cookie_secure(true)",
        ));
    }
    Ok(())
}

/// Checks that an earlier release can have used the former scopes.
fn check_former(config: &Config) -> Result<(), ConfigError> {
    let invalid = |problem| Err(ConfigError::invalid("former_cookie_scopes", problem));
    let scopes = &config.cookies.former_cookie_scopes;
    if scopes.len() > MOST_FORMER {
        return invalid("has more than 8 scopes: leave out those whose tokens have expired");
    }
    let all = cookies(config);
    let current = config.cookies.cookie_domain.as_deref().and_then(cookie_scope::domain);
    for scope in scopes {
        scope.check().or_else(invalid)?;
        let former = scope.compile();
        let is_root = former.domain.is_none() && &*former.path == "/";
        if !is_root && all.iter().any(|cookie| is_for_one_host(cookie.name)) {
            return invalid(
                "has a domain or a path, but the name of a cookie starts with __Host-, so browsers never kept it there: \
                 leave out this scope, or rename the cookie",
            );
        }
        let is_current = |cookie: &OneCookie<'_>| former.is(current.as_deref(), &path(cookie.path));
        if all.iter().all(is_current) {
            return invalid("contains the current scope of all cookies: leave it out");
        }
    }
    Ok(())
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
    /// Whether one of several cookies of the same name is chosen.
    pub(crate) choice: bool,
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
    pub(crate) former: Vec<FormerScope>,
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
        domain: options.cookie_domain.as_deref().and_then(cookie_scope::domain),
        former: options.former_cookie_scopes.iter().map(CookieScope::compile).collect(),
        partitioned: options.cookie_partitioned,
        max_age: (!options.session_cookie).then_some(KEPT_FOR),
        until_session_end: options.cookie_until_session_end,
    }
}

impl Options {
    pub(super) fn names(&self) -> Names {
        Names::new(&self.access_cookie_name, &self.refresh_cookie_name)
    }

    pub(super) fn token_cookies(&self) -> TokenCookies {
        TokenCookies { names: self.names(), choice: !self.former_cookie_scopes.is_empty() }
    }

    /// Whether browsers drop the cookies (RFC 6265bis, 5.7).
    pub(super) fn lacks_secure(&self) -> bool {
        self.cookie_same_site == Some(SameSite::None) && !self.cookie_secure
    }
}
