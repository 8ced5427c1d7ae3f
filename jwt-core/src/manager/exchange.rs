use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use serde::Serialize;
use serde_json::Value;

use super::authenticated::State;
use super::standing::UNKNOWN_VARIANT;
use super::{Call, Client, JwtManager, Respond, Runtime};
use crate::error::CookieError;
use crate::location::Location;
use crate::policy::Policy;
use crate::request::{Found, Provenance};
use crate::rule::RequestInfo;
use crate::session::{
    EndedBy, Event, Graced, RotateRequest, Rotated, Rotation, Selector, SessionError, TokenPair, TokenRef,
};
use crate::token::{
    Additional, EncodeError, InSession, Moment, Token, TokenBuilder, TokenError, TokenKind, members_of,
    random_uuid,
};

impl JwtManager {
    /// Exchanges a refresh token of a session for a new pair. `.await` returns the tokens.
    ///
    /// A refresh token works once, except within the [grace period](crate::Config::rotation_grace).
    /// [`Sessions::rotate`](crate::session::Sessions::rotate) says what happens if a client presents it again. Handlers
    /// use `rotate` of the adapter's `Auth`, which returns a response.
    ///
    /// | the store returns | the client gets |
    /// | --- | --- |
    /// | [`Rotated`](Rotation::Rotated) | a new pair |
    /// | [`Kept`](Rotation::Kept) | a new access token and the *same* refresh token, signed again. This happens only if the token arrived in a cookie and became the current one by an exchange less than [`rotation_grace`](crate::Config::rotation_grace) ago |
    /// | [`Grace`](Rotation::Grace) | a pair with the *current* refresh token, signed again, so no second line of tokens begins. After [several in a row](crate::Config::end_session_after_grace_uses), the same as for `Reused`, if that is configured |
    /// | [`Reused`](Rotation::Reused) | [`reused_token`](crate::ErrorHandlers::reused_token), and the session has ended |
    /// | [`Expired`](Rotation::Expired) | [`expired_token`](crate::ErrorHandlers::expired_token) |
    /// | [`Revoked`](Rotation::Revoked), [`Unknown`](Rotation::Unknown) | [`revoked_token`](crate::ErrorHandlers::revoked_token) |
    /// | an error | [`unavailable`](crate::ErrorHandlers::unavailable); the token can be presented again |
    ///
    /// The revocation, verification, and user loaders are called first, so an account that no longer exists gets no
    /// tokens. The store exchanges the token last, after the new tokens have been signed.
    ///
    /// The new access token is not fresh. It has the claims of the loaders, and others only if the application adds
    /// them. The loaders receive the identity as it is in the token, unless [`Exchange::issued_for`] sets another
    /// object.
    pub fn rotate<'a>(&'a self, token: &Token) -> Exchange<'a> {
        let found = Found { token: token.clone(), provenance: Provenance::new(&[], true, false) };
        Exchange::new(self, Ok(State::Ready(Some(found))), ())
    }
}

/// A refresh token that is about to be exchanged. `.await` exchanges it.
///
/// [`JwtManager::rotate`] creates it, and its `.await` returns a [`TokenPair`]. `rotate` of the adapters' `Auth`
/// creates it as well, and its `.await` returns a response.
///
/// ```
/// use jwt_core::session::MemorySessions;
/// use jwt_core::{Config, JwtManager};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt =
///     JwtManager::builder(Config::default()).secret(secret).session_store(MemorySessions::new()).build()?;
/// let first = jwt.log_in("alice").claim("role", "admin").await?;
/// let refresh = jwt.decode(first.refresh())?;
/// let second = jwt.rotate(&refresh).keep_claims(&["role"]).await?;
/// assert_eq!(jwt.decode(second.access())?.claims()["role"], "admin");
/// # Ok(())
/// # }
/// ```
#[must_use = "a token is exchanged with .await"]
pub struct Exchange<'a, R = ()> {
    jwt: &'a JwtManager,
    presented: Result<State, TokenError>,
    object: Option<Result<Value, serde_json::Error>>,
    claims: Result<Vec<Added>, EncodeError>,
    fresh_for: Option<Duration>,
    /// For the rule of the manager.
    request: Option<RequestInfo>,
    respond: R,
}

/// Claims of the new tokens.
enum Added {
    /// Those of the presented token with these names.
    Kept(Vec<Box<str>>),
    New(Additional),
}

impl<'a, R> Exchange<'a, R> {
    pub(crate) const fn new(jwt: &'a JwtManager, presented: Result<State, TokenError>, respond: R) -> Self {
        Self { jwt, presented, object: None, claims: Ok(Vec::new()), fresh_for: None, request: None, respond }
    }

    /// Sets the request, for the [rule](crate::JwtManagerBuilder::token_verification_rule) that all tokens have to
    /// satisfy. `Auth` of the adapters does so itself.
    pub fn in_request(mut self, request: impl Into<RequestInfo>) -> Self {
        self.request = Some(request.into());
        self
    }

    /// Makes the new access token fresh until this long after the login, which may be in the past.
    pub const fn fresh_for(mut self, after_login: Duration) -> Self {
        self.fresh_for = Some(after_login);
        self
    }

    /// Sets the object that the loaders of claims, header parameters, and keys receive, such as the user that
    /// [`log_in`](JwtManager::log_in) received. By default, they receive the identity as it is in the token.
    pub fn issued_for(mut self, object: impl Serialize) -> Self {
        self.object = Some(serde_json::to_value(object));
        self
    }

    /// Copies these claims of the presented token, if it has them. Names of claims that this library writes, such as
    /// `exp`, are ignored.
    ///
    /// Use the same names at every exchange. Within the grace period, an earlier token can be exchanged again, and it
    /// has the claims that it was issued with.
    pub fn keep_claims(self, names: &[&str]) -> Self {
        self.add(Ok(Added::Kept(names.iter().map(|name| (*name).into()).collect())))
    }

    /// Adds claims to both tokens, in addition to the claims of the loader. The rules of [`TokenBuilder::claims`]
    /// apply.
    pub fn claims(self, claims: &impl Serialize) -> Self {
        let claims = members_of(claims).map(Added::New);
        self.add(claims)
    }

    /// Adds one claim to both tokens.
    pub fn claim(self, name: &str, value: impl Serialize) -> Self {
        self.claims(&BTreeMap::from([(name, value)]))
    }

    fn add(mut self, added: Result<Added, EncodeError>) -> Self {
        self.claims = self.claims.and_then(|mut all| {
            all.push(added?);
            Ok(all)
        });
        self
    }
}

impl<R: Respond> Exchange<'_, R> {
    async fn exchange(self) -> R::Output {
        let Self { jwt, presented, object, claims, fresh_for, request, respond } = self;
        let wish = Wish { object, claims, fresh_for, request };
        let cookies = |pair: &TokenPair, in_cookies| respond.cookies(jwt, pair, in_cookies);
        let outcome = match jwt.presented(presented, &Policy::refresh()).await {
            Ok(found) => {
                let exchanged = exchange(jwt, found.clone(), wish, cookies).await;
                if exchanged.is_ok() {
                    found.count();
                }
                exchanged
            }
            Err(error) => Err(error.into()),
        };
        respond.respond(outcome)
    }
}

/// The options for the new tokens.
struct Wish {
    object: Option<Result<Value, serde_json::Error>>,
    claims: Result<Vec<Added>, EncodeError>,
    fresh_for: Option<Duration>,
    /// For the rule of the manager.
    request: Option<RequestInfo>,
}

async fn exchange(
    jwt: &JwtManager,
    mut found: Found,
    wish: Wish,
    cookies: impl Fn(&TokenPair, bool) -> Result<Option<Vec<HeaderValue>>, CookieError> + Send + Sync,
) -> Result<(TokenPair, Option<Vec<HeaderValue>>), SessionError> {
    jwt.session_store()?;
    jwt.ask_blocklist(&found.token, Client).await?;
    jwt.ask_application(&mut found, &Policy::refresh().late, wish.request.as_ref(), Client).await?;
    let token = found.token;
    let Runtime { sessions, .. } = &jwt.0.runtime;
    let now = jwt.time();
    let has_expired = |moment: Moment| Moment::from(now) >= moment.plus(sessions.leeway);
    if token.expires_at().is_some_and(|expires_at| has_expired(expires_at.into())) {
        return Err(TokenError::Expired(token).into());
    }
    let (Some(session), Some(started_at)) = (token.session(), auth_time(&token)) else {
        // The token is not of a session, so nothing says that it was not used before.
        return Err(TokenError::Revoked(token).into());
    };
    let in_cookies = token.location() == Some(Location::Cookie);
    let mut successors = Successors::new(jwt, &token, session, started_at, now, wish)?;
    // Everything that can fail comes before the store: the client could not present the token again.
    let next: Box<str> = random_uuid()?.to_string().into();
    let pair = successors.sign(next.clone())?;
    let fields = cookies(&pair, in_cookies)?;

    match jwt.uninterrupted_use(rotate(jwt.clone(), token.clone(), next, now)).await? {
        Rotation::Rotated(_) => Ok((pair, fields)),
        Rotation::Kept(Rotated { expires_at, .. }) => {
            let Some(current) = token.id() else {
                // A store never keeps a token without a jti.
                return Err(jwt.broken(Call::Rotate, UNKNOWN_VARIANT).into());
            };
            let pair = successors.sign_current(pair, current.into(), expires_at)?;
            let fields = cookies(&pair, in_cookies)?;
            Ok((pair, fields))
        }
        Rotation::Grace(Graced { current, expires_at, .. }) => {
            let pair = successors.sign_current(pair, current.into(), expires_at)?;
            let fields = cookies(&pair, in_cookies)?;
            Ok((pair, fields))
        }
        Rotation::Reused => Err(TokenError::Reused(token).into()),
        Rotation::Expired => Err(TokenError::Expired(token).into()),
        Rotation::Revoked | Rotation::Unknown => Err(TokenError::Revoked(token).into()),
        _ => Err(jwt.broken(Call::Rotate, UNKNOWN_VARIANT).into()),
    }
}

/// Exchanges a token in the store, and reports what that has changed. Ends the session after too many uses within the
/// grace period.
async fn rotate(
    jwt: JwtManager,
    token: Token,
    next: Box<str>,
    now: SystemTime,
) -> Result<Rotation, TokenError> {
    let sessions = jwt.session_rules();
    let known = TokenRef::from(&token);
    let selector = Selector::One { subject: known.subject, session: token.session().unwrap_or_default() };
    // Tabs share the cookie of a browser. If two exchanges followed each other at once, the token of a third tab would
    // be two behind, and the session would end. No other client shares a token.
    let in_cookies = token.location() == Some(Location::Cookie);
    let keep = if in_cookies { sessions.grace } else { Duration::ZERO };
    let request = RotateRequest::new(known, &next, now);
    let request = request.grace(sessions.grace).keep(keep).idle(sessions.idle);
    // The store ends the session if the token was exchanged before.
    let look = jwt.look_at_connections(selector);
    let outcome = jwt.call(Call::Rotate, jwt.session_store()?.rotate(request)).await;
    match outcome {
        Ok(Rotation::Rotated(_) | Rotation::Kept(_) | Rotation::Grace(_)) => look.cancel(),
        _ => look.done(),
    }
    let rotation = outcome.map_err(|error| jwt.unavailable(error))?;
    match &rotation {
        Rotation::Rotated(_) | Rotation::Kept(_) => jwt.emit(Event::Exchanged(&token)),
        Rotation::Grace(Graced { in_a_row, .. }) => {
            jwt.emit(Event::UsedWithinGrace { token: &token, in_a_row: *in_a_row });
            if sessions.grace_uses.is_some_and(|most| *in_a_row >= most) {
                jwt.end_because_of(&token).await?;
                return Ok(Rotation::Reused);
            }
        }
        Rotation::Reused => {
            jwt.emit(Event::SessionEnded { selector, ended: 1, by: EndedBy::Reuse });
            jwt.emit(Event::ReuseDetected(&token));
        }
        Rotation::Revoked | Rotation::Unknown => jwt.emit(Event::RevokedTokenUsed(&token)),
        _ => {}
    }
    Ok(rotation)
}

/// The tokens that replace the presented one.
struct Successors<'a> {
    session: Box<str>,
    started_at: Moment,
    idle_expires_at: Moment,
    ends_at: SystemTime,
    csrf: Option<Box<str>>,
    access: TokenBuilder<'a>,
    refresh: TokenBuilder<'a>,
}

impl<'a> Successors<'a> {
    fn new(
        jwt: &'a JwtManager,
        token: &Token,
        session: &str,
        started_at: Moment,
        now: SystemTime,
        wish: Wish,
    ) -> Result<Self, EncodeError> {
        let Wish { object, claims, fresh_for, .. } = wish;
        let claims = all_claims(claims?, token, |name| jwt.0.runtime.issue.writes(name))?;
        let sessions = &jwt.0.runtime.sessions;
        let identity = token.identity_value();
        let object = object.unwrap_or_else(|| Ok(identity.clone())).map_err(EncodeError::json)?;
        let issue =
            |kind| jwt.token_for(kind, Ok(object.clone()), Some(identity.clone())).additional(claims.clone());
        let mut access = issue(TokenKind::ACCESS);
        if let Some(after_login) = fresh_for {
            access = access.fresh_until_moment(started_at.plus(after_login));
        }
        let ends_at = started_at.plus(sessions.expires);
        Ok(Self {
            session: session.into(),
            started_at,
            idle_expires_at: Moment::from(now).plus(sessions.idle).min(ends_at),
            ends_at: ends_at.to_system_time().ok_or(EncodeError::Lifetime)?,
            csrf: jwt.0.runtime.issue.csrf_of_session(token.csrf())?,
            access,
            refresh: issue(TokenKind::REFRESH),
        })
    }

    fn in_session(&self, id: Box<str>, ends_at: Moment) -> InSession {
        let Self { session, started_at, csrf, .. } = self;
        InSession { session: session.clone(), id, started_at: *started_at, ends_at, csrf: csrf.clone() }
    }

    /// A new access token, and a new refresh token with this id.
    fn sign(&mut self, next: Box<str>) -> Result<TokenPair, EncodeError> {
        let for_access = self.in_session(random_uuid()?.to_string().into(), self.idle_expires_at);
        let for_refresh = self.in_session(next, self.idle_expires_at);
        let access = self.access.encode_in(for_access)?;
        let expires_in = self.access.seconds_left()?;
        let refresh = self.refresh.encode_in(for_refresh)?;
        let (session, ends_at) = (self.session.clone(), self.ends_at);
        Ok(TokenPair { access, refresh, session, expires_in, ends_at })
    }

    /// The same pair, with the refresh token that is the current one already.
    fn sign_current(
        &mut self,
        pair: TokenPair,
        current: Box<str>,
        expires_at: SystemTime,
    ) -> Result<TokenPair, EncodeError> {
        let refresh = self.refresh.encode_in(self.in_session(current, expires_at.into()))?;
        Ok(TokenPair { refresh, ..pair })
    }
}

fn all_claims(
    added: Vec<Added>,
    token: &Token,
    is_ours: impl Fn(&str) -> bool,
) -> Result<Additional, EncodeError> {
    let mut all = Vec::new();
    for added in added {
        match added {
            Added::New(claims) => all.extend(claims),
            Added::Kept(names) => {
                let claims = token.claims();
                let names = names.iter().filter(|name| !is_ours(name));
                let kept = names.filter_map(|name| claims.get(&**name).map(|value| (name, value)));
                for (name, value) in kept {
                    all.extend(members_of(&BTreeMap::from([(name, value)]))?);
                }
            }
        }
    }
    Ok(all)
}

/// The time of the login.
pub(crate) fn auth_time(token: &Token) -> Option<Moment> {
    #[derive(serde::Deserialize)]
    struct Claims {
        auth_time: Option<i64>,
    }
    token.claims_as::<Claims>().ok()?.auth_time.and_then(Moment::from_seconds)
}

/// The time of the login or exchange that an access token came from. A renewed token has it as a claim.
pub(crate) fn exchanged_at(token: &Token) -> Option<Moment> {
    #[derive(serde::Deserialize)]
    struct Claims {
        exchanged_at: Option<i64>,
    }
    match token.claims_as::<Claims>().ok()?.exchanged_at {
        Some(seconds) => Moment::from_seconds(seconds),
        None => token.issued_at().map(Moment::from).or_else(|| auth_time(token)),
    }
}

impl<'a, R: Respond + 'a> IntoFuture for Exchange<'a, R> {
    type Output = R::Output;
    type IntoFuture = Pin<Box<dyn Future<Output = R::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.exchange())
    }
}

impl<R> fmt::Debug for Exchange<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}
