//! The options of cookies.

use crate::request::{CsrfMethods, Names};
use crate::{Config, Location};

/// When a browser sends a cookie with a request that another site caused (draft-ietf-httpbis-rfc6265bis, 5.6.7).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SameSite {
    /// Never.
    Strict,
    /// When the user follows a link.
    Lax,
    /// Always. Browsers take it only with `Secure`.
    None,
}

impl From<SameSite> for cookie::SameSite {
    fn from(same_site: SameSite) -> Self {
        match same_site {
            SameSite::Strict => Self::Strict,
            SameSite::Lax => Self::Lax,
            SameSite::None => Self::None,
        }
    }
}

impl Config {
    /// The cookie with the access token, and with tokens of custom kinds. Default: `access_token_cookie`. A
    /// cookie's name (RFC 6265, 4.1.1), another than those of the other three on the same path. What `__Host-` and
    /// `__Secure-` promise must hold.
    pub fn access_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.access_cookie_name = name.into();
        self
    }

    /// The cookie with the refresh token. Default: `refresh_token_cookie`. Bounds as of
    /// [`access_cookie_name`](Self::access_cookie_name).
    pub fn refresh_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.refresh_cookie_name = name.into();
        self
    }

    /// The path below which the access cookie is sent; what cannot stand in one is percent-encoded, and
    /// none is that of the response. Default: `/`.
    pub fn access_cookie_path(mut self, path: impl Into<String>) -> Self {
        self.access_cookie_path = path.into();
        self
    }

    /// The path below which the refresh cookie is sent. Default: `/`.
    pub fn refresh_cookie_path(mut self, path: impl Into<String>) -> Self {
        self.refresh_cookie_path = path.into();
        self
    }

    /// Whether cookies are sent over HTTPS only. Default: yes.
    pub const fn cookie_secure(mut self, secure: bool) -> Self {
        self.cookie_secure = secure;
        self
    }

    /// The domain that gets the cookies, with those below it, in ASCII; a port and a leading dot are left out. Default:
    /// none, which is the host alone.
    pub fn cookie_domain(mut self, domain: impl Into<String>) -> Self {
        self.cookie_domain = Some(domain.into());
        self
    }

    /// Whether other sites make browsers send the cookies; `None` leaves it to the browser. Default:
    /// [`SameSite::Lax`]. The reference's `JWT_COOKIE_SAMESITE`.
    pub fn cookie_same_site(mut self, same_site: impl Into<Option<SameSite>>) -> Self {
        self.cookie_same_site = same_site.into();
        self
    }

    /// Whether cookies end with the browser's session; otherwise they are kept for a year. Default: yes.
    pub const fn session_cookie(mut self, session: bool) -> Self {
        self.session_cookie = session;
        self
    }

    /// Whether cookies are kept apart for each site that embeds this one (CHIPS). Needs
    /// [`cookie_secure`](Self::cookie_secure). Default: no.
    pub const fn cookie_partitioned(mut self, partitioned: bool) -> Self {
        self.cookie_partitioned = partitioned;
        self
    }

    /// Whether the CSRF value is set in a cookie of its own, for scripts to read. Default: yes.
    pub const fn csrf_in_cookies(mut self, set: bool) -> Self {
        self.csrf_in_cookies = set;
        self
    }

    /// The cookie with the CSRF value of the access token. Default: `csrf_access_token`. Bounds as of
    /// [`access_cookie_name`](Self::access_cookie_name).
    pub fn access_csrf_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.access_csrf_cookie_name = name.into();
        self
    }

    /// The cookie with the CSRF value of the refresh token. Default: `csrf_refresh_token`. Bounds as of
    /// [`access_cookie_name`](Self::access_cookie_name).
    pub fn refresh_csrf_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.refresh_csrf_cookie_name = name.into();
        self
    }

    /// The path below which scripts see the CSRF cookie of the access token. Default: `/`.
    pub fn access_csrf_cookie_path(mut self, path: impl Into<String>) -> Self {
        self.access_csrf_cookie_path = path.into();
        self
    }

    /// The path below which scripts see the CSRF cookie of the refresh token. Default: `/`.
    pub fn refresh_csrf_cookie_path(mut self, path: impl Into<String>) -> Self {
        self.refresh_csrf_cookie_path = path.into();
        self
    }

    /// Whether a request whose token comes in a cookie must bring the token's `csrf` claim in a header as well, if its
    /// [method](Self::csrf_methods) is one that changes something. Other sites can make browsers send the cookie, but
    /// not the header. Default: yes.
    pub const fn cookie_csrf_protect(mut self, protect: bool) -> Self {
        self.cookie_csrf_protect = protect;
        self
    }

    /// The methods that need the CSRF value, in the case they are sent. Default: all but `GET`, `HEAD`, `OPTIONS` and
    /// `TRACE`.
    pub fn csrf_methods<S: AsRef<str>>(mut self, methods: impl IntoIterator<Item = S>) -> Self {
        self.csrf_methods =
            CsrfMethods::Only(methods.into_iter().map(|method| method.as_ref().into()).collect());
        self
    }

    /// Whether requests that need a CSRF value are also refused if the browser says that another site caused them:
    /// `Sec-Fetch-Site` other than `same-origin` or `none`, or, where the browser sends none, an `Origin` of another host
    /// than the `Host` field's. Requests with neither come from no browser, and pass to the other checks. Default: no.
    pub const fn csrf_check_origin(mut self, check: bool) -> Self {
        self.csrf_check_origin = check;
        self
    }

    /// Other origins that may cause such requests, as browsers write them: `https://app.example`, with the port unless it
    /// is the scheme's own. Default: none. Needs [`csrf_check_origin`](Self::csrf_check_origin).
    pub fn csrf_trusted_origins<S: Into<String>>(mut self, origins: impl IntoIterator<Item = S>) -> Self {
        self.csrf_trusted_origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Whether the CSRF value may stand in a field of a form (`application/x-www-form-urlencoded` or
    /// `multipart/form-data`) instead, where the header is missing. Needs [`buffered_body`](Self::buffered_body) and guards. Default: no.
    pub const fn csrf_check_form(mut self, check: bool) -> Self {
        self.csrf_check_form = check;
        self
    }

    /// The form field with the CSRF value of access tokens. Default: `csrf_token`. Not empty.
    pub fn access_csrf_field_name(mut self, name: impl Into<String>) -> Self {
        self.access_csrf_field_name = name.into();
        self
    }

    /// The form field with the CSRF value of refresh tokens. Default: `csrf_token`. Not empty.
    pub fn refresh_csrf_field_name(mut self, name: impl Into<String>) -> Self {
        self.refresh_csrf_field_name = name.into();
        self
    }

    /// The header with the CSRF value of access tokens. Default: `X-CSRF-TOKEN`. A header's name
    /// (RFC 9110, 5.1).
    pub fn access_csrf_header_name(mut self, name: impl Into<String>) -> Self {
        self.access_csrf_header_name = name.into();
        self
    }

    /// The header with the CSRF value of refresh tokens. Default: `X-CSRF-TOKEN`. A header's name
    /// (RFC 9110, 5.1).
    pub fn refresh_csrf_header_name(mut self, name: impl Into<String>) -> Self {
        self.refresh_csrf_header_name = name.into();
        self
    }

    pub(crate) fn cookie_names(&self) -> Names {
        Names {
            access: self.access_cookie_name.as_str().into(),
            refresh: self.refresh_cookie_name.as_str().into(),
        }
    }

    /// Whether issued tokens have a `csrf` claim.
    pub(crate) fn writes_csrf(&self) -> bool {
        let cookies = self.cookie_csrf_protect && self.token_location.contains(&Location::Cookie);
        self.csrf_claim.unwrap_or(cookies)
    }
}
