use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::Runtime;
use crate::session::{NewSession, SessionError, StartRequest, TokenPair};
use crate::token::{InSession, IntoIdentity, Moment, random_uuid};
use crate::{EncodeError, JwtManager, TokenBuilder, TokenKind};

impl JwtManager {
    /// Starts a session for this identity, after its user has proved to be there: `.await` gives the tokens.
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
        }
    }
}

/// A session to be started: made by [`JwtManager::log_in`], started by `.await`, or by `log_in` of the adapter's `Auth`.
#[must_use = "a session is started by .await"]
pub struct Login<'a> {
    jwt: &'a JwtManager,
    access: TokenBuilder<'a>,
    refresh: TokenBuilder<'a>,
    label: Option<String>,
    pub(super) in_cookies: Option<bool>,
}

impl<'a> Login<'a> {
    /// What the user knows the session by, such as a device.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The access token is not fresh: the user has not proved anything just now, but is remembered. Default: it is fresh,
    /// for its whole life.
    pub fn not_fresh(self) -> Self {
        self.with_access(TokenBuilder::not_fresh)
    }

    /// The access token is fresh for this long.
    pub fn fresh_for(self, duration: Duration) -> Self {
        self.with_access(|access| access.fresh_for(duration))
    }

    /// Adds claims to both tokens, beside those of the loader. The tokens of later exchanges have them if
    /// [`Exchange::keep_claims`](crate::Exchange::keep_claims) names them.
    pub fn claims(mut self, claims: &impl Serialize) -> Self {
        self.refresh = self.refresh.claims(claims);
        self.with_access(|access| access.claims(claims))
    }

    /// Adds one claim to both tokens.
    pub fn claim(mut self, name: &str, value: impl Serialize) -> Self {
        self.refresh = self.refresh.claim(name, &value);
        self.with_access(|access| access.claim(name, &value))
    }

    /// [`Auth::log_in`](crate::Auth::log_in) puts the tokens into cookies, or, if not, into the body. Default: as the first
    /// [place](crate::Config::token_location) of tokens is.
    pub const fn in_cookies(mut self, cookies: bool) -> Self {
        self.in_cookies = Some(cookies);
        self
    }

    fn with_access(mut self, change: impl FnOnce(TokenBuilder<'a>) -> TokenBuilder<'a>) -> Self {
        self.access = change(self.access);
        self
    }

    async fn start(self) -> Result<TokenPair, SessionError> {
        let Self { jwt, access, refresh, label, .. } = self;
        let store = jwt.session_store()?;
        let Runtime { sessions, .. } = &jwt.0.runtime;
        let now = jwt.time();
        let started_at = Moment::from(now);
        let expires_at = started_at.plus(sessions.expires);
        let idle_expires_at = started_at.plus(sessions.idle).min(expires_at);
        let session = random_uuid()?.to_string();
        let token = || {
            let (session, id) = ((&*session).into(), random_uuid()?.to_string().into());
            Ok::<_, EncodeError>(InSession { session, id, started_at, ends_at: idle_expires_at, csrf: None })
        };
        let subject = refresh.identity_text();
        let (for_access, for_refresh) = (token()?, token()?);
        let current = for_refresh.id.clone();
        // Signed first: a session that nobody has the tokens of would stay.
        let (access, refresh) = (access.in_session(for_access), refresh.in_session(for_refresh));
        let expires_in = access.seconds_left()?;
        let (access, refresh) = (access.encode()?, refresh.encode()?);
        let moment = |moment: Moment| moment.to_system_time().ok_or(EncodeError::Lifetime);
        let mut new =
            NewSession::new(jwt.subject((&subject).into()), &session, &current, moment(expires_at)?)
                .idle_expires_at(moment(idle_expires_at)?);
        new.label = label.as_deref();
        store.start(StartRequest::new(new, now)).await.map_err(|error| jwt.unavailable(error))?;
        Ok(TokenPair { access, refresh, session: session.into(), expires_in })
    }
}

impl<'a> IntoFuture for Login<'a> {
    type Output = Result<TokenPair, SessionError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.start())
    }
}

impl fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}
