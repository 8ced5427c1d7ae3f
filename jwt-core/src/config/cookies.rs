//! The options of cookies.

use crate::request::{CsrfMethods, Names};
use crate::{Config, Location};

impl Config {
    /// The cookie with the access token, and with tokens of custom kinds. Default: `access_token_cookie`.
    pub fn access_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.access_cookie_name = name.into();
        self
    }

    /// The cookie with the refresh token. Default: `refresh_token_cookie`.
    pub fn refresh_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.refresh_cookie_name = name.into();
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

    /// The header with the CSRF value of access tokens. Default: `X-CSRF-TOKEN`.
    pub fn access_csrf_header_name(mut self, name: impl Into<String>) -> Self {
        self.access_csrf_header_name = name.into();
        self
    }

    /// The header with the CSRF value of refresh tokens. Default: `X-CSRF-TOKEN`.
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
