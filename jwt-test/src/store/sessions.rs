use std::error::Error;

use jwt_core::BoxError;
use jwt_core::session::{
    EndRequest, Ended, IsRevokedRequest, ListRequest, Revocation, RevokeRequest, RotateRequest, Rotation,
    SessionPage, SessionState, Sessions, StartRequest, Started, StateRequest, StatesRequest, TouchRequest,
};

use super::{FailingStore, StoreCall};

impl<S: Revocation> Revocation for FailingStore<S> {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        self.call(StoreCall::IsRevoked, self.store.is_revoked(request)).await
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        self.call(StoreCall::Revoke, self.store.revoke(request)).await
    }

    fn describe_error(&self, error: &(dyn Error + 'static)) -> Option<String> {
        self.store.describe_error(error)
    }
}

impl<S: Sessions> Sessions for FailingStore<S> {
    async fn start(&self, request: StartRequest<'_>) -> Result<Started, BoxError> {
        self.call(StoreCall::Start, self.store.start(request)).await
    }

    async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, BoxError> {
        self.call(StoreCall::Rotate, self.store.rotate(request)).await
    }

    async fn state(&self, request: StateRequest<'_>) -> Result<SessionState, BoxError> {
        self.call(StoreCall::State, self.store.state(request)).await
    }

    async fn states(&self, request: StatesRequest<'_>) -> Result<Vec<SessionState>, BoxError> {
        self.call(StoreCall::States, self.store.states(request)).await
    }

    async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, BoxError> {
        self.call(StoreCall::Touch, self.store.touch(request)).await
    }

    async fn end(&self, request: EndRequest<'_>) -> Result<Ended, BoxError> {
        self.call(StoreCall::End, self.store.end(request)).await
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, BoxError> {
        self.call(StoreCall::List, self.store.list(request)).await
    }
}
