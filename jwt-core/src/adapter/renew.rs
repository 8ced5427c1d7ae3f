//! Renewal of cookies before their token expires.

use std::fmt;
use std::time::{Duration, SystemTime};

use http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, SET_COOKIE};

use crate::location::Location;
use crate::manager::{Call, Client, JwtManager, State, auth_time, exchanged_at};
use crate::policy::Policy;
use crate::request::{Found, RequestView};
use crate::rule::RequestInfo;
use crate::session::{Event, SessionError, SessionState, TokenRef, TouchRequest};
use crate::token::{
    EncodeError, Fresh, InSession, Moment, Token, TokenBuilder, TokenError, TokenKind, random_uuid,
};

/// A token in a cookie that is about to expire. It is found before the request is handled, and renewed afterwards.
pub struct Renewal {
    jwt: JwtManager,
    found: Found,
    /// For the rule of the manager.
    request: Option<RequestInfo>,
}

impl Renewal {
    /// Finds the request's access token if it belongs to a session, came in a cookie (with its CSRF value if one is
    /// required), expires in less than `within`, and can be renewed for longer
    /// ([`Config::renewal_expires`](crate::Config::renewal_expires)).
    #[must_use]
    pub fn find(jwt: &JwtManager, view: &dyn RequestView, within: Duration) -> Option<Self> {
        let policy = const { &Policy::access().locations(&[Location::Cookie]) };
        let State::Ready(Some(found)) = jwt.find(view, policy).ok()? else {
            return None;
        };
        let token = &found.token;
        let is_ours = token.kind() == TokenKind::ACCESS.as_str() && token.session().is_some();
        let can_be_used = token.check_confirmation().is_ok();
        let old_end = Moment::from(token.expires_at()?);
        let is_near = old_end < jwt.now().plus(within);
        // Decided before the call to the store, so a token that is not renewed does not keep its session alive either.
        let goes_on = is_ours
            && can_be_used
            && is_near
            && last_end(jwt, token).is_none_or(|last_end| last_end > old_end);
        let request = || jwt.has_verification_rule().then(|| view.info());
        goes_on.then(|| Self { jwt: jwt.clone(), found, request: request() })
    }

    /// Returns whether a `Set-Cookie` field of the response sets or removes the cookie of access tokens. If so, the
    /// handler has decided, with a login, an exchange, or a logout, and nothing is renewed.
    #[must_use]
    pub fn is_decided_by<'a>(&self, mut set_cookie: impl Iterator<Item = &'a [u8]>) -> bool {
        let own = self.jwt.cookie_rules().tokens.of(false).as_bytes();
        let name = |field: &'a [u8]| field.split(|byte| *byte == b'=').next().unwrap_or_default();
        set_cookie.any(|field| name(field).trim_ascii() == own)
    }

    /// Adds the renewed cookie to a response, unless its handler [has decided](Self::is_decided_by).
    pub async fn add_to(self, headers: &mut HeaderMap, keep: &[&str]) {
        if self.is_decided_by(headers.get_all(SET_COOKIE).iter().map(HeaderValue::as_bytes)) {
            return;
        }
        for field in self.fields(keep).await {
            headers.append(SET_COOKIE, field);
            // This overrides the handler, which did not know about the token.
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }

    /// Returns the `Set-Cookie` fields with a new access token.
    ///
    /// There are none if the session has ended or is near its absolute limit, if the last exchange was too long ago, or
    /// if the store or a loader fails or rejects the token. The response is left unchanged, and the old token expires
    /// as planned.
    ///
    /// The new token belongs to the same session. With a claims loader, it has the claims that the loader returns now,
    /// so a withdrawn claim is not carried over, and the claims of the old token that `keep` names. Without one, it has
    /// the claims of the old token. It keeps the CSRF value, so open pages continue to work. It is not fresh for longer
    /// than the old token would have been. The loaders receive the identity as it is in the token.
    ///
    /// The refresh token is not renewed. It is exchanged, or it expires.
    pub async fn fields(self, keep: &[&str]) -> Vec<HeaderValue> {
        match self.renewed(keep).await {
            Ok(fields) => fields,
            Err(SessionError::Rejected(TokenError::Misuse(misuse))) => {
                tracing::error!("{misuse}");
                Vec::new()
            }
            Err(SessionError::Rejected(_)) => Vec::new(),
            // An outage, which was logged when it began.
            Err(SessionError::NotIssued(EncodeError::KeyUnavailable(_))) => Vec::new(),
            Err(error @ (SessionError::NotIssued(_) | SessionError::Cookie(_))) => {
                tracing::error!("a cookie could not be renewed: {error}");
                Vec::new()
            }
        }
    }

    async fn renewed(self, keep: &[&str]) -> Result<Vec<HeaderValue>, SessionError> {
        let Self { jwt, mut found, request } = self;
        // Without a store, the application is misconfigured.
        jwt.session_store()?;
        let sessions = jwt.session_rules();
        jwt.ask_blocklist(&found.token, Client).await?;
        jwt.ask_application(&mut found, &Policy::access().late, request.as_ref(), Client).await?;
        let token = &found.token;
        let (Some(session), Some(started_at), Some(old_end)) =
            (token.session(), auth_time(token), token.expires_at())
        else {
            return Ok(Vec::new());
        };
        let now = jwt.time();
        let ends_at = Moment::from(now).plus(sessions.idle).min(started_at.plus(sessions.expires));
        let ends_at = last_end(&jwt, token).into_iter().chain([ends_at]).min().unwrap_or(ends_at);
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
        let since = exchanged_at(token).unwrap_or(started_at);
        let access = reissue(&jwt, token, keep).in_session(in_session).renewed_since(since);
        let access = match token.fresh() {
            Fresh::No => access,
            Fresh::Yes => access.fresh_until(old_end),
            Fresh::Until(end) => access.fresh_until_moment(end),
        };
        let access = access.encode()?;
        let session_ends_at = started_at.plus(sessions.expires).to_system_time().unwrap_or(now);
        let fields = jwt.until_session_end(jwt.access_cookies(&access), session_ends_at).fields()?;
        // This comes last. What cannot be sent does not extend the session, and a session that has ended in the meantime
        // stays ended.
        let (manager, token) = (jwt.clone(), token.clone());
        let is_active = jwt.uninterrupted(async move { touch(&manager, &token, now).await }).await?;
        Ok(if is_active { fields } else { Vec::new() })
    }
}

/// Extends a session, and returns whether it is active.
async fn touch(jwt: &JwtManager, token: &Token, now: SystemTime) -> Result<bool, TokenError> {
    let request = TouchRequest::new(TokenRef::from(token), now).idle(jwt.session_rules().idle);
    let state = jwt.call(Call::Touch, jwt.session_store()?.touch(request)).await;
    let is_active = state.map_err(|error| jwt.unavailable(error))? == SessionState::Active;
    if is_active {
        jwt.emit(Event::AccessTokenRenewed(token));
    }
    Ok(is_active)
}

/// The moment that no renewal of the token outlives. `None` if there is none. The claim was signed, and later exchanges
/// do not change it, so a thief's copy does not live on because the owner exchanges tokens.
fn last_end(jwt: &JwtManager, token: &Token) -> Option<Moment> {
    let renewal = jwt.session_rules().renewal?;
    // A token without any time is not renewed.
    Some(exchanged_at(token).map_or(Moment::from(std::time::UNIX_EPOCH), |since| since.plus(renewal)))
}

fn reissue<'a>(jwt: &'a JwtManager, token: &Token, keep: &[&str]) -> TokenBuilder<'a> {
    let identity = token.identity_value();
    let mut claims = token.claims();
    if jwt.has_claims_loader() {
        claims.retain(|name, _| keep.contains(&&**name));
    }
    let access = jwt.token_for(TokenKind::ACCESS, Ok(identity.clone()), Some(identity));
    access.older_claims(claims)
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewal").finish_non_exhaustive()
    }
}
