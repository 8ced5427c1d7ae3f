//! CSRF protection for tokens in cookies, by double submit.

use super::group::{Group, flask, own};
use super::headers;
use super::names::Names;
use super::setter::Setter::{Flag, Text, Texts};
use crate::Config;
use crate::error::ConfigError;
use crate::location::Location;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) csrf_in_cookies: bool,
    pub(super) access_csrf_cookie_name: String,
    pub(super) refresh_csrf_cookie_name: String,
    pub(super) access_csrf_cookie_path: String,
    pub(super) refresh_csrf_cookie_path: String,
    pub(super) cookie_csrf_protect: bool,
    pub(super) csrf_methods: CsrfMethods,
    pub(super) access_csrf_header_name: String,
    pub(super) refresh_csrf_header_name: String,
    pub(super) csrf_check_origin: bool,
    pub(super) csrf_trusted_origins: Vec<String>,
    pub(super) insecure_any_upgrade_origin: bool,
    pub(super) csrf_check_form: bool,
    pub(super) access_csrf_field_name: String,
    pub(super) refresh_csrf_field_name: String,
    pub(super) csrf_claim: Option<bool>,
    pub(super) csrf_per_session: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            csrf_in_cookies: true,
            access_csrf_cookie_name: "csrf_access_token".into(),
            refresh_csrf_cookie_name: "csrf_refresh_token".into(),
            access_csrf_cookie_path: "/".into(),
            refresh_csrf_cookie_path: "/".into(),
            cookie_csrf_protect: true,
            csrf_methods: CsrfMethods::Unsafe,
            access_csrf_header_name: "X-CSRF-TOKEN".into(),
            refresh_csrf_header_name: "X-CSRF-TOKEN".into(),
            csrf_check_origin: false,
            csrf_trusted_origins: Vec::new(),
            insecure_any_upgrade_origin: false,
            csrf_check_form: false,
            access_csrf_field_name: "csrf_token".into(),
            refresh_csrf_field_name: "csrf_token".into(),
            csrf_claim: None,
            csrf_per_session: true,
        }
    }
}

/// CSRF protection for tokens in cookies.
impl Config {
    /// Sets whether to protect requests whose token is in a cookie against CSRF. Default: yes.
    ///
    /// If the [method](Self::csrf_methods) is protected, the request must repeat the token's `csrf` claim in a header
    /// field. Other sites can make a browser send the cookie, but not the header field.
    pub const fn cookie_csrf_protect(mut self, protect: bool) -> Self {
        self.csrf.cookie_csrf_protect = protect;
        self
    }

    /// Sets whether to issue tokens with a `csrf` claim, which is a random UUID. The tokens of a session [share
    /// it](Self::csrf_per_session).
    ///
    /// Default: yes if cookies are one of the [locations](Self::token_location) and
    /// [`cookie_csrf_protect`](Self::cookie_csrf_protect) is on. Set this if only the policies of some routes accept
    /// cookies.
    pub const fn csrf_claim(mut self, write: bool) -> Self {
        self.csrf.csrf_claim = Some(write);
        self
    }

    /// Sets whether all tokens of a session have the same CSRF value. Default: yes.
    ///
    /// The value is random, new with each login, and kept by exchanges and renewals. While one tab of a browser
    /// exchanges its tokens, requests of other tabs carry the new cookie with the value that they read before. If the
    /// value changed, these requests would be rejected, and so would a logout. OWASP describes such [values per
    /// session](https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html).
    /// A value that leaks is useful to another site until the session ends.
    ///
    /// With `false`, each token has its own value, as in flask-jwt-extended. Tokens without a session always do. A
    /// [renewed](crate::adapter::Renewal) token keeps the value of the old one in either case.
    pub const fn csrf_per_session(mut self, share: bool) -> Self {
        self.csrf.csrf_per_session = share;
        self
    }

    /// Sets the methods that require the CSRF value. Default: all methods except `GET`, `HEAD`, `OPTIONS`, and `TRACE`,
    /// and except `CONNECT` if the [origin of upgrades](Self::insecure_any_upgrade_origin) is checked.
    ///
    /// Methods are case-sensitive (RFC 9110, 9.1), so lower-case letters are an error.
    pub fn csrf_methods<S: AsRef<str>>(mut self, methods: impl IntoIterator<Item = S>) -> Self {
        self.csrf.csrf_methods =
            CsrfMethods::Only(methods.into_iter().map(|method| method.as_ref().into()).collect());
        self
    }

    /// Sets whether to also check the origin of requests that require a CSRF value. Default: no, except for
    /// [upgrades](Self::insecure_any_upgrade_origin). Requires [`cookie_csrf_protect`](Self::cookie_csrf_protect).
    ///
    /// `Sec-Fetch-Site` must be `same-origin` or `none`. If the request lacks this field, `Origin` must name the host
    /// and the port in `Host`. If [`cookie_secure`](Self::cookie_secure) is on, its scheme must be `https`, except on
    /// the loopback interface, because browsers send such cookies only to `https`. A request with neither
    /// `Sec-Fetch-Site` nor `Origin` does not come from a browser, so only the other checks apply. A request from a
    /// browser without a `Host` is rejected.
    ///
    /// A proxy that replaces `Host` must be told to keep it, or the origin of the pages has to be one of the [trusted
    /// ones](Self::csrf_trusted_origins).
    pub const fn csrf_check_origin(mut self, check: bool) -> Self {
        self.csrf.csrf_check_origin = check;
        self
    }

    /// Sets other origins that are allowed to send the requests whose origin is checked: upgrades, logouts with cookies
    /// that do not contain a token of the manager, and with [`csrf_check_origin`](Self::csrf_check_origin) all that
    /// require a CSRF value. Default: none.
    ///
    /// Write an origin as browsers do: `https://app.example`, with the port unless it is the scheme's default.
    pub fn csrf_trusted_origins<S: Into<String>>(mut self, origins: impl IntoIterator<Item = S>) -> Self {
        self.csrf.csrf_trusted_origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether requests with a token in a cookie can upgrade the connection no matter which page they come from.
    /// Default: no. It concerns requests without a CSRF value, so
    /// [`cookie_csrf_protect(false)`](Self::cookie_csrf_protect) does not imply it.
    ///
    /// **This gives up the protection against cross-site WebSocket hijacking.** Every page can open a WebSocket to
    /// every host, the browser attaches the cookies, and the page can then send and read messages. A handshake is a
    /// `GET` request and cannot carry a CSRF value, so its origin is checked as
    /// [`csrf_check_origin`](Self::csrf_check_origin) describes, even if that option is off. This applies to requests
    /// with an `Upgrade` or a `Sec-WebSocket-Key` field, and to `CONNECT`, which starts a WebSocket over HTTP/2 (RFC
    /// 8441). flask-jwt-extended does not check their origin.
    ///
    /// If the pages of another origin must be able to open a WebSocket, name that origin in
    /// [`csrf_trusted_origins`](Self::csrf_trusted_origins) instead.
    pub const fn insecure_any_upgrade_origin(mut self, any: bool) -> Self {
        self.csrf.insecure_any_upgrade_origin = any;
        self
    }

    /// Sets whether to also put the CSRF value in a separate cookie that scripts can read. Default: yes.
    pub const fn csrf_in_cookies(mut self, set: bool) -> Self {
        self.csrf.csrf_in_cookies = set;
        self
    }

    /// Sets the name of the cookie that holds the CSRF value of the access token. Default: `csrf_access_token`.
    ///
    /// The rules of [`access_cookie_name`](Self::access_cookie_name) apply.
    pub fn access_csrf_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.csrf.access_csrf_cookie_name = name.into();
        self
    }

    /// Sets the name of the cookie that holds the CSRF value of the refresh token. Default: `csrf_refresh_token`.
    ///
    /// The rules of [`access_cookie_name`](Self::access_cookie_name) apply.
    pub fn refresh_csrf_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.csrf.refresh_csrf_cookie_name = name.into();
        self
    }

    /// Sets the path of the cookie that holds the CSRF value of the access token. Scripts on other paths cannot read
    /// it. Default: `/`.
    pub fn access_csrf_cookie_path(mut self, path: impl Into<String>) -> Self {
        self.csrf.access_csrf_cookie_path = path.into();
        self
    }

    /// Sets the path of the cookie that holds the CSRF value of the refresh token. Scripts on other paths cannot read
    /// it. Default: `/`.
    pub fn refresh_csrf_cookie_path(mut self, path: impl Into<String>) -> Self {
        self.csrf.refresh_csrf_cookie_path = path.into();
        self
    }

    /// Sets the name of the header field that carries the CSRF value of access tokens (RFC 9110, 5.1). Default:
    /// `X-CSRF-TOKEN`.
    pub fn access_csrf_header_name(mut self, name: impl Into<String>) -> Self {
        self.csrf.access_csrf_header_name = name.into();
        self
    }

    /// Sets the name of the header field that carries the CSRF value of refresh tokens (RFC 9110, 5.1). Default:
    /// `X-CSRF-TOKEN`.
    pub fn refresh_csrf_header_name(mut self, name: impl Into<String>) -> Self {
        self.csrf.refresh_csrf_header_name = name.into();
        self
    }

    /// Sets whether to look for the CSRF value in a form field if the header field is missing. Default: no. Requires
    /// [`buffered_body`](Self::buffered_body) and a guard.
    ///
    /// The form can be `application/x-www-form-urlencoded` or, with the `multipart` feature, `multipart/form-data`.
    /// Without that feature, a `multipart/form-data` request has no CSRF value and is rejected.
    pub const fn csrf_check_form(mut self, check: bool) -> Self {
        self.csrf.csrf_check_form = check;
        self
    }

    /// Sets the name of the form field that holds the CSRF value of access tokens. Default: `csrf_token`. It must not
    /// be empty.
    pub fn access_csrf_field_name(mut self, name: impl Into<String>) -> Self {
        self.csrf.access_csrf_field_name = name.into();
        self
    }

    /// Sets the name of the form field that holds the CSRF value of refresh tokens. Default: `csrf_token`. It must not
    /// be empty.
    pub fn refresh_csrf_field_name(mut self, name: impl Into<String>) -> Self {
        self.csrf.refresh_csrf_field_name = name.into();
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        // Without protection, flask-jwt-extended does not write the claim. The preset would, so this clears its value.
        // `csrf_claim` is set later and wins.
        flask(
            "cookie_csrf_protect",
            "JWT_COOKIE_CSRF_PROTECT",
            Flag(|config, on| {
                let mut config = config.cookie_csrf_protect(on);
                config.csrf.csrf_claim = config.csrf.csrf_claim.filter(|_| on);
                config
            }),
        ),
        own("csrf_claim", Flag(Config::csrf_claim)),
        own("csrf_per_session", Flag(Config::csrf_per_session)),
        flask("csrf_methods", "JWT_CSRF_METHODS", Texts(Config::csrf_methods)),
        own("csrf_check_origin", Flag(Config::csrf_check_origin)),
        own("csrf_trusted_origins", Texts(Config::csrf_trusted_origins)),
        own("insecure_any_upgrade_origin", Flag(Config::insecure_any_upgrade_origin)),
        flask("csrf_in_cookies", "JWT_CSRF_IN_COOKIES", Flag(Config::csrf_in_cookies)),
        flask("csrf_check_form", "JWT_CSRF_CHECK_FORM", Flag(Config::csrf_check_form)),
        flask(
            "access_csrf_cookie_name",
            "JWT_ACCESS_CSRF_COOKIE_NAME",
            Text(Config::access_csrf_cookie_name),
        ),
        flask(
            "refresh_csrf_cookie_name",
            "JWT_REFRESH_CSRF_COOKIE_NAME",
            Text(Config::refresh_csrf_cookie_name),
        ),
        flask(
            "access_csrf_cookie_path",
            "JWT_ACCESS_CSRF_COOKIE_PATH",
            Text(Config::access_csrf_cookie_path),
        ),
        flask(
            "refresh_csrf_cookie_path",
            "JWT_REFRESH_CSRF_COOKIE_PATH",
            Text(Config::refresh_csrf_cookie_path),
        ),
        flask("access_csrf_field_name", "JWT_ACCESS_CSRF_FIELD_NAME", Text(Config::access_csrf_field_name)),
        flask(
            "refresh_csrf_field_name",
            "JWT_REFRESH_CSRF_FIELD_NAME",
            Text(Config::refresh_csrf_field_name),
        ),
        flask(
            "access_csrf_header_name",
            "JWT_ACCESS_CSRF_HEADER_NAME",
            Text(Config::access_csrf_header_name),
        ),
        flask(
            "refresh_csrf_header_name",
            "JWT_REFRESH_CSRF_HEADER_NAME",
            Text(Config::refresh_csrf_header_name),
        ),
    ],
    flask: |config| {
        let config = config.csrf_methods(["POST", "PUT", "PATCH", "DELETE"]).csrf_claim(true);
        config.csrf_per_session(false).insecure_any_upgrade_origin(true)
    },
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let options = &config.csrf;
    let fields = [
        ("access_csrf_field_name", &options.access_csrf_field_name),
        ("refresh_csrf_field_name", &options.refresh_csrf_field_name),
    ];
    for (option, name) in fields {
        if name.is_empty() {
            return Err(ConfigError::invalid(option, "must not be empty: use a name such as token"));
        }
    }
    let has_lower = |method: &str| method.is_empty() || method.bytes().any(|byte| byte.is_ascii_lowercase());
    if options.csrf_methods.listed().any(has_lower) {
        return Err(ConfigError::invalid(
            "csrf_methods",
            "must be in upper case, because request methods are case-sensitive (RFC 9110, 9.1): write POST, PUT, PATCH, DELETE",
        ));
    }
    if !options.csrf_trusted_origins.iter().all(|origin| is_origin(origin)) {
        return Err(ConfigError::invalid(
            "csrf_trusted_origins",
            "must be origins as browsers send them: write https://app.example, in lower case, without a path, and without \
             the usual port",
        ));
    }
    if options.csrf_check_origin && !options.cookie_csrf_protect {
        return Err(ConfigError::invalid(
            "csrf_check_origin",
            "has no effect without cookie_csrf_protect: remove cookie_csrf_protect(false)",
        ));
    }
    if !options.csrf_trusted_origins.is_empty()
        && options.insecure_any_upgrade_origin
        && !options.csrf_check_origin
    {
        return Err(ConfigError::invalid(
            "csrf_trusted_origins",
            "has no effect if no origin is checked: call csrf_check_origin(true) or insecure_any_upgrade_origin(false)",
        ));
    }
    Ok(())
}

/// Whether a browser can send this origin (RFC 6454, 6.2).
fn is_origin(text: &str) -> bool {
    let https = text.strip_prefix("https://").map(|host| (host, ":443"));
    let found = https.or_else(|| text.strip_prefix("http://").map(|host| (host, ":80")));
    found.is_some_and(|(host, usual_port)| {
        !host.is_empty()
            && !host.ends_with(usual_port)
            && host.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
            && !host.contains(['/', '?', '#', '@', '*'])
    })
}

/// Which requests require a CSRF value, and where it is.
#[derive(Debug)]
pub(crate) struct CsrfRule {
    pub(crate) protect: bool,
    pub(crate) methods: CsrfMethods,
    /// In lower case.
    pub(crate) headers: Names,
    pub(crate) origin: OriginRule,
    /// Whether to check the origin of requests that require a CSRF value.
    pub(crate) check_origin: bool,
    /// Whether to check the origin of requests that upgrade the connection, which cannot have a CSRF value.
    pub(crate) check_upgrades: bool,
    /// The form fields, if forms are searched.
    pub(crate) fields: Option<Names>,
}

/// The protected methods.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum CsrfMethods {
    /// All methods except the safe ones (RFC 9110, 9.2.1).
    Unsafe,
    /// Only these methods.
    Only(Vec<Box<str>>),
}

impl CsrfMethods {
    /// The methods that are listed by name.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &str> {
        let methods = if let Self::Only(methods) = self { methods.as_slice() } else { &[] };
        methods.iter().map(|method| &**method)
    }
}

/// The check of `Sec-Fetch-Site` and `Origin`.
#[derive(Debug)]
pub(crate) struct OriginRule {
    /// Other allowed origins, as browsers write them: `https://app.example`.
    pub(crate) trusted: Vec<Box<str>>,
    /// Whether browsers send the cookies to `https` only, except on the loopback interface.
    pub(crate) secure: bool,
}

/// The cookies that scripts read the CSRF value from.
#[derive(Debug)]
pub(crate) struct CsrfCookies {
    pub(crate) names: Names,
    pub(crate) paths: Names,
}

pub(super) fn compile(config: &Config) -> Result<CsrfRule, ConfigError> {
    let options = &config.csrf;
    Ok(CsrfRule {
        protect: options.cookie_csrf_protect,
        methods: options.csrf_methods.clone(),
        headers: Names {
            access: headers::name("access_csrf_header_name", &options.access_csrf_header_name)?,
            refresh: headers::name("refresh_csrf_header_name", &options.refresh_csrf_header_name)?,
        },
        origin: OriginRule {
            trusted: super::boxes(&options.csrf_trusted_origins),
            secure: config.cookies.cookie_secure,
        },
        check_origin: options.csrf_check_origin,
        check_upgrades: !options.insecure_any_upgrade_origin,
        fields: options
            .csrf_check_form
            .then(|| Names::new(&options.access_csrf_field_name, &options.refresh_csrf_field_name)),
    })
}

impl Options {
    pub(super) fn cookies(&self) -> Option<CsrfCookies> {
        (self.cookie_csrf_protect && self.csrf_in_cookies).then(|| CsrfCookies {
            names: Names::new(&self.access_csrf_cookie_name, &self.refresh_csrf_cookie_name),
            paths: Names::paths(&self.access_csrf_cookie_path, &self.refresh_csrf_cookie_path),
        })
    }

    /// Whether issued tokens have a `csrf` claim.
    pub(super) fn writes_claim(&self, locations: &[Location]) -> bool {
        let protects = self.cookie_csrf_protect && locations.contains(&Location::Cookie);
        self.csrf_claim.unwrap_or(protects)
    }
}
