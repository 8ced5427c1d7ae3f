//! The users of the checks, and the steps of a session.

use std::hash::{BuildHasher as _, RandomState};
use std::time::SystemTime;

use jwt_session::{
    Consistency, ListRequest, NewSession, RotateRequest, Rotation, Selector, SessionState, Sessions,
    StartRequest, StateRequest, Subject, TokenRef,
};

use crate::Fixture;
use crate::expect::{ACTIVE, Access, DEAD, MustBe as _, OVER, Outcome, ensure};
use crate::time::{IDLE, LIFE, Policy, millis, policy};

/// A source of names that are unique to this run of a check.
pub(crate) struct Names(String);

impl Names {
    pub(crate) fn new() -> Self {
        // The seed is different each time, which is random enough.
        Self(format!("{:016x}-", RandomState::new().hash_one(0)))
    }

    /// Returns a source of names that are unique to a part of the check.
    pub(crate) fn inner(&self, part: &str) -> Self {
        Self(format!("{}{part}-", self.0))
    }

    pub(crate) fn name(&self, text: &str) -> String {
        format!("{}{text}", self.0)
    }

    /// Returns unique names that start and end with the text, because a store must not ignore its first or last
    /// characters.
    pub(crate) fn both_ways(&self, text: &str) -> [String; 2] {
        [format!("{}{text}", self.0), format!("{text}{}", self.0)]
    }

    /// Returns a session of a user at the issuer of this check.
    pub(crate) fn login(&self, name: &str) -> Login {
        let id = self.name(&format!("{name}-session"));
        Login { issuer: self.name("issuer"), name: self.name(name), id }
    }
}

/// A session of a subject.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) issuer: String,
    pub(crate) name: String,
    pub(crate) id: String,
}

impl Login {
    /// Returns another session of the same subject.
    pub(crate) fn also(&self, device: &str) -> Self {
        Self { id: format!("{}-{device}", self.id), ..self.clone() }
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject::new(&self.issuer, &self.name)
    }

    pub(crate) fn refresh<'a>(&'a self, id: &'a str) -> TokenRef<'a> {
        TokenRef::refresh(self.subject(), &self.id, id)
    }

    pub(crate) fn access(&self) -> TokenRef<'_> {
        TokenRef::access(self.subject(), &self.id, "access")
    }

    pub(crate) fn one(&self) -> Selector<'_> {
        Selector::One { subject: self.subject(), session: &self.id }
    }

    pub(crate) fn all(&self) -> Selector<'_> {
        Selector::AllOf(self.subject())
    }

    pub(crate) fn all_but_this(&self) -> Selector<'_> {
        Selector::AllExcept { subject: self.subject(), session: &self.id }
    }

    /// Selects everything that was issued to this subject before a moment.
    pub(crate) fn before(&self, moment: SystemTime) -> Selector<'_> {
        Selector::IssuedBefore { issuer: &self.issuer, subject: Some(&self.name), moment }
    }

    /// Selects everything that was issued to anyone before a moment.
    pub(crate) fn everyone_before(&self, moment: SystemTime) -> Selector<'_> {
        Selector::IssuedBefore { issuer: &self.issuer, subject: None, moment }
    }

    /// Returns the session to start now, with the usual limits.
    pub(crate) fn new_session<'a>(&'a self, current: &'a str, now: SystemTime) -> NewSession<'a> {
        NewSession::new(self.subject(), &self.id, current, now + millis(LIFE))
            .idle_expires_at(now + millis(IDLE))
    }

    pub(crate) async fn start<S: Sessions>(&self, store: &S, current: &str, now: SystemTime) -> Outcome {
        store.start(StartRequest::new(self.new_session(current, now), now)).await?;
        Ok(())
    }

    pub(crate) async fn rotate<S: Sessions>(
        &self,
        store: &S,
        presented: &str,
        next: &str,
        policy: Policy,
        now: SystemTime,
    ) -> Outcome<Rotation> {
        Ok(store
            .rotate(
                RotateRequest::new(self.refresh(presented), next, now)
                    .grace(policy.grace)
                    .keep(policy.keep)
                    .idle(policy.idle),
            )
            .await?)
    }

    /// Returns the state of one of the refresh tokens, with the usual grace.
    pub(crate) async fn state<S: Sessions>(
        &self,
        store: &S,
        refresh: &str,
        now: SystemTime,
    ) -> Outcome<SessionState> {
        Ok(store.state(StateRequest::new(self.refresh(refresh), now).grace(policy().grace)).await?)
    }

    async fn is_listed<S: Sessions>(&self, store: &S, now: SystemTime) -> Outcome<bool> {
        Ok(store
            .list(ListRequest::new(self.subject(), now))
            .await?
            .sessions
            .iter()
            .any(|session| session.id == self.id))
    }

    /// Checks that the session is live, both by its state and in the list.
    pub(crate) async fn alive<S: Sessions>(&self, store: &S, now: SystemTime, which: &str) -> Outcome {
        store.state(StateRequest::new(self.access(), now)).await?.must_be(ACTIVE, which)?;
        ensure!(self.is_listed(store, now).await?, "{which}: the session is live, but list omits it");
        Ok(())
    }

    /// Checks that the session has ended: its state says so, and the list omits it.
    pub(crate) async fn dead<S: Sessions>(&self, store: &S, now: SystemTime, which: &str) -> Outcome {
        store.state(StateRequest::new(self.access(), now)).await?.must_be(DEAD, which)?;
        self.is_not_listed(store, now, which).await
    }

    /// Checks that the session has expired, or that it never existed.
    pub(crate) async fn over<F>(&self, store: &F::Store, now: SystemTime, which: &str) -> Outcome
    where
        F: Fixture<Store: Sessions>,
    {
        store.state(StateRequest::new(self.access(), now)).await?.must_be(Access::<F>::OVER, which)?;
        let at_source = format!("{which}, at the source");
        store
            .state(StateRequest::new(self.access(), now).consistency(Consistency::Source))
            .await?
            .must_be(OVER, &at_source)?;
        self.is_not_listed(store, now, which).await
    }

    async fn is_not_listed<S: Sessions>(&self, store: &S, now: SystemTime, which: &str) -> Outcome {
        ensure!(!self.is_listed(store, now).await?, "{which}: the session is not live, but list returns it");
        Ok(())
    }
}
