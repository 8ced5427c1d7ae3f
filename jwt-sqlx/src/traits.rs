//! The traits, for each store.

macro_rules! sessions {
    ($store:ty) => {
        impl jwt_session::Revocation for $store {
            async fn is_revoked(&self, token: TokenRef<'_>, _now: SystemTime) -> Result<bool, BoxError> {
                Ok(contract::limited(self, contract::is_revoked(self, token)).await?)
            }

            async fn revoke(
                &self,
                token: TokenRef<'_>,
                until: Option<SystemTime>,
                _now: SystemTime,
            ) -> Result<(), BoxError> {
                Ok(contract::limited(self, contract::revoke(self, token, until)).await?)
            }
        }

        impl jwt_session::Sessions for $store {
            async fn start(&self, session: NewSession<'_>, now: SystemTime) -> Result<(), BoxError> {
                Ok(contract::limited(self, contract::start(self, session, now)).await?)
            }

            async fn rotate(
                &self,
                presented: TokenRef<'_>,
                next: &str,
                policy: RotationPolicy,
                now: SystemTime,
            ) -> Result<Rotation, BoxError> {
                Ok(contract::limited(self, contract::rotate(self, presented, next, policy, now)).await?)
            }

            async fn state(
                &self,
                token: TokenRef<'_>,
                grace: Duration,
                now: SystemTime,
            ) -> Result<SessionState, BoxError> {
                Ok(contract::limited(self, contract::state(self, token, grace, now)).await?)
            }

            async fn touch(
                &self,
                token: TokenRef<'_>,
                idle: Duration,
                now: SystemTime,
            ) -> Result<SessionState, BoxError> {
                Ok(contract::limited(self, contract::touch(self, token, idle, now)).await?)
            }

            async fn end(&self, selector: Selector<'_>, now: SystemTime) -> Result<u64, BoxError> {
                Ok(contract::limited(self, contract::end(self, selector, now)).await?)
            }

            async fn list(&self, subject: Subject<'_>, now: SystemTime) -> Result<Vec<Session>, BoxError> {
                Ok(contract::limited(self, contract::list(self, subject, now)).await?)
            }
        }
    };
}

use std::time::{Duration, SystemTime};

use jwt_session::{
    BoxError, NewSession, Rotation, RotationPolicy, Selector, Session, SessionState, Subject, TokenRef,
};

use crate::contract;

#[cfg(feature = "postgres")]
sessions!(crate::PostgresSessions);
#[cfg(feature = "sqlite")]
sessions!(crate::SqliteSessions);
