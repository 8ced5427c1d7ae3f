//! Sessions and revocation: the operations of an application, and stage 7 of a check.

use std::time::{Duration, SystemTime};

use super::call::Fault;
use super::standing::Standing;
use super::watch::Watch;
use super::{Call, Runtime};
use crate::error::{InvalidToken, Misuse};
use crate::policy::RevocationCheck;
use crate::session::{
    Consistency, DynSessions, EndRequest, EndedBy, Event, IsRevokedRequest, Known, ListRequest, OwnedSubject,
    Position, RevokeRequest, Selector, Session, SessionPage, StateRequest, Store, Subject, SubjectRef,
    TokenRef, millis,
};
use crate::token::TokenError;
use crate::{BoxError, JwtManager, Token};

/// How long a revocation is kept after the token has expired. A clock that is set back by less does not revive the
/// token.
const KEPT_ON: Duration = Duration::from_secs(60 * 60);

/// Sessions and revoked tokens, in the store of
/// [`JwtManagerBuilder::session_store`](crate::JwtManagerBuilder::session_store) or
/// [`revocation_store`](crate::JwtManagerBuilder::revocation_store).
///
/// Every method returns [`TokenError::Unavailable`] if the store fails. The operation may or may not have happened, and
/// it can be tried again. Without a store, every method returns [`TokenError::Misuse`].
///
/// With the feature `tokio`, a method that changes something goes on if its future is dropped while it waits, for example
/// because the client disconnects. What is left of it becomes a task of the runtime, which has no
/// [task-local](https://docs.rs/tokio/latest/tokio/macro.task_local.html) values of the request. At most 1000 uses of refresh
/// tokens and 1000 other changes are left at a time. Further ones end with their futures, and the log says so.
impl JwtManager {
    /// Revokes a token of any kind. The signature must be valid, but the token may have expired. Other tokens of its
    /// session stay valid.
    ///
    /// # Errors
    ///
    /// Returns [`TokenError::Invalid`] if [`decode`](Self::decode) does, or if the token lacks a `jti`.
    pub async fn revoke(&self, token: &str) -> Result<(), TokenError> {
        let (jwt, token) = (self.clone(), self.decode_allow_expired(token)?);
        self.uninterrupted(async move { jwt.revoke_token(&token).await }).await
    }

    async fn revoke_token(&self, token: &Token) -> Result<(), TokenError> {
        if token.id().is_none() {
            return Err(InvalidToken::ClaimMissing("jti".into()).into());
        }
        let leeway = self.0.runtime.sessions.leeway.saturating_add(KEPT_ON);
        // A moment that the clock cannot represent never comes.
        let until = token.expires_at().and_then(|expires_at| expires_at.checked_add(leeway));
        let request = RevokeRequest::new(TokenRef::from(token), until, self.time());
        let store = self.store()?;
        let look = self.look_at_connections(Selector::AllOf(TokenRef::from(token).subject));
        let revoked = match store {
            Store::Revocation(store) => self.call(Call::Revoke, store.revoke(request)).await,
            Store::Sessions(store) => self.call(Call::Revoke, store.revoke(request)).await,
        };
        look.done();
        revoked.map_err(|error| self.unavailable(error))
    }

    /// Ends the session of a token, or revokes the token if it has no session.
    /// [`unset_cookies`](Self::unset_cookies) removes the cookies.
    ///
    /// # Errors
    ///
    /// See [above](#impl-JwtManager).
    pub async fn log_out(&self, token: &Token) -> Result<(), TokenError> {
        let (jwt, token) = (self.clone(), token.clone());
        self.uninterrupted(async move {
            match token.session() {
                Some(session) => {
                    let subject = TokenRef::from(&token).subject;
                    jwt.end(Selector::One { subject, session }, EndedBy::Holder).await.map(|_| ())
                }
                None => jwt.revoke_token(&token).await,
            }
        })
        .await
    }

    /// Ends all sessions of a token's subject, and revokes the token if it has no session. Returns the number of
    /// sessions that were alive.
    ///
    /// # Errors
    ///
    /// See [above](#impl-JwtManager).
    pub async fn log_out_everywhere(&self, token: &Token) -> Result<u64, TokenError> {
        let (jwt, token) = (self.clone(), token.clone());
        self.uninterrupted(async move {
            // Revoked first: it can fail, and a failure must not come after the sessions have ended.
            if token.session().is_none() {
                jwt.revoke_token(&token).await?;
            }
            jwt.end(Selector::AllOf(TokenRef::from(&token).subject), EndedBy::Holder).await
        })
        .await
    }

    /// Ends one session of a subject. Returns whether the session was alive. The session of another subject is not
    /// changed.
    ///
    /// The subject is an identity or a token. If the manager accepts tokens of other issuers, pass the token: its
    /// identity alone would mean the manager's own user with that name.
    ///
    /// # Errors
    ///
    /// See [above](#impl-JwtManager).
    pub async fn end_session(
        &self,
        subject: impl Into<SubjectRef<'_>> + Send,
        session: &str,
    ) -> Result<bool, TokenError> {
        let subject = OwnedSubject::from(self.subject(&subject.into()));
        let (jwt, session) = (self.clone(), session.to_owned());
        self.uninterrupted(async move {
            let selector = Selector::One { subject: subject.borrow(), session: &session };
            jwt.end(selector, EndedBy::Application).await.map(|ended| ended > 0)
        })
        .await
    }

    /// Ends all sessions of a subject. Returns the number of sessions that were alive.
    ///
    /// # Errors
    ///
    /// See [above](#impl-JwtManager).
    pub async fn end_sessions(&self, subject: impl Into<SubjectRef<'_>> + Send) -> Result<u64, TokenError> {
        let subject = OwnedSubject::from(self.subject(&subject.into()));
        let jwt = self.clone();
        self.uninterrupted(
            async move { jwt.end(Selector::AllOf(subject.borrow()), EndedBy::Application).await },
        )
        .await
    }

    /// Ends all sessions of a token's subject, except the token's own. Returns the number of sessions that were alive.
    /// Use this after a change of password.
    ///
    /// # Errors
    ///
    /// See [above](#impl-JwtManager).
    pub async fn end_other_sessions(&self, token: &Token) -> Result<u64, TokenError> {
        let (jwt, token) = (self.clone(), token.clone());
        self.uninterrupted(async move {
            let subject = TokenRef::from(&token).subject;
            let others = match token.session() {
                Some(session) => Selector::AllExcept { subject, session },
                None => Selector::AllOf(subject),
            };
            jwt.end(others, EndedBy::Holder).await
        })
        .await
    }

    /// Rejects everything that this manager issued before a given time, to one subject or to everyone. Returns the
    /// number of live sessions that were ended.
    ///
    /// Use this after a leak, or if a user asks to be logged out everywhere. After a change of password, use
    /// [`end_other_sessions`](Self::end_other_sessions), which keeps the session of the user who changed it. Tokens
    /// without a session are rejected as well. Because their `iat` has whole seconds, those that were issued within the
    /// second of `moment` are also rejected. The `iss` of a token does not matter: whatever this manager's own keys
    /// have signed belongs to its own issuer. If a [`decode_key_loader`](crate::JwtManagerBuilder::decode_key_loader)
    /// provides the keys, the `iss` decides. Tokens of [other issuers](crate::Issuer) are not affected.
    ///
    /// The subject is the text of an identity, as [`Token::identity`](crate::Token::identity) returns it: `"42"` for
    /// the integer 42. `None` means everyone.
    ///
    /// If the clocks of your nodes differ: a session that exists now and seems to start in the future counts as started
    /// now. So it ends with a `moment` that is the current time. A token without a session does not leave a trace in the
    /// store. If a node whose clock is fast has issued it, its `iat` can be up to
    /// [`iat_leeway`](crate::Config::iat_leeway) after `moment`, 5 seconds by default, and it stays valid until it
    /// expires. To reject it as well, pass a `moment` that is later by the leeway. Then logins within the leeway are
    /// rejected, too.
    ///
    /// # Errors
    ///
    /// See [above](#impl-JwtManager).
    pub async fn end_issued_before(
        &self,
        subject: Option<&str>,
        moment: SystemTime,
    ) -> Result<u64, TokenError> {
        let (jwt, subject) = (self.clone(), subject.map(str::to_owned));
        self.uninterrupted(async move {
            let (issuer, subject) = (jwt.own_issuer(), subject.as_deref());
            jwt.end(Selector::IssuedBefore { issuer, subject, moment }, EndedBy::Application).await
        })
        .await
    }

    /// Returns the live sessions of a subject, the newest first.
    ///
    /// This reads the list page by page. Each page has the store's time limit, and costs about as much as reading all
    /// sessions of the subject. If a subject may have thousands of sessions, use
    /// [`list_sessions_page`](Self::list_sessions_page).
    ///
    /// # Errors
    ///
    /// See [above](#impl-JwtManager). It is also an error if the pages of the store form a cycle.
    pub async fn list_sessions(
        &self,
        subject: impl Into<SubjectRef<'_>> + Send,
    ) -> Result<Vec<Session>, TokenError> {
        let subject = subject.into();
        let subject = self.subject(&subject);
        let (mut sessions, mut seen, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let page = self.page(ListRequest::new(subject, self.time()).after(after.as_ref())).await?;
            sessions.extend(page.sessions);
            match page.next {
                None => return Ok(sessions),
                Some(next) if goes_on(&mut seen, &next) => after = Some(next),
                Some(_) => {
                    return Err(self.broken(Call::List, Fault("the pages of the store form a cycle")));
                }
            }
        }
    }

    /// Returns one page of the live sessions of a subject, the newest first.
    ///
    /// A page has at most `limit` sessions. The limit is clamped to 1 through
    /// [`PAGE_LIMIT`](crate::session::PAGE_LIMIT). Pass `None` for the first page, and the [`next`](SessionPage::next)
    /// of the previous page for each other page.
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
    /// Sessions may start and end between two pages. A session that is alive the whole time appears once. A position
    /// contains the start and the id of a session. The position of another subject's session is only a point in the
    /// order. For a link to the next page, use the text form of a [`Position`]. A text that is not one is an error when
    /// you parse it.
    ///
    /// # Errors
    ///
    /// See [above](#impl-JwtManager).
    pub async fn list_sessions_page(
        &self,
        subject: impl Into<SubjectRef<'_>> + Send,
        limit: usize,
        after: Option<&Position>,
    ) -> Result<SessionPage, TokenError> {
        let subject = subject.into();
        let subject = self.subject(&subject);
        self.page(ListRequest::new(subject, self.time()).limit(limit).after(after)).await
    }

    async fn page(&self, request: ListRequest<'_>) -> Result<SessionPage, TokenError> {
        let list = self.session_store()?.list(request);
        self.call(Call::List, list).await.map_err(|error| self.unavailable(error))
    }

    pub(super) async fn end(&self, selector: Selector<'_>, by: EndedBy) -> Result<u64, TokenError> {
        let store = self.session_store()?;
        let look = self.look_at_connections(selector);
        let ended = self.call(Call::End, store.end(EndRequest::new(selector, self.time()))).await;
        look.done();
        let live = ended.map_err(|error| self.unavailable(error))?.live;
        // Otherwise, everyone who has a token could fill an audit log with logouts.
        if live > 0 || (by == EndedBy::Application && !matches!(selector, Selector::One { .. })) {
            self.emit(Event::SessionEnded { selector, ended: live, by });
        }
        Ok(live)
    }

    /// The store's part of stage 7.
    pub(super) async fn ask_store<W: Watch>(
        &self,
        token: &Token,
        asked: RevocationCheck,
        watch: W,
    ) -> Result<(), TokenError> {
        let consistency =
            if asked == RevocationCheck::Source { Consistency::Source } else { Consistency::Local };
        // Only what a client presents causes events, and ends a session.
        let unavailable = |error| {
            if W::IS_CLIENT { self.unavailable(error) } else { TokenError::Unavailable(error) }
        };
        match self.find_standing(token, consistency, watch).await.map_err(unavailable)? {
            Standing::Good => Ok(()),
            Standing::Expired => Err(TokenError::Expired(token.clone())),
            Standing::Revoked if !W::IS_CLIENT => Err(TokenError::Revoked(token.clone())),
            Standing::Spent if !W::IS_CLIENT => Err(TokenError::Reused(token.clone())),
            Standing::Revoked => Err(self.revoked(token.clone())),
            Standing::Spent => {
                let (jwt, reused) = (self.clone(), token.clone());
                self.uninterrupted_use(async move { jwt.end_because_of(&reused).await }).await?;
                Err(TokenError::Reused(token.clone()))
            }
        }
    }

    /// Ends the session of a refresh token that was used too often.
    pub(super) async fn end_because_of(&self, token: &Token) -> Result<(), TokenError> {
        let known = TokenRef::from(token);
        let ended = match known.session {
            Some(session) => {
                self.end(Selector::One { subject: known.subject, session }, EndedBy::Reuse).await
            }
            None => Ok(0),
        };
        // Another request may have ended the session before. If the store has failed, it may have ended it all the same.
        let is_first = ended.as_ref().map_or(true, |live| *live > 0);
        self.emit(if is_first { Event::ReuseDetected(token) } else { Event::RevokedTokenUsed(token) });
        ended.map(|_| ())
    }

    /// Whether a token can be used, according to the store. Without a store, it can.
    pub(super) async fn find_standing<W: Watch>(
        &self,
        token: &Token,
        consistency: Consistency,
        watch: W,
    ) -> Result<Standing, BoxError> {
        let Runtime { store, sessions, .. } = &self.0.runtime;
        let (known, now) = (TokenRef::from(token), self.time());
        match store {
            None => Ok(Standing::Good),
            Some(Store::Revocation(store)) => {
                let revoked = store.is_revoked(IsRevokedRequest::new(known, now).consistency(consistency));
                Ok(if self.call_for(watch, Call::IsRevoked, revoked).await? {
                    Standing::Revoked
                } else {
                    Standing::Good
                })
            }
            Some(Store::Sessions(store)) => {
                let request = StateRequest::new(known, now).grace(sessions.grace).consistency(consistency);
                let standing = async { Ok(Standing::of(store.state(request).await?)?) };
                self.call_for(watch, Call::State, standing).await
            }
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
        self.emit(Event::RevokedTokenUsed(&token));
        TokenError::Revoked(token)
    }

    pub(crate) fn unavailable(&self, error: BoxError) -> TokenError {
        self.emit(Event::StoreUnavailable(&error));
        TokenError::Unavailable(error)
    }

    pub(crate) fn time(&self) -> SystemTime {
        (self.0.runtime.clock)()
    }

    fn own_issuer(&self) -> &str {
        &self.0.runtime.issue.parties.subjects_of
    }

    pub(super) fn subject<'a>(&'a self, subject: &'a SubjectRef<'_>) -> Subject<'a> {
        match &subject.0 {
            Known::Name(name) => Subject::new(self.own_issuer(), name),
            Known::Subject(subject) => *subject,
        }
    }
}

/// Whether `next` continues the list: at an older session, or at one with the same start that was not `seen`. Otherwise
/// the pages form a cycle.
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
