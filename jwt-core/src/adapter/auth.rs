use std::fmt;
use std::marker::PhantomData;

use http::HeaderValue;
use serde_json::json;

use super::Rejection;
use crate::error::{CookieError, InvalidToken};
use crate::location::Location;
use crate::manager::{Client, Exchange, JwtManager, Login, Respond, State};
use crate::policy::Policy;
use crate::request::{Found, RequestView as _, Snapshot};
use crate::response::issued::Answer;
use crate::session::{SessionError, TokenPair};
use crate::token::{IntoIdentity, Token, TokenError};

/// The member of the response to an exchange.
const EXCHANGE: &str = "refresh";

/// Login, exchange, and logout for handlers, each with its response. Each adapter declares an `Auth` around it, with
/// responses of its framework.
#[derive(Clone)]
pub struct Auth {
    jwt: JwtManager,
    request: Snapshot,
}

/// A successful response with the tokens that it carries.
#[derive(Debug)]
pub struct Issued {
    /// The tokens.
    pub pair: TokenPair,
    /// The response.
    pub answer: Answer,
}

impl Auth {
    /// Creates it for a request to this manager.
    #[must_use]
    pub const fn new(jwt: JwtManager, request: Snapshot) -> Self {
        Self { jwt, request }
    }

    /// Returns the manager.
    #[must_use]
    pub const fn jwt(&self) -> &JwtManager {
        &self.jwt
    }

    /// Starts a session.
    pub fn log_in<T, E>(&self, identity: impl IntoIdentity) -> Login<'_, InResponse<'_, T, E>> {
        self.jwt.log_in(identity).respond_with(InResponse::new(self, "login"))
    }

    /// Exchanges the refresh token of the request.
    ///
    /// A refresh token that a guard accepted is used wherever the guard found it. Otherwise the configured locations
    /// are searched.
    pub fn rotate<T, E>(&self) -> Exchange<'_, InResponse<'_, T, E>> {
        self.exchange(self.presented(&Policy::refresh()))
    }

    /// Exchanges a refresh token that the application read from the request itself.
    pub fn rotate_token<T, E>(&self, token: &str) -> Exchange<'_, InResponse<'_, T, E>> {
        self.exchange(self.jwt.find_in_text(token, &Policy::refresh(), Client))
    }

    fn exchange<T, E>(&self, presented: Result<State, TokenError>) -> Exchange<'_, InResponse<'_, T, E>> {
        Exchange::new(&self.jwt, presented, InResponse::new(self, EXCHANGE)).in_request(self.request.info())
    }

    /// Ends the session of the request's token, which can be of any kind and may have expired, and removes the cookies.
    /// Loaders are not called, because a user who is locked out must be able to log out.
    ///
    /// Cookies are removed whatever is in them. If one of the manager's keys signed a token in a cookie, the request
    /// needs its CSRF value. Otherwise, the request must be from the same origin, or from one of the
    /// [`csrf_trusted_origins`](crate::Config::csrf_trusted_origins).
    ///
    /// # Errors
    ///
    /// Returns an error if the request has no token, if it has no cookie and its token is invalid, if a page of an
    /// origin that is not trusted caused the request, or if the store fails. The cookies are kept.
    pub async fn log_out(&self) -> Result<Answer, SessionError> {
        let auth = self.clone();
        self.jwt.uninterrupted(async move { auth.end_session().await }).await
    }

    async fn end_session(&self) -> Result<Answer, SessionError> {
        match self.any_token().await {
            Ok(token) if token.location() == Some(Location::Cookie) => {
                let cookies = self.unset_cookies()?;
                self.jwt.log_out_or_forget(&token).await?;
                Ok(logged_out(cookies))
            }
            Ok(token) => self.end(&token).await,
            Err(refused) => {
                let leftovers = self.jwt.leftovers(&self.request, refused)?;
                let cookies = self.unset_cookies()?;
                self.jwt.log_out_leftovers(leftovers).await?;
                Ok(logged_out(cookies))
            }
        }
    }

    /// Ends the session of a token that the application read from the request itself.
    ///
    /// The cookies are removed if the request is from the same origin, or does not come from a browser.
    ///
    /// # Errors
    ///
    /// See [`log_out`](Self::log_out).
    pub async fn log_out_token(&self, token: &str) -> Result<Answer, SessionError> {
        let (auth, found) = (self.clone(), self.jwt.find_in_text(token, &Policy::any(), Client));
        let end = async move {
            let token = even_expired(auth.jwt.presented(found, &Policy::any()).await)?;
            auth.end(&token).await
        };
        self.jwt.uninterrupted(end).await
    }

    /// Ends all sessions of the user of the request's access token, which must be valid, and removes the cookies.
    ///
    /// # Errors
    ///
    /// Returns an error if the token is not a valid access token, or if the store fails. The cookies are kept.
    pub async fn log_out_everywhere(&self) -> Result<Answer, SessionError> {
        let (auth, checked) = (self.clone(), self.jwt.check(&self.request, &Policy::access().of_handler())?);
        let end = async move {
            let token = auth.jwt.complete(checked).await?.into_token()?;
            let cookies = auth.unset_cookies_with(&token)?;
            auth.jwt.log_out_everywhere(&token).await?;
            Ok(logged_out(cookies))
        };
        self.jwt.uninterrupted(end).await
    }

    /// Creates the response to an error of one of the manager's methods.
    #[must_use]
    pub fn reject(&self, error: impl Into<SessionError>) -> Rejection {
        Rejection::new(&self.jwt, error, &self.request)
    }

    async fn end(&self, token: &Token) -> Result<Answer, SessionError> {
        // If the token has expired, its issuer has not been checked yet.
        if !token.is_own() {
            return Err(TokenError::from(InvalidToken::Issuer).into());
        }
        let cookies = self.unset_cookies_with(token)?;
        self.jwt.log_out(token).await?;
        Ok(logged_out(cookies))
    }

    /// The token that a guard accepted, or else one in the configured locations.
    fn presented(&self, policy: &Policy) -> Result<State, TokenError> {
        match self.jwt.token_of_guard(&self.request, policy) {
            Some(found) => Ok(State::Ready(Some(found))),
            None => self.jwt.find(&self.request, policy),
        }
    }

    /// A token of any kind, under the names of access tokens or else of refresh tokens.
    async fn any_token(&self) -> Result<Token, TokenError> {
        let any = Policy::any;
        match even_expired(self.find(&any()).await) {
            // A damaged token must not prevent a logout with the other one.
            Err(refused @ (TokenError::Missing(_) | TokenError::Invalid(_))) => {
                match even_expired(self.find(&any().refresh_names()).await) {
                    Err(TokenError::Missing(_) | TokenError::Invalid(_)) => Err(refused),
                    found => found,
                }
            }
            found => found,
        }
    }

    async fn find(&self, policy: &Policy) -> Result<Found, TokenError> {
        self.jwt.presented(self.presented(policy), policy).await
    }

    /// Removes the cookies at a logout with this token. If anyone can write the request with a token of their own, such
    /// as in a link, only pages of the same origin remove the cookies of the browser.
    fn unset_cookies_with(&self, token: &Token) -> Result<Vec<HeaderValue>, CookieError> {
        let csrf = &self.jwt.locator().csrf;
        let by_script = matches!(token.location(), Some(Location::Cookie | Location::Header));
        if by_script || !csrf.protect || csrf.is_same_origin(&self.request) {
            self.unset_cookies()
        } else {
            Ok(Vec::new())
        }
    }

    fn unset_cookies(&self) -> Result<Vec<HeaderValue>, CookieError> {
        if self.jwt.locator().places.contains(&Location::Cookie) {
            self.jwt.unset_cookies().fields()
        } else {
            Ok(Vec::new())
        }
    }
}

/// The response to a logout of any kind.
fn logged_out(cookies: Vec<HeaderValue>) -> Answer {
    Answer::new(&json!({ "logout": true }), cookies)
}

fn even_expired(found: Result<Found, TokenError>) -> Result<Token, TokenError> {
    match found {
        Ok(Found { token, .. }) | Err(TokenError::Expired(token)) => Ok(token),
        Err(error) => Err(error),
    }
}

/// Makes `.await` of a [`Login`] or an [`Exchange`] return a response: `Result<T, E>`.
///
/// The tokens are in the body (RFC 6749, 5.1), or in cookies. A login uses the first configured location, unless
/// [`in_cookies`](Login::in_cookies) says otherwise. An exchange uses cookies if the request's token was in a cookie.
pub struct InResponse<'a, T, E> {
    auth: &'a Auth,
    verb: &'static str,
    output: PhantomData<fn() -> Result<T, E>>,
}

impl<'a, T, E> InResponse<'a, T, E> {
    const fn new(auth: &'a Auth, verb: &'static str) -> Self {
        Self { auth, verb, output: PhantomData }
    }
}

impl<T: From<Issued>, E: From<Rejection>> Respond for InResponse<'_, T, E> {
    type Output = Result<T, E>;

    fn cookies(
        &self,
        jwt: &JwtManager,
        pair: &TokenPair,
        in_cookies: bool,
    ) -> Result<Option<Vec<HeaderValue>>, CookieError> {
        in_cookies.then(|| jwt.pair_cookies(pair).fields()).transpose()
    }

    fn respond(self, outcome: Result<(TokenPair, Option<Vec<HeaderValue>>), SessionError>) -> Result<T, E> {
        match outcome {
            Ok((pair, Some(cookies))) => {
                let answer = Answer::new(&json!({ self.verb: true }), cookies);
                Ok(Issued { pair, answer }.into())
            }
            Ok((pair, None)) => {
                let answer = Answer::new(&pair, Vec::new());
                Ok(Issued { pair, answer }.into())
            }
            Err(error) if self.verb == EXCHANGE => {
                Err(Rejection::of_exchange(&self.auth.jwt, error, &self.auth.request).into())
            }
            Err(error) => Err(self.auth.reject(error).into()),
        }
    }
}

impl<T, E> Login<'_, InResponse<'_, T, E>> {
    /// Puts the tokens into cookies, or into the body. By default, the first configured
    /// [location](crate::Config::token_location) decides.
    pub const fn in_cookies(self, cookies: bool) -> Self {
        self.tokens_in_cookies(cookies)
    }
}

impl<T, E> fmt::Debug for InResponse<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InResponse").finish_non_exhaustive()
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}
