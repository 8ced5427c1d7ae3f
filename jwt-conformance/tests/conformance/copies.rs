//! A store that looks up access tokens in a copy, which contains only ended sessions.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use jwt_conformance::{Fixture, checks};
use jwt_core::session::MemorySessions;
use jwt_session::{
    BoxError, EndRequest, Ended, IsRevokedRequest, ListRequest, Revocation, RevokeRequest, RotateRequest,
    Rotation, Selector, SessionPage, SessionState, Sessions, StartRequest, Started, StateRequest, Subject,
    TokenRef, TouchRequest,
};

use crate::flaws::verdict;
use crate::reference::key;
use crate::tables::Key;

/// The shared store and its copy.
pub(crate) struct Copying {
    shared: MemorySessions,
    copy: Mutex<Known>,
    flaw: Option<Flaw>,
}

/// One thing that a copy does wrong on purpose.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Flaw {
    ForgetsEnded,
    ForgetsRevoked,
    ForgetsCutOff,
    IgnoresSubject,
    CopiesRefreshTokens,
    SourceIsTheCopy,
}

#[derive(Default)]
struct Known {
    ended: HashSet<Key>,
    /// When each session started. The shared store reports the sessions that it ends.
    started: HashMap<Key, SystemTime>,
    /// Issuer, subject, and time. No subject means everyone.
    cutoffs: Vec<(String, Option<String>, SystemTime)>,
}

/// Opens a copy, and declares whether it is one.
pub(crate) struct Opened<const COPIES: bool>(Option<Flaw>);

impl<const COPIES: bool> Opened<COPIES> {
    pub(crate) const fn right() -> Self {
        Self(None)
    }
}

impl<const COPIES: bool> Fixture for Opened<COPIES> {
    type Store = Copying;

    const COPIES: bool = COPIES;

    async fn open(&self) -> Copying {
        Copying { shared: MemorySessions::new(), copy: Mutex::default(), flaw: self.0 }
    }
}

impl Copying {
    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn copy(&self) -> MutexGuard<'_, Known> {
        self.copy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_end(&self, key: Key) {
        if !self.is(Flaw::ForgetsEnded) {
            self.copy().ended.insert(key);
        }
    }

    /// Records the sessions that a moment cuts off.
    fn note_cut_off(&self, sessions: &[(Key, SystemTime)]) {
        let copy = &mut *self.copy();
        for (key, start) in sessions {
            let is_cut_off = |(issuer, subject, moment): &(String, Option<String>, SystemTime)| {
                key.0 == *issuer && subject.as_ref().is_none_or(|name| key.1 == *name) && start < moment
            };
            if !self.is(Flaw::ForgetsCutOff) && copy.cutoffs.iter().any(is_cut_off) {
                copy.ended.insert(key.clone());
            }
        }
    }

    /// Returns the sessions of an issuer, or of one of its subjects, and when they started.
    fn started(&self, issuer: &str, subject: Option<&str>) -> Vec<(Key, SystemTime)> {
        let copy = self.copy();
        let theirs = |(key, _): &(&Key, &SystemTime)| {
            key.0 == issuer && subject.is_none_or(|subject| key.1 == subject)
        };
        copy.started.iter().filter(theirs).map(|(key, start)| (key.clone(), *start)).collect()
    }

    async fn by_copy(&self, token: TokenRef<'_>, now: SystemTime) -> Result<SessionState, BoxError> {
        let id = token.session.unwrap_or_default();
        let ended = if self.is(Flaw::IgnoresSubject) {
            self.copy().ended.iter().any(|(_, _, other)| other == id)
        } else {
            self.copy().ended.contains(&key(token.subject, id))
        };
        let revoked = !self.is(Flaw::ForgetsRevoked)
            && self.shared.is_revoked(IsRevokedRequest::new(token, now)).await?;
        Ok(if ended || revoked { SessionState::Revoked } else { SessionState::Active })
    }
}

impl Revocation for Copying {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        self.shared.is_revoked(request).await
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        self.shared.revoke(request).await
    }
}

/// Uses the default implementation of [`Sessions::states`].
impl Sessions for Copying {
    async fn start(&self, request: StartRequest<'_>) -> Result<Started, BoxError> {
        let StartRequest { session, now, .. } = request;
        let started = self.shared.start(request).await?;
        let key = key(session.subject, session.id);
        self.copy().started.insert(key.clone(), now);
        self.note_cut_off(&[(key, now)]);
        for id in &started.evicted {
            self.note_end(crate::reference::key(session.subject, id));
        }
        Ok(started)
    }

    async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, BoxError> {
        let presented = request.presented;
        let rotation = self.shared.rotate(request).await?;
        if rotation == Rotation::Reused {
            self.note_end(key(presented.subject, presented.session.unwrap_or_default()));
        }
        Ok(rotation)
    }

    async fn state(&self, request: StateRequest<'_>) -> Result<SessionState, BoxError> {
        let StateRequest { token, consistency, now, .. } = request;
        let is_copied =
            token.session.is_some() && (!token.is_refresh() || self.is(Flaw::CopiesRefreshTokens));
        if is_copied && (consistency.is_local() || self.is(Flaw::SourceIsTheCopy)) {
            return self.by_copy(token, now).await;
        }
        self.shared.state(request).await
    }

    async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, BoxError> {
        self.shared.touch(request).await
    }

    async fn end(&self, request: EndRequest<'_>) -> Result<Ended, BoxError> {
        let ended = self.shared.end(request).await?;
        let note_but = |subject: Subject<'_>, kept: Option<&str>| {
            let theirs = self.started(subject.issuer, Some(subject.name)).into_iter();
            theirs.filter(|(key, _)| Some(&*key.2) != kept).for_each(|(key, _)| self.note_end(key));
        };
        match request.selector {
            Selector::One { subject, session } => self.note_end(key(subject, session)),
            Selector::AllOf(subject) => note_but(subject, None),
            Selector::AllExcept { subject, session } => note_but(subject, Some(session)),
            Selector::IssuedBefore { issuer, subject, moment } => {
                self.copy().cutoffs.push((issuer.to_owned(), subject.map(str::to_owned), moment));
                let started = self.started(issuer, subject);
                self.note_cut_off(&started);
                let in_future = started.into_iter().filter(|(_, start)| *start > request.now);
                in_future
                    .filter(|_| request.includes_future_starts())
                    .for_each(|(key, _)| self.note_end(key));
            }
            _ => return Err("a selector that is unknown".into()),
        }
        Ok(ended)
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, BoxError> {
        self.shared.list(request).await
    }
}

/// Each of the checks finds the flaw.
macro_rules! found {
    ($($(#[$doc:meta])* $name:ident: $opened:expr => $($check:ident),+;)+) => {$(
        $(#[$doc])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() {
            $(
                let said = verdict(async { checks::$check(&$opened).await }).await;
                assert!(said.starts_with(concat!(stringify!($check), ": ")), "{said}");
            )+
        }
    )+};
}

found! {
    a_store_that_does_not_say_that_it_copies: Opened::<false>::right() => a_session_that_is_not_alive_says_so,
        a_session_is_over_at_its_idle_limit, a_session_is_over_at_its_absolute_limit,
        an_unknown_session_gives_nothing, nobody_else_sees_or_touches, sessions_are_compared_exactly;
    a_copy_that_forgets_what_has_ended: Opened::<true>(Some(Flaw::ForgetsEnded)) => one_session_ends_alone,
        all_sessions_of_a_subject_end, all_sessions_but_one_end, any_other_token_ends_the_session,
        a_limit_ends_what_was_unused_for_longest,
        what_has_ended_stays_so, a_session_that_is_not_alive_says_so, one_session_ends_in_use;
    a_copy_that_forgets_revoked_tokens: Opened::<true>(Some(Flaw::ForgetsRevoked)) =>
        a_revoked_access_token_leaves_its_session_alive;
    a_copy_that_forgets_what_was_cut_off: Opened::<true>(Some(Flaw::ForgetsCutOff)) =>
        sessions_are_cut_off_by_their_start, a_cutoff_in_the_future_holds_until_then,
        a_cutoff_is_for_one_subject_or_for_everyone;
    a_copy_that_ignores_the_subject: Opened::<true>(Some(Flaw::IgnoresSubject)) => nobody_else_ends;
    a_copy_that_answers_for_refresh_tokens: Opened::<true>(Some(Flaw::CopiesRefreshTokens)) =>
        a_session_that_is_not_alive_says_so, spent_tokens_are_seen_and_nothing_changes, grace_ends;
    a_source_that_is_the_copy: Opened::<true>(Some(Flaw::SourceIsTheCopy)) => the_source_knows_every_session,
        a_batch_goes_by_the_source_if_asked, a_batch_is_answered_in_its_order,
        a_session_that_is_not_alive_says_so, a_session_is_over_at_its_idle_limit;
}
