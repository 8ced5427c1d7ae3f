//! The private twins of the traits: boxed, so that a manager has no type parameters.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{
    NewSession, Revocation, Rotation, RotationPolicy, Selector, Session, SessionState, Sessions, Subject,
    TokenRef,
};
use crate::BoxError;

pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send + 'a>>;

/// [`Revocation`], boxed.
pub(crate) trait Revoked: Send + Sync {
    fn is_revoked<'a>(&'a self, token: TokenRef<'a>, now: SystemTime) -> Answer<'a, bool>;
    fn is_revoked_at_source<'a>(&'a self, token: TokenRef<'a>, now: SystemTime) -> Answer<'a, bool>;
    fn revoke<'a>(
        &'a self,
        token: TokenRef<'a>,
        until: Option<SystemTime>,
        now: SystemTime,
    ) -> Answer<'a, ()>;
}

impl<S: Revocation> Revoked for S {
    fn is_revoked<'a>(&'a self, token: TokenRef<'a>, now: SystemTime) -> Answer<'a, bool> {
        Box::pin(Revocation::is_revoked(self, token, now))
    }

    fn is_revoked_at_source<'a>(&'a self, token: TokenRef<'a>, now: SystemTime) -> Answer<'a, bool> {
        Box::pin(Revocation::is_revoked_at_source(self, token, now))
    }

    fn revoke<'a>(
        &'a self,
        token: TokenRef<'a>,
        until: Option<SystemTime>,
        now: SystemTime,
    ) -> Answer<'a, ()> {
        Box::pin(Revocation::revoke(self, token, until, now))
    }
}

/// [`Sessions`], boxed.
pub(crate) trait Kept: Revoked {
    fn start<'a>(&'a self, session: NewSession<'a>, now: SystemTime) -> Answer<'a, ()>;
    fn rotate<'a>(
        &'a self,
        presented: TokenRef<'a>,
        next: &'a str,
        policy: RotationPolicy,
        now: SystemTime,
    ) -> Answer<'a, Rotation>;
    fn state<'a>(&'a self, token: TokenRef<'a>, grace: Duration, now: SystemTime)
    -> Answer<'a, SessionState>;
    fn state_at_source<'a>(
        &'a self,
        token: TokenRef<'a>,
        grace: Duration,
        now: SystemTime,
    ) -> Answer<'a, SessionState>;
    fn touch<'a>(&'a self, token: TokenRef<'a>, idle: Duration, now: SystemTime) -> Answer<'a, SessionState>;
    fn end<'a>(&'a self, selector: Selector<'a>, now: SystemTime) -> Answer<'a, u64>;
    fn list<'a>(&'a self, subject: Subject<'a>, now: SystemTime) -> Answer<'a, Vec<Session>>;
}

impl<S: Sessions> Kept for S {
    fn start<'a>(&'a self, session: NewSession<'a>, now: SystemTime) -> Answer<'a, ()> {
        Box::pin(Sessions::start(self, session, now))
    }

    fn rotate<'a>(
        &'a self,
        presented: TokenRef<'a>,
        next: &'a str,
        policy: RotationPolicy,
        now: SystemTime,
    ) -> Answer<'a, Rotation> {
        Box::pin(Sessions::rotate(self, presented, next, policy, now))
    }

    fn state<'a>(
        &'a self,
        token: TokenRef<'a>,
        grace: Duration,
        now: SystemTime,
    ) -> Answer<'a, SessionState> {
        Box::pin(Sessions::state(self, token, grace, now))
    }

    fn state_at_source<'a>(
        &'a self,
        token: TokenRef<'a>,
        grace: Duration,
        now: SystemTime,
    ) -> Answer<'a, SessionState> {
        Box::pin(Sessions::state_at_source(self, token, grace, now))
    }

    fn touch<'a>(&'a self, token: TokenRef<'a>, idle: Duration, now: SystemTime) -> Answer<'a, SessionState> {
        Box::pin(Sessions::touch(self, token, idle, now))
    }

    fn end<'a>(&'a self, selector: Selector<'a>, now: SystemTime) -> Answer<'a, u64> {
        Box::pin(Sessions::end(self, selector, now))
    }

    fn list<'a>(&'a self, subject: Subject<'a>, now: SystemTime) -> Answer<'a, Vec<Session>> {
        Box::pin(Sessions::list(self, subject, now))
    }
}

/// What a manager was given.
#[derive(Clone)]
pub(crate) enum Store {
    Revocation(Arc<dyn Revoked>),
    Sessions(Arc<dyn Kept>),
}
