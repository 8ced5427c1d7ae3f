//! Implements the traits for each store.

use std::error::Error as StdError;

macro_rules! sessions {
    ($store:ty) => {
        impl Revocation for $store {
            async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
                Ok(contract::limited(self, contract::is_revoked(self, request)).await?)
            }

            async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
                Ok(contract::limited(self, contract::revoke(self, request)).await?)
            }

            fn describe_error(&self, error: &(dyn StdError + 'static)) -> Option<String> {
                error.downcast_ref().map(Error::describe)
            }
        }

        impl Sessions for $store {
            async fn start(&self, request: StartRequest<'_>) -> Result<Started, BoxError> {
                // It has a time limit itself. A rejection is not an error of the database.
                Ok(contract::start(self, request).await??)
            }

            async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, BoxError> {
                Ok(contract::limited(self, contract::rotate(self, request)).await?)
            }

            async fn state(&self, request: StateRequest<'_>) -> Result<SessionState, BoxError> {
                Ok(contract::limited(self, contract::state(self, request)).await?)
            }

            async fn states(&self, request: StatesRequest<'_>) -> Result<Vec<SessionState>, BoxError> {
                Ok(contract::limited(self, contract::states(self, request)).await?)
            }

            async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, BoxError> {
                Ok(contract::limited(self, contract::touch(self, request)).await?)
            }

            async fn end(&self, request: EndRequest<'_>) -> Result<Ended, BoxError> {
                Ok(contract::limited(self, contract::end(self, request)).await?)
            }

            async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, BoxError> {
                Ok(contract::limited(self, contract::list(self, request)).await?)
            }
        }
    };
}

use jwt_session::{
    BoxError, EndRequest, Ended, IsRevokedRequest, ListRequest, Revocation, RevokeRequest, RotateRequest,
    Rotation, SessionPage, SessionState, Sessions, StartRequest, Started, StateRequest, StatesRequest,
    TouchRequest,
};

use crate::{Error, contract};

#[cfg(feature = "postgres")]
sessions!(crate::PostgresSessions);
#[cfg(feature = "sqlite")]
sessions!(crate::SqliteSessions);
