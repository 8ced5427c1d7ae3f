use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::Runtime;
use crate::error::InvalidToken;
use crate::request::{Found, Provenance};
use crate::session::{Graced, RotateRequest, Rotation, Selector, SessionError, TokenPair, TokenRef};
use crate::token::TokenError;
use crate::token::{Additional, InSession, Moment, members_of, random_uuid};
use crate::{EncodeError, JwtManager, Policy, Token, TokenKind};

impl JwtManager {
    /// Exchanges a refresh token of a session for a new pair: `.await` gives it. The token works once; what becomes of
    /// one that is presented again says [`Sessions::rotate`](crate::session::Sessions::rotate).
    ///
    /// | what the store says | what the client gets |
    /// | --- | --- |
    /// | [`Rotated`](Rotation::Rotated) | a new pair |
    /// | [`Grace`](Rotation::Grace) | a pair with the *current* refresh token, signed again: no second line of tokens grows |
    /// | [`Reused`](Rotation::Reused) | [`reused_token`](crate::ErrorHandlers::reused_token), and the session has ended |
    /// | [`Expired`](Rotation::Expired) | [`expired_token`](crate::ErrorHandlers::expired_token) |
    /// | [`Revoked`](Rotation::Revoked), [`Unknown`](Rotation::Unknown) | [`revoked_token`](crate::ErrorHandlers::revoked_token) |
    /// | an error | [`unavailable`](crate::ErrorHandlers::unavailable); the token can be presented again |
    ///
    /// Before that the loaders of revocation, verification and users are asked, where there are such: an account that is
    /// gone gets no tokens. Only then is the token exchanged, and after its successors have been signed.
    ///
    /// The new access token is not fresh and has the loaders' claims, and no others unless the application says so. The
    /// loaders are given the identity as it is in the token, unless [`Exchange::issued_for`] says otherwise.
    pub fn rotate<'a>(&'a self, token: &Token) -> Exchange<'a> {
        let found = Found { token: token.clone(), provenance: Provenance::new(&[], true) };
        Exchange::new(self, found)
    }
}

/// A refresh token to be exchanged: made by [`JwtManager::rotate`], exchanged by `.await`.
#[must_use = "a token is exchanged by .await"]
pub struct Exchange<'a> {
    jwt: &'a JwtManager,
    found: Found,
    object: Option<Result<Value, serde_json::Error>>,
    claims: Result<Additional, EncodeError>,
    fresh_for: Option<Duration>,
}

impl<'a> Exchange<'a> {
    pub(super) const fn new(jwt: &'a JwtManager, found: Found) -> Self {
        Self { jwt, found, object: None, claims: Ok(Vec::new()), fresh_for: None }
    }

    /// The new access token is fresh until so long after the log-in, which may be over.
    pub const fn fresh_for(mut self, after_log_in: Duration) -> Self {
        self.fresh_for = Some(after_log_in);
        self
    }

    /// What the loaders of claims, headers and keys are given: such as the user whom
    /// [`log_in`](JwtManager::log_in) was given. Default: the identity, as it is in the token.
    pub fn issued_for(mut self, object: impl Serialize) -> Self {
        self.object = Some(serde_json::to_value(object));
        self
    }

    /// Takes over these claims of the presented token, as far as it has them. Name the same at every exchange: within the
    /// grace, an earlier token can be exchanged again, and has what it had.
    pub fn keep_claims(mut self, names: &[&str]) -> Self {
        let claims = self.found.token.claims();
        for name in names {
            if let Some(value) = claims.get(*name) {
                self = self.claim(name, value);
            }
        }
        self
    }

    /// Adds claims to both tokens, beside those of the loader.
    pub fn claims(mut self, claims: &impl Serialize) -> Self {
        self.claims = self.claims.and_then(|mut all| {
            all.extend(members_of(claims)?);
            Ok(all)
        });
        self
    }

    /// Adds one claim to both tokens.
    pub fn claim(self, name: &str, value: impl Serialize) -> Self {
        self.claims(&BTreeMap::from([(name, value)]))
    }

    async fn exchange(self) -> Result<TokenPair, SessionError> {
        let Self { jwt, mut found, object, claims, fresh_for } = self;
        let store = jwt.session_store()?;
        let claims = claims?;
        if !found.token.is_of_kind(TokenKind::REFRESH) {
            return Err(TokenError::from(InvalidToken::Kind(TokenKind::REFRESH.as_str())).into());
        }
        jwt.ask_blocklist(&found.token).await?;
        jwt.ask_application(&mut found, &Policy::refresh()).await?;
        let token = found.token;
        let Runtime { sessions, .. } = &jwt.0.runtime;
        let now = jwt.time();
        let is_over = |moment: Moment| Moment::from(now) >= moment.plus(sessions.leeway);
        if token.expires_at().is_some_and(|expires_at| is_over(expires_at.into())) {
            return Err(TokenError::Expired(token).into());
        }
        let (Some(session), Some(started_at)) = (token.session().map(Box::<str>::from), auth_time(&token))
        else {
            // Not from a log-in: nothing says that it was not used before.
            return Err(jwt.revoked(token).into());
        };
        let idle_expires_at = Moment::from(now).plus(sessions.idle).min(started_at.plus(sessions.expires));
        let in_session = |id: Box<str>, ends_at| InSession {
            session: session.clone(),
            id,
            started_at,
            ends_at,
            csrf: None,
        };
        let identity = token.identity_value();
        let object = object.unwrap_or_else(|| Ok(identity.clone())).map_err(EncodeError::json)?;
        let issue =
            |kind| jwt.token_for(kind, Ok(object.clone()), Some(identity.clone())).additional(claims.clone());
        let (mut access, mut refresh) = (issue(TokenKind::ACCESS), issue(TokenKind::REFRESH));
        let id = || Ok::<Box<str>, EncodeError>(random_uuid()?.to_string().into());
        if let Some(after_log_in) = fresh_for {
            access = access.fresh_until_moment(started_at.plus(after_log_in));
        }
        let access = access.in_session(in_session(id()?, idle_expires_at));
        let expires_in = access.seconds_left()?;
        let access = access.encode()?;
        let next = id()?;
        let signed = refresh.encode_in(in_session(next.clone(), idle_expires_at))?;

        let request = RotateRequest::new(TokenRef::from(&token), &next, now);
        let outcome = store.rotate(request.grace(sessions.grace).idle(sessions.idle)).await;
        let refresh = match outcome.map_err(|error| jwt.unavailable(error))? {
            Rotation::Rotated(_) => signed,
            Rotation::Grace(Graced { current, expires_at, .. }) => {
                refresh.encode_in(in_session(current.into(), expires_at.into()))?
            }
            Rotation::Reused => {
                let one = Selector::One { subject: TokenRef::from(&token).subject, session: &session };
                jwt.0.runtime.events.session_ended(&one, 1);
                return Err(jwt.reused(token).into());
            }
            Rotation::Expired => return Err(TokenError::Expired(token).into()),
            Rotation::Revoked | Rotation::Unknown => return Err(jwt.revoked(token).into()),
            _ => return Err(jwt.unknown_answer().into()),
        };
        Ok(TokenPair { access, refresh, session, expires_in })
    }
}

/// When the user logged in.
pub(crate) fn auth_time(token: &Token) -> Option<Moment> {
    #[derive(serde::Deserialize)]
    struct Claims {
        auth_time: Option<i64>,
    }
    token.claims_as::<Claims>().ok()?.auth_time.and_then(Moment::from_seconds)
}

impl<'a> IntoFuture for Exchange<'a> {
    type Output = Result<TokenPair, SessionError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.exchange())
    }
}

impl fmt::Debug for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}
