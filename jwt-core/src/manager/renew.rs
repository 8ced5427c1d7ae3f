//! Cookies that are renewed before their token expires.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;

use super::Parts;
use super::rotate::auth_time;
use crate::authenticated::State;
use crate::error::TokenError;
use crate::request::{Found, RequestView};
use crate::session::{SessionError, SessionState, TokenRef, TouchRequest};
use crate::token::{Fresh, InSession, Moment, random_uuid};
use crate::{JwtManager, Location, Policy, Token, TokenBuilder, TokenKind};

/// A token in a cookie that is near its end: found by [`JwtManager::renewable`] before the request is handled, for
/// [`JwtManager::renew`] afterwards. The adapters' `renew` does both.
pub struct Renewal(Found);

/// Implicit refresh, for layers.
impl JwtManager {
    /// The request's access token, if it is of a session, came in a cookie with its CSRF value where one is needed, and
    /// expires in less than `within`.
    #[must_use]
    pub fn renewable(&self, view: &dyn RequestView, within: Duration) -> Option<Renewal> {
        let policy = const { &Policy::access().locations(&[Location::Cookie]).every_method() };
        let State::Ready(Some(found)) = self.find(view, policy).ok()? else {
            return None;
        };
        let token = &found.token;
        let is_ours = token.kind() == TokenKind::ACCESS.as_str() && token.session().is_some();
        let is_near = Moment::from(token.expires_at()?) < self.now().plus(within);
        (is_ours && is_near).then_some(Renewal(found))
    }

    /// Whether this `Set-Cookie` field sets or removes the cookie of access tokens: then the handler has decided, by a
    /// log-in, an exchange or a log-out, and nothing is renewed.
    #[must_use]
    pub fn sets_access_cookie(&self, field: &[u8]) -> bool {
        let name = field.split(|byte| *byte == b'=').next().unwrap_or_default();
        name.trim_ascii() == self.0.parts.cookies.tokens.of(false).as_bytes()
    }

    /// The `Set-Cookie` fields with a new access token in place of one that is near its end. None where the session
    /// has ended, or is near its absolute limit, where the store or a loader fails or refuses: the response
    /// goes out as it is, and the old token keeps its time.
    ///
    /// The new token is of the same session. Where there is a claims loader, it has the claims that the loader gives now,
    /// so that nothing outlives its withdrawal, and of the old one's those that are to be kept, by name; without a
    /// loader it has the old one's. It keeps the CSRF value, so that pages that are open go on working, and is not fresh for
    /// longer than the old one would have been. The loaders are given the identity as it is in the token.
    ///
    /// The refresh token is not renewed: it is exchanged, or expires.
    pub async fn renew(&self, renewal: Renewal, keep: &[&str]) -> Vec<HeaderValue> {
        match self.renewed(renewal.0, keep).await {
            Ok(fields) => fields,
            Err(SessionError::Refused(TokenError::Misuse(misuse))) => {
                tracing::error!("{misuse}");
                Vec::new()
            }
            Err(SessionError::NotIssued(error)) => {
                tracing::error!("a cookie could not be renewed: {error}");
                Vec::new()
            }
            Err(SessionError::Refused(_)) => Vec::new(),
        }
    }

    async fn renewed(&self, mut found: Found, keep: &[&str]) -> Result<Vec<HeaderValue>, SessionError> {
        let store = self.session_store()?;
        let Parts { sessions, .. } = &self.0.parts;
        self.ask_blocklist(&found.token).await?;
        self.ask_application(&mut found, &Policy::access()).await?;
        let token = &found.token;
        let (Some(session), Some(started_at), Some(old_end)) =
            (token.session(), auth_time(token), token.expires_at())
        else {
            return Ok(Vec::new());
        };
        let now = self.time();
        // Last, so that a session that ends meanwhile stays ended.
        let state = store.touch(TouchRequest::new(TokenRef::from(token), now).idle(sessions.idle)).await;
        if state.map_err(|error| self.unavailable(error))? != SessionState::Active {
            return Ok(Vec::new());
        }
        let ends_at = Moment::from(now).plus(sessions.idle).min(started_at.plus(sessions.expires));
        if ends_at <= Moment::from(old_end) {
            return Ok(Vec::new());
        }
        let in_session = InSession {
            session: session.into(),
            id: random_uuid()?.to_string().into(),
            started_at,
            ends_at,
            csrf: token.csrf(),
        };
        let access = self.reissue(token, keep).in_session(in_session);
        let access = match token.fresh() {
            Fresh::No => access,
            Fresh::Yes => access.fresh_until(old_end),
            Fresh::Until(end) => access.fresh_until_moment(end),
        };
        Ok(self.access_cookies(&access.encode()?).fields()?)
    }

    fn reissue(&self, token: &Token, keep: &[&str]) -> TokenBuilder<'_> {
        let identity = token.identity_value();
        let mut claims = token.claims();
        if self.0.parts.loaders.issue.claims.is_some() {
            claims.retain(|name, _| keep.contains(&&**name));
        }
        let access = self.token_for(TokenKind::ACCESS, Ok(identity.clone()), Some(identity));
        access.older_claims(claims)
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewal").finish_non_exhaustive()
    }
}
