//! Sessions and revocation: what an application does with them, and stage 7.

use std::time::{Duration, SystemTime};

use super::Runtime;
use crate::error::{InvalidToken, Misuse};
use crate::policy::RevocationCheck;
use crate::session::{
    Consistency, DynSessions, EndRequest, IsRevokedRequest, Known, ListRequest, Position, RevokeRequest,
    Selector, Session, SessionPage, SessionState, StateRequest, Store, Subject, SubjectRef, TokenRef, millis,
};
use crate::token::TokenError;
use crate::{BoxError, JwtManager, Token};

/// How long a revocation is remembered beyond the token's life: a clock that is set back by less revives nothing.
const KEPT_ON: Duration = Duration::from_secs(60 * 60);

/// Sessions and revoked tokens, in the store of [`JwtManagerBuilder::session_store`](crate::JwtManagerBuilder::session_store) or
/// [`revocation`](crate::JwtManagerBuilder::revocation_store).
///
/// Every method fails with [`TokenError::Unavailable`] if the store does: then nothing is known to have happened, and it
/// may be tried again. Without a store it is [`TokenError::Misuse`].
impl JwtManager {
    /// Revokes a token, whatever its kind: its signature must be ours, its time may be over. Other tokens of its session
    /// stay valid.
    ///
    /// # Errors
    /// [`TokenError::Invalid`], as [`decode`](Self::decode) says, or if it has no `jti`.
    pub async fn revoke(&self, token: &str) -> Result<(), TokenError> {
        self.revoke_token(&self.decode_allow_expired(token)?).await
    }

    async fn revoke_token(&self, token: &Token) -> Result<(), TokenError> {
        if token.id().is_none() {
            return Err(InvalidToken::ClaimMissing("jti".into()).into());
        }
        let leeway = self.0.runtime.sessions.leeway.saturating_add(KEPT_ON);
        // What the clock cannot name is never over.
        let until = token.expires_at().and_then(|expires_at| expires_at.checked_add(leeway));
        let request = RevokeRequest::new(TokenRef::from(token), until, self.time());
        let revoked = match self.store()? {
            Store::Revocation(store) => store.revoke(request).await,
            Store::Sessions(store) => store.revoke(request).await,
        };
        revoked.map_err(|error| self.unavailable(error))
    }

    /// Ends the session of a token, or revokes the token if it has none. The cookies are
    /// [`unset_cookies`](Self::unset_cookies).
    ///
    /// # Errors
    /// As said [above](#impl-JwtManager).
    pub async fn log_out(&self, token: &Token) -> Result<(), TokenError> {
        match token.session() {
            Some(session) => {
                let subject = TokenRef::from(token).subject;
                self.end(Selector::One { subject, session }).await.map(|_| ())
            }
            None => self.revoke_token(token).await,
        }
    }

    /// Ends all sessions of a token's subject, and revokes the token if it is of none; says how many were alive.
    ///
    /// # Errors
    /// As said [above](#impl-JwtManager).
    pub async fn log_out_everywhere(&self, token: &Token) -> Result<u64, TokenError> {
        let ended = self.end(Selector::AllOf(TokenRef::from(token).subject)).await?;
        if token.session().is_none() {
            self.revoke_token(token).await?;
        }
        Ok(ended)
    }

    /// Ends one session of a subject, and says whether it was alive. Another subject's stays as it is.
    ///
    /// Subjects are names (identities as text) or tokens. Where tokens of other issuers are accepted, a token's identity
    /// alone would be that of the manager's own user of this name: give the token.
    ///
    /// # Errors
    /// As said [above](#impl-JwtManager).
    pub async fn end_session(
        &self,
        subject: impl Into<SubjectRef<'_>> + Send,
        session: &str,
    ) -> Result<bool, TokenError> {
        let subject = self.subject(subject.into());
        self.end(Selector::One { subject, session }).await.map(|ended| ended > 0)
    }

    /// Ends all sessions of a subject, and says how many were alive.
    ///
    /// # Errors
    /// As said [above](#impl-JwtManager).
    pub async fn end_sessions(&self, subject: impl Into<SubjectRef<'_>> + Send) -> Result<u64, TokenError> {
        self.end(Selector::AllOf(self.subject(subject.into()))).await
    }

    /// Ends all sessions of a token's subject but its own, and says how many were alive.
    ///
    /// # Errors
    /// As said [above](#impl-JwtManager).
    pub async fn end_other_sessions(&self, token: &Token) -> Result<u64, TokenError> {
        let subject = TokenRef::from(token).subject;
        self.end(match token.session() {
            Some(session) => Selector::AllExcept { subject, session },
            None => Selector::AllOf(subject),
        })
        .await
    }

    /// Refuses whatever the manager's own issuer issued before a moment, to a subject or to everyone, and says how many live
    /// sessions that ended: after a change of password, or a leak. Tokens of no session are refused, too; of those, also what was
    /// issued in the moment's second, because their `iat` has whole seconds.
    ///
    /// # Errors
    /// As said [above](#impl-JwtManager).
    pub async fn end_issued_before(
        &self,
        subject: Option<&str>,
        moment: SystemTime,
    ) -> Result<u64, TokenError> {
        self.end(Selector::IssuedBefore { issuer: self.own_issuer(), subject, moment }).await
    }

    /// The live sessions of a subject, the newest first: all pages of the list, one after the other. Each page has the store's
    /// time limit, and costs about as much as a look at all sessions of the subject. Where somebody may have thousands,
    /// take [`list_sessions_page`](Self::list_sessions_page).
    ///
    /// # Errors
    /// As said [above](#impl-JwtManager), or if the pages go round.
    pub async fn list_sessions(
        &self,
        subject: impl Into<SubjectRef<'_>> + Send,
    ) -> Result<Vec<Session>, TokenError> {
        let subject = self.subject(subject.into());
        let (mut sessions, mut seen, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let page = self.page(ListRequest::new(subject, self.time()).after(after.as_ref())).await?;
            sessions.extend(page.sessions);
            match page.next {
                None => return Ok(sessions),
                Some(next) if goes_on(&mut seen, &next) => after = Some(next),
                Some(_) => return Err(self.unavailable("the pages of the store's list go round".into())),
            }
        }
    }

    /// A page of the live sessions of a subject, the newest first: at most `limit` of them, from 1 to
    /// [`PAGE_LIMIT`](crate::session::PAGE_LIMIT); what lies outside is taken for the nearest of these. The first page is
    /// after `None`, each other one after the [`next`](SessionPage::next) of the page before.
    ///
    /// ```
    /// # async fn example(jwt: jwt_core::JwtManager) -> Result<(), jwt_core::TokenError> {
    /// let first = jwt.list_sessions_page("alice", 20, None).await?;
    /// if let Some(next) = &first.next {
    ///     let second = jwt.list_sessions_page("alice", 20, Some(next)).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Sessions may start and end between two pages: each that lives all the while comes once. A position shows when a
    /// session started, and its id; of another subject, it gives nothing but a place in the order.
    ///
    /// # Errors
    /// As said [above](#impl-JwtManager).
    pub async fn list_sessions_page(
        &self,
        subject: impl Into<SubjectRef<'_>> + Send,
        limit: usize,
        after: Option<&Position>,
    ) -> Result<SessionPage, TokenError> {
        let subject = self.subject(subject.into());
        self.page(ListRequest::new(subject, self.time()).limit(limit).after(after)).await
    }

    async fn page(&self, request: ListRequest<'_>) -> Result<SessionPage, TokenError> {
        self.session_store()?.list(request).await.map_err(|error| self.unavailable(error))
    }

    pub(super) async fn end(&self, selector: Selector<'_>) -> Result<u64, TokenError> {
        let ended = self.session_store()?.end(EndRequest::new(selector, self.time())).await;
        let live = ended.map_err(|error| self.unavailable(error))?.live;
        self.0.runtime.events.session_ended(&selector, live);
        Ok(live)
    }

    /// Stage 7, as far as it is the store's.
    pub(super) async fn ask_store(&self, token: &Token, asked: RevocationCheck) -> Result<(), TokenError> {
        let Runtime { store, sessions, .. } = &self.0.runtime;
        let (known, now) = (TokenRef::from(token), self.time());
        let consistency =
            if asked == RevocationCheck::Source { Consistency::Source } else { Consistency::Local };
        let state = match store {
            None => return Ok(()),
            Some(Store::Revocation(store)) => {
                let revoked = store.is_revoked(IsRevokedRequest::new(known, now).consistency(consistency));
                revoked.await.map(|revoked| match revoked {
                    true => SessionState::Revoked,
                    false => SessionState::Active,
                })
            }
            Some(Store::Sessions(store)) => {
                let request = StateRequest::new(known, now).grace(sessions.grace).consistency(consistency);
                store.state(request).await
            }
        };
        match state.map_err(|error| self.unavailable(error))? {
            SessionState::Active => Ok(()),
            SessionState::Expired => Err(TokenError::Expired(token.clone())),
            SessionState::Revoked | SessionState::Unknown => Err(self.revoked(token.clone())),
            SessionState::Spent => {
                if let Some(session) = known.session {
                    self.end(Selector::One { subject: known.subject, session }).await?;
                }
                Err(self.reused(token.clone()))
            }
            _ => Err(self.unknown_answer()),
        }
    }

    pub(super) fn store(&self) -> Result<&Store, Misuse> {
        self.0.runtime.store.as_ref().ok_or(Misuse::NoStore)
    }

    pub(crate) fn session_store(&self) -> Result<&dyn DynSessions, Misuse> {
        match &self.0.runtime.store {
            Some(Store::Sessions(store)) => Ok(&**store),
            Some(Store::Revocation(_)) | None => Err(Misuse::NoSessionStore),
        }
    }

    pub(super) fn revoked(&self, token: Token) -> TokenError {
        self.0.runtime.events.revoked_token_used(&token);
        TokenError::Revoked(token)
    }

    /// Of a token whose session has been ended for it.
    pub(super) fn reused(&self, token: Token) -> TokenError {
        self.0.runtime.events.reuse_detected(&token);
        TokenError::Reused(token)
    }

    pub(crate) fn unavailable(&self, error: BoxError) -> TokenError {
        self.0.runtime.events.store_unavailable(&error);
        TokenError::Unavailable(error)
    }

    /// A newer store may answer what this version does not know: the token is refused.
    pub(super) fn unknown_answer(&self) -> TokenError {
        self.unavailable("the store gave an answer that this version does not know".into())
    }

    pub(crate) fn time(&self) -> SystemTime {
        (self.0.runtime.clock)()
    }

    fn own_issuer(&self) -> &str {
        self.0.runtime.issue.parties.issuer.as_deref().unwrap_or_default()
    }

    pub(super) fn subject<'a>(&'a self, whose: SubjectRef<'a>) -> Subject<'a> {
        match whose.0 {
            Known::Name(name) => Subject::new(self.own_issuer(), name),
            Known::Subject(subject) => subject,
        }
    }
}

/// Whether a list goes on at this place, rather than at one that was there before: at an older session, or at one of the same
/// start that was not `seen`.
fn goes_on(seen: &mut Vec<Position>, next: &Position) -> bool {
    let start = |place: &Position| millis(place.started_at);
    match seen.last() {
        Some(last) if start(last) < start(next) => return false,
        Some(last) if start(last) == start(next) && seen.contains(next) => return false,
        Some(last) if start(last) > start(next) => seen.clear(),
        _ => {}
    }
    seen.push(next.clone());
    true
}
