use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::SET_COOKIE;
use http::{Response, StatusCode};

use crate::JwtManager;
use crate::error::{InvalidRequest, MissingReason};
use crate::request::RequestView;
use crate::response::{SetCookies, Unset};
use crate::session::TokenPair;
use crate::token::{TokenError, TokenKind};

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

    /// Returns a removal of all cookies that this manager sets, and of those in
    /// [former scopes](crate::Config::former_cookie_scopes).
    pub fn unset_cookies(&self) -> SetCookies<'_> {
        self.unset_access_cookies().and(self.unset_refresh_cookies())
    }

    /// Adds the removal of cookies to the response to a rejected request: those that the handlers named, and those that
    /// an earlier release has left behind.
    ///
    /// A cookie of a former scope is removed only if the request has another one of the same name. It might otherwise be
    /// the only one. The refresh token is needed for an exchange, even if the access token is rejected, so its cookies
    /// are only removed if they cannot be told apart.
    pub(super) fn remove_cookies(
        &self,
        error: &TokenError,
        view: &dyn RequestView,
        exchanges: bool,
        unset: Unset,
        response: &mut Response<Bytes>,
    ) {
        let mut cookies = self.no_cookies();
        if unset.access {
            cookies = cookies.and(self.unset_access_cookies());
        }
        if unset.refresh {
            cookies = cookies.and(self.unset_refresh_cookies());
        }
        let is_outage = response.status() == StatusCode::SERVICE_UNAVAILABLE
            || matches!(error, TokenError::Unavailable(_) | TokenError::Misuse(_));
        if !self.cookie_rules().former.is_empty() && !is_outage && !exchanges && !is_of_exchange(error) {
            let are_repeated = |refresh| self.locator().cookies.are_repeated(view, refresh);
            if !unset.access && are_repeated(false) {
                cookies = cookies.former(false);
            }
            let is_unclear = matches!(error, TokenError::InvalidRequest(InvalidRequest::Repeated));
            if !unset.refresh && is_unclear && are_repeated(true) {
                cookies = cookies.former(true);
            }
        }
        // Removals have no value that could be too large, and `build()` has checked the rest.
        for field in cookies.fields().unwrap_or_default() {
            response.headers_mut().append(SET_COOKIE, field);
        }
    }

    fn no_cookies(&self) -> SetCookies<'_> {
        SetCookies::new(&self.0.runtime.cookies)
    }
}

/// Whether the error is about a refresh token.
fn is_of_exchange(error: &TokenError) -> bool {
    let is_refresh =
        |reason: &MissingReason| matches!(reason, MissingReason::RefreshCookie | MissingReason::RefreshKey);
    match error {
        TokenError::Reused(_) => true,
        TokenError::Missing(reasons) => reasons.iter().any(is_refresh),
        error => error.token().is_some_and(|token| token.kind() == TokenKind::REFRESH.as_str()),
    }
}
