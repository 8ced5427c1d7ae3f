//! Private counterparts of the traits with boxed futures, so a manager does not need type parameters.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

#[cfg(feature = "tokio")]
use super::StatesRequest;
use super::{
    EndRequest, Ended, IsRevokedRequest, ListRequest, Revocation, RevokeRequest, RotateRequest, Rotation,
    SessionPage, SessionState, Sessions, StartRequest, Started, StateRequest, TouchRequest,
};
use crate::BoxError;

pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send + 'a>>;

/// [`Revocation`] with boxed futures.
pub(crate) trait DynRevocation: Send + Sync {
    fn is_revoked<'a>(&'a self, request: IsRevokedRequest<'a>) -> Answer<'a, bool>;
    fn revoke<'a>(&'a self, request: RevokeRequest<'a>) -> Answer<'a, ()>;
    fn describe_error(&self, error: &(dyn Error + 'static)) -> Option<String>;
}

impl<S: Revocation> DynRevocation for S {
    fn is_revoked<'a>(&'a self, request: IsRevokedRequest<'a>) -> Answer<'a, bool> {
        Box::pin(Revocation::is_revoked(self, request))
    }

    fn revoke<'a>(&'a self, request: RevokeRequest<'a>) -> Answer<'a, ()> {
        Box::pin(Revocation::revoke(self, request))
    }

    fn describe_error(&self, error: &(dyn Error + 'static)) -> Option<String> {
        Revocation::describe_error(self, error)
    }
}

/// [`Sessions`] with boxed futures, as far as the manager uses it.
pub(crate) trait DynSessions: DynRevocation {
    fn start<'a>(&'a self, request: StartRequest<'a>) -> Answer<'a, Started>;
    fn rotate<'a>(&'a self, request: RotateRequest<'a>) -> Answer<'a, Rotation>;
    fn state<'a>(&'a self, request: StateRequest<'a>) -> Answer<'a, SessionState>;
    #[cfg(feature = "tokio")]
    fn states<'a>(&'a self, request: StatesRequest<'a>) -> Answer<'a, Vec<SessionState>>;
    fn touch<'a>(&'a self, request: TouchRequest<'a>) -> Answer<'a, SessionState>;
    fn end<'a>(&'a self, request: EndRequest<'a>) -> Answer<'a, Ended>;
    fn list<'a>(&'a self, request: ListRequest<'a>) -> Answer<'a, SessionPage>;
}

impl<S: Sessions> DynSessions for S {
    fn start<'a>(&'a self, request: StartRequest<'a>) -> Answer<'a, Started> {
        Box::pin(Sessions::start(self, request))
    }

    fn rotate<'a>(&'a self, request: RotateRequest<'a>) -> Answer<'a, Rotation> {
        Box::pin(Sessions::rotate(self, request))
    }

    fn state<'a>(&'a self, request: StateRequest<'a>) -> Answer<'a, SessionState> {
        Box::pin(Sessions::state(self, request))
    }

    #[cfg(feature = "tokio")]
    fn states<'a>(&'a self, request: StatesRequest<'a>) -> Answer<'a, Vec<SessionState>> {
        Box::pin(Sessions::states(self, request))
    }

    fn touch<'a>(&'a self, request: TouchRequest<'a>) -> Answer<'a, SessionState> {
        Box::pin(Sessions::touch(self, request))
    }

    fn end<'a>(&'a self, request: EndRequest<'a>) -> Answer<'a, Ended> {
        Box::pin(Sessions::end(self, request))
    }

    fn list<'a>(&'a self, request: ListRequest<'a>) -> Answer<'a, SessionPage> {
        Box::pin(Sessions::list(self, request))
    }
}

/// The store of a manager.
#[derive(Clone)]
pub(crate) enum Store {
    Revocation(Arc<dyn DynRevocation>),
    Sessions(Arc<dyn DynSessions>),
}
