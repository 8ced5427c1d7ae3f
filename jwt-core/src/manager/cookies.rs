use std::time::{Duration, SystemTime};

use crate::JwtManager;
use crate::response::SetCookies;
use crate::session::TokenPair;

/// Tokens in cookies. The adapters' `with_cookies` adds them to a response.
impl JwtManager {
    /// Returns cookies that carry an access token, or a token of a custom kind, and its CSRF value.
    pub fn access_cookies<'a>(&'a self, token: &'a str) -> SetCookies<'a> {
        self.no_cookies().job(Some(token), false)
    }

    /// Returns cookies that carry a refresh token and its CSRF value.
    pub fn refresh_cookies<'a>(&'a self, token: &'a str) -> SetCookies<'a> {
        self.no_cookies().job(Some(token), true)
    }

    /// Returns cookies that carry both tokens of a session and their CSRF values.
    pub fn pair_cookies<'a>(&'a self, pair: &'a TokenPair) -> SetCookies<'a> {
        let cookies = self.access_cookies(pair.access()).and(self.refresh_cookies(pair.refresh()));
        self.until_session_end(cookies, pair.session_ends_at())
    }

    /// Gives the cookies of a session the lifetime of the session, if the configuration says so.
    pub(crate) fn until_session_end<'a>(
        &self,
        cookies: SetCookies<'a>,
        ends_at: SystemTime,
    ) -> SetCookies<'a> {
        if !self.0.runtime.cookies.until_session_end {
            return cookies;
        }
        let left = ends_at.duration_since(self.time()).unwrap_or_default();
        // Zero would be the configured lifetime.
        cookies.max_age(left.max(Duration::from_secs(1)))
    }

    /// Returns a removal of the cookies of the access token.
    pub fn unset_access_cookies(&self) -> SetCookies<'_> {
        self.no_cookies().job(None, false)
    }

    /// Returns a removal of the cookies of the refresh token.
    pub fn unset_refresh_cookies(&self) -> SetCookies<'_> {
        self.no_cookies().job(None, true)
    }

    /// Returns a removal of all cookies that this manager sets.
    pub fn unset_cookies(&self) -> SetCookies<'_> {
        self.unset_access_cookies().and(self.unset_refresh_cookies())
    }

    fn no_cookies(&self) -> SetCookies<'_> {
        SetCookies::new(&self.0.runtime.cookies)
    }
}
