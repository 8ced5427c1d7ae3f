use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use serde::Serialize;
use serde_json::Value;

use super::{Call, JwtManager, Respond, Runtime};
use crate::error::InvalidRequest;
use crate::location::Location;
use crate::session::{
    Event, LimitReached, NewSession, Selector, SessionError, StartRequest, SubjectRef, TokenPair,
};
use crate::token::{
    EncodeError, InSession, IntoIdentity, Moment, TokenBuilder, TokenError, TokenKind, random_uuid,
};

impl JwtManager {
    /// Starts a session for a user who has just proved their identity. `.await` returns the tokens.
    ///
    /// The access token is fresh. Handlers use `log_in` of the adapter's `Auth`, which returns a response.
    ///
    /// If the user has the maximum number of sessions
    /// ([`Config::max_sessions_per_user`](crate::Config::max_sessions_per_user)), the one that was unused for longest
    /// ends, or the login returns [`TokenError::TooManySessions`].
    ///
    /// ```
    /// # async fn login(jwt: jwt_core::JwtManager) -> Result<(), jwt_core::session::SessionError> {
    /// let tokens = jwt.log_in("alice").label("Firefox on Linux").claim("role", "admin").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn log_in(&self, identity: impl IntoIdentity) -> Login<'_> {
        let object = identity.into_identity().0;
        let token = |kind| match &object {
            Ok(object) => self.token_for(kind, Ok(object.clone()), None),
            Err(_) => self.token_for(kind, Ok(Value::Null), None).failed(EncodeError::Json(None)),
        };
        Login {
            jwt: self,
            access: token(TokenKind::ACCESS).fresh(),
            refresh: token(TokenKind::REFRESH),
            label: None,
            in_cookies: None,
            respond: (),
        }
    }
}

/// A session that is about to start. `.await` starts it.
///
/// [`JwtManager::log_in`] creates it, and its `.await` returns a [`TokenPair`]. `log_in` of the adapters' `Auth`
/// creates it as well, and its `.await` returns a response. With the feature `tokio`, the login goes on if the future is
/// dropped while it waits for the store.
///
/// ```
/// use std::time::Duration;
///
/// use jwt_core::session::MemorySessions;
/// use jwt_core::{Config, JwtManager};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt =
///     JwtManager::builder(Config::default()).secret(secret).session_store(MemorySessions::new()).build()?;
/// let pair = jwt
///     .log_in("alice")
///     .label("Firefox on Linux")
///     .claim("role", "admin")
///     .fresh_for(Duration::from_secs(5 * 60))
///     .await?;
/// assert_eq!(jwt.list_sessions("alice").await?.len(), 1);
/// # let _ = pair;
/// # Ok(())
/// # }
/// ```
#[must_use = "a session starts with .await"]
pub struct Login<'a, R = ()> {
    jwt: &'a JwtManager,
    access: TokenBuilder<'a>,
    refresh: TokenBuilder<'a>,
    label: Option<String>,
    in_cookies: Option<bool>,
    respond: R,
}

impl<'a, R> Login<'a, R> {
    /// Sets the name that the user sees for the session, such as the name of a device.
    ///
    /// A label of more than [`Config::session_label_limit`](crate::Config::session_label_limit) characters is cut, and
    /// control characters become spaces. If
    /// [`Config::reject_invalid_labels`](crate::Config::reject_invalid_labels) is set, the login is rejected instead. A
    /// label is still untrusted input: escape it in HTML.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Makes the access token not fresh, because the user has not just proved their identity. By default, it is fresh
    /// until it expires.
    pub fn not_fresh(self) -> Self {
        self.with_access(TokenBuilder::not_fresh)
    }

    /// Makes the access token fresh for this long.
    pub fn fresh_for(self, duration: Duration) -> Self {
        self.with_access(|access| access.fresh_for(duration))
    }

    /// Adds claims to both tokens, in addition to the claims of the loader.
    ///
    /// The rules of [`TokenBuilder::claims`] apply. The tokens of later exchanges have these claims if
    /// [`Exchange::keep_claims`](super::Exchange::keep_claims) names them.
    pub fn claims(mut self, claims: &impl Serialize) -> Self {
        self.refresh = self.refresh.claims(claims);
        self.with_access(|access| access.claims(claims))
    }

    /// Adds one claim to both tokens.
    pub fn claim(mut self, name: &str, value: impl Serialize) -> Self {
        self.refresh = self.refresh.claim(name, &value);
        self.with_access(|access| access.claim(name, &value))
    }

    /// Sets the scopes of both tokens, as [`TokenBuilder::scopes`] does. For later exchanges, name `scope` in
    /// [`Exchange::keep_claims`](super::Exchange::keep_claims), or use a claims loader.
    pub fn scopes<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        let names: Vec<S> = names.into_iter().collect();
        self.refresh = self.refresh.scopes(&names);
        self.with_access(|access| access.scopes(&names))
    }

    /// Sets the roles of both tokens, as [`TokenBuilder::roles`] does. For later exchanges, name `roles` in
    /// [`Exchange::keep_claims`](super::Exchange::keep_claims), or use a claims loader.
    pub fn roles<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        let names: Vec<S> = names.into_iter().collect();
        self.refresh = self.refresh.roles(&names);
        self.with_access(|access| access.roles(&names))
    }

    fn with_access(mut self, change: impl FnOnce(TokenBuilder<'a>) -> TokenBuilder<'a>) -> Self {
        self.access = change(self.access);
        self
    }

    /// Makes `.await` return something else than the tokens.
    pub(crate) fn respond_with<S>(self, respond: S) -> Login<'a, S> {
        let Self { jwt, access, refresh, label, in_cookies, .. } = self;
        Login { jwt, access, refresh, label, in_cookies, respond }
    }

    pub(crate) const fn tokens_in_cookies(mut self, cookies: bool) -> Self {
        self.in_cookies = Some(cookies);
        self
    }
}

impl<R: Respond> Login<'_, R> {
    async fn start(self) -> R::Output {
        let Self { jwt, access, refresh, label, in_cookies, respond } = self;
        let first = jwt.0.runtime.locator.places.first();
        let in_cookies = in_cookies.unwrap_or(first == Some(&Location::Cookie));
        let cookies = |pair: &TokenPair| respond.cookies(jwt, pair, in_cookies);
        let outcome = start(jwt, access, refresh, label, cookies).await;
        respond.respond(outcome)
    }
}

async fn start<E: Into<SessionError>>(
    jwt: &JwtManager,
    access: TokenBuilder<'_>,
    refresh: TokenBuilder<'_>,
    label: Option<String>,
    cookies: impl Fn(&TokenPair) -> Result<Option<Vec<HeaderValue>>, E> + Send,
) -> Result<(TokenPair, Option<Vec<HeaderValue>>), SessionError> {
    // Without a store, the application is misconfigured, whatever the login is.
    jwt.session_store()?;
    let Runtime { sessions, .. } = &jwt.0.runtime;
    let label = label.map(|label| sessions.labels.apply(label).ok_or(InvalidRequest::Label));
    let label = label.transpose().map_err(TokenError::from)?;
    let now = jwt.time();
    let started_at = Moment::from(now);
    let ends_at = started_at.plus(sessions.expires);
    let idle_expires_at = started_at.plus(sessions.idle).min(ends_at);
    let session = random_uuid()?.to_string();
    let csrf = jwt.0.runtime.issue.csrf_of_session(None)?;
    let token = || {
        let (session, id) = ((&*session).into(), random_uuid()?.to_string().into());
        Ok::<_, EncodeError>(InSession {
            session,
            id,
            started_at,
            ends_at: idle_expires_at,
            csrf: csrf.clone(),
        })
    };
    let subject = refresh.identity_text();
    let (for_access, for_refresh) = (token()?, token()?);
    let current = for_refresh.id.clone();
    // Everything that can fail comes before the store: nobody would have the tokens of the session that it keeps.
    let (access, refresh) = (access.in_session(for_access), refresh.in_session(for_refresh));
    let expires_in = access.seconds_left()?;
    let (access, refresh) = (access.encode()?, refresh.encode()?);
    let moment = |moment: Moment| moment.to_system_time().ok_or(EncodeError::Lifetime);
    let (ends_at, idle_expires_at) = (moment(ends_at)?, moment(idle_expires_at)?);
    let pair = TokenPair { access, refresh, session: session.into(), expires_in, ends_at };
    let cookies = cookies(&pair).map_err(Into::into)?;
    let (manager, session) = (jwt.clone(), pair.session.clone());
    let kept = jwt.uninterrupted(async move {
        let subject = SubjectRef::from(subject);
        let subject = manager.subject(&subject);
        let mut new = NewSession::new(subject, &session, &current, ends_at).idle_expires_at(idle_expires_at);
        new.label = label.as_deref();
        keep(&manager, new, now).await
    });
    kept.await?;
    Ok((pair, cookies))
}

/// Stores a session, and reports what that has changed.
async fn keep(jwt: &JwtManager, new: NewSession<'_>, now: SystemTime) -> Result<(), TokenError> {
    let NewSession { subject, id: session, label, .. } = new;
    // The store ends sessions if there are too many.
    let look = jwt.look_at_connections(Selector::AllOf(subject));
    let start = jwt.session_store()?.start(StartRequest::new(new, now).limit(jwt.session_rules().limit));
    let started = jwt.call(Call::Start, start).await;
    match &started {
        Ok(started) if started.evicted.is_empty() => look.cancel(),
        _ => look.done(),
    }
    let started = started.map_err(|error| match LimitReached::caused(&*error) {
        true => TokenError::TooManySessions,
        false => jwt.unavailable(error),
    })?;
    for evicted in &started.evicted {
        jwt.emit(Event::SessionEvicted { subject, session: evicted });
    }
    jwt.emit(Event::LoggedIn { subject, session, label });
    Ok(())
}

impl<'a, R: Respond + 'a> IntoFuture for Login<'a, R> {
    type Output = R::Output;
    type IntoFuture = Pin<Box<dyn Future<Output = R::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.start())
    }
}

impl<R> fmt::Debug for Login<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}
