use crate::JwtManager;
use crate::response::SetCookies;
use crate::session::TokenPair;

/// Tokens in cookies. The adapters' `with_cookies` puts the result on a response.
impl JwtManager {
    /// Puts an access token, or one of a custom kind, into its cookie, and its CSRF value into another.
    pub fn access_cookies<'a>(&'a self, token: &'a str) -> SetCookies<'a> {
        self.no_cookies().job(Some(token), false)
    }

    /// Puts a refresh token into its cookie, and its CSRF value into another.
    pub fn refresh_cookies<'a>(&'a self, token: &'a str) -> SetCookies<'a> {
        self.no_cookies().job(Some(token), true)
    }

    /// Puts both tokens of a session into their cookies.
    pub fn pair_cookies<'a>(&'a self, pair: &'a TokenPair) -> SetCookies<'a> {
        self.access_cookies(pair.access()).and(self.refresh_cookies(pair.refresh()))
    }

    /// Removes the cookies of the access token from the client.
    pub fn unset_access_cookies(&self) -> SetCookies<'_> {
        self.no_cookies().job(None, false)
    }

    /// Removes the cookies of the refresh token from the client.
    pub fn unset_refresh_cookies(&self) -> SetCookies<'_> {
        self.no_cookies().job(None, true)
    }

    /// Removes all cookies that this manager sets from the client.
    pub fn unset_cookies(&self) -> SetCookies<'_> {
        self.unset_access_cookies().and(self.unset_refresh_cookies())
    }

    fn no_cookies(&self) -> SetCookies<'_> {
        SetCookies::new(&self.0.runtime.cookies)
    }
}
