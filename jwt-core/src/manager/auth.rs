use std::fmt;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::authenticated::State;
use crate::request::{Found, Snapshot};
use crate::response::SetCookies;
use crate::session::{SessionError, TokenPair};
use crate::token::TokenError;
use crate::{Exchange, JwtManager, Location, Login, Policy, Token};

/// Sessions, one call a route: log-in, exchange and log-out, each with its answer, in cookies or in the body as the
/// request's token came. The adapters give it to handlers under the same name, and turn its answers into their own.
///
/// What is refused is answered by the application's [`ErrorHandlers`](crate::ErrorHandlers), and then no cookie is
/// touched: who has lost a race must not clear what the winner was given.
pub struct Auth {
    jwt: JwtManager,
    request: Snapshot,
}

impl Auth {
    /// For a request to this manager.
    #[must_use]
    pub const fn new(jwt: JwtManager, request: Snapshot) -> Self {
        Self { jwt, request }
    }

    /// The manager.
    #[must_use]
    pub const fn jwt(&self) -> &JwtManager {
        &self.jwt
    }

    /// Starts a session. In the body: the tokens (RFC 6749, 5.1); with cookies: `{"login": true}`.
    pub async fn log_in(&self, log_in: Login<'_>) -> Response<Bytes> {
        let first = self.jwt.0.runtime.locator.places.first();
        let in_cookies = log_in.in_cookies.unwrap_or(first == Some(&Location::Cookie));
        match log_in.await {
            Ok(pair) => self.tokens(&pair, in_cookies, "login"),
            Err(error) => self.refuse(&error),
        }
    }

    /// Exchanges the request's refresh token. In the body: the tokens; with cookies: `{"refresh": true}`.
    pub async fn rotate(&self, with: impl FnOnce(Exchange<'_>) -> Exchange<'_> + Send) -> Response<Bytes> {
        // The exchange looks for itself whether the token is good still, in one step.
        let found = match self.find(&Policy::refresh().every_method()).await {
            Ok(found) => found,
            Err(error) => return self.refuse(&error.into()),
        };
        let in_cookies = found.token.location() == Some(Location::Cookie);
        match with(Exchange::new(&self.jwt, found)).await {
            Ok(pair) => self.tokens(&pair, in_cookies, "refresh"),
            Err(error) => self.refuse(&error),
        }
    }

    /// Ends the session of the request's token, of any kind, whose time may be over, and removes the cookies:
    /// `{"logout": true}`. Loaders are not asked: who is locked out may log out.
    pub async fn log_out(&self) -> Response<Bytes> {
        let ended = match self.presented().await {
            Ok(token) => self.jwt.log_out(&token).await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(()) => self.logged_out(),
            Err(error) => self.refuse(&error.into()),
        }
    }

    /// Ends all sessions of the user of the request's access token, which must be valid, and removes the cookies:
    /// `{"logout": true}`.
    pub async fn log_out_everywhere(&self) -> Response<Bytes> {
        let checked = self.jwt.check(&self.request, &Policy::access().every_method());
        let token = match checked {
            Ok(checked) => self.jwt.complete(checked).await.and_then(|known| known.into_token()),
            Err(error) => Err(error),
        };
        let ended = match token {
            Ok(token) => self.jwt.log_out_everywhere(&token).await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(_) => self.logged_out(),
            Err(error) => self.refuse(&error.into()),
        }
    }

    /// The answer to a refused request.
    #[must_use]
    pub fn refuse(&self, error: &SessionError) -> Response<Bytes> {
        match error {
            SessionError::Refused(error) => self.jwt.respond(error, &self.request),
            SessionError::NotIssued(error) => error.response(),
            SessionError::Cookie(error) => error.response(),
        }
    }

    /// Any token, under the names of access tokens or else of refresh tokens.
    async fn presented(&self) -> Result<Token, TokenError> {
        let any = || Policy::any().every_method();
        let found = match self.find(&any()).await {
            // A damaged one must not keep anybody from a log-out by the other.
            Err(refused @ (TokenError::Missing(_) | TokenError::Invalid(_))) => {
                match self.find(&any().refresh_names()).await {
                    Err(TokenError::Missing(_) | TokenError::Invalid(_)) => Err(refused),
                    found => found,
                }
            }
            found => found,
        };
        match found {
            Ok(Found { token, .. }) | Err(TokenError::Expired(token)) => Ok(token),
            Err(error) => Err(error),
        }
    }

    async fn find(&self, policy: &Policy) -> Result<Found, TokenError> {
        match self.jwt.find(&self.request, policy)? {
            State::Ready(found) => found.ok_or_else(|| TokenError::Missing(Vec::new())),
            State::NeedsKey(pending) => self.jwt.verify_pending(*pending, policy).await,
        }
    }

    fn tokens(&self, pair: &TokenPair, in_cookies: bool, verb: &str) -> Response<Bytes> {
        if in_cookies {
            answer(&json!({ verb: true }), Some(&self.jwt.pair_cookies(pair)))
        } else {
            answer(&json!(pair), None)
        }
    }

    fn logged_out(&self) -> Response<Bytes> {
        let in_cookies = self.jwt.0.runtime.locator.places.contains(&Location::Cookie);
        let cookies = in_cookies.then(|| self.jwt.unset_cookies());
        answer(&json!({ "logout": true }), cookies.as_ref())
    }
}

/// 200 with a body that no cache keeps (RFC 6749, 5.1).
fn answer(body: &Value, cookies: Option<&SetCookies<'_>>) -> Response<Bytes> {
    let fields = match cookies.map(SetCookies::fields).transpose() {
        Ok(fields) => fields.unwrap_or_default(),
        Err(error) => return error.response(),
    };
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for field in fields {
        headers.append(SET_COOKIE, field);
    }
    response
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}
