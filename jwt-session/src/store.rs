//! The two traits.

use std::future::Future;
use std::sync::Arc;

use crate::{
    BoxError, EndRequest, Ended, IsRevokedRequest, ListRequest, RevokeRequest, RotateRequest, Rotation,
    SessionPage, SessionState, StartRequest, Started, StateRequest, StatesRequest, TouchRequest,
};

/// Remembers revoked tokens, by issuer and `jti`. See the [crate](crate) for an example.
pub trait Revocation: Send + Sync + 'static {
    /// Whether the token is revoked. A token without `jti` was never revoked by itself.
    ///
    /// # Errors
    /// Whatever keeps the store from knowing.
    fn is_revoked(
        &self,
        request: IsRevokedRequest<'_>,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Revokes the token until a moment at which it has expired anyway, or for ever. A later `until` of an earlier call
    /// stays.
    ///
    /// # Errors
    /// Whatever keeps the store from remembering it. A token without `jti` is one.
    fn revoke(&self, request: RevokeRequest<'_>) -> impl Future<Output = Result<(), BoxError>> + Send;
}

/// Keeps sessions: one row each, with the current and the previous refresh token's `jti`. See the
/// [crate](crate) for what every method promises.
pub trait Sessions: Revocation {
    /// Keeps a new session, which starts now.
    ///
    /// The manager makes ids that are unique among all. Where an id comes twice all the same, the earlier session stays
    /// as it is. For the same subject the call is an error. For another subject, or another issuer's, it is an error as
    /// well, or the new session is one of its own: every other call names subject and id, and neither is mistaken for
    /// the other.
    ///
    /// # Errors
    /// Whatever keeps the store from it: it is full, or the subject has a session of that id.
    fn start(&self, request: StartRequest<'_>) -> impl Future<Output = Result<Started, BoxError>> + Send;

    /// Exchanges a refresh token for the `next` one, in one step:
    ///
    /// | the session, and the token in it | outcome | the session afterwards |
    /// | --- | --- | --- |
    /// | unknown, or not this subject's | [`Unknown`](Rotation::Unknown) | |
    /// | has ended or was [cut off](crate::Selector::IssuedBefore), or the token is revoked | [`Revoked`](Rotation::Revoked), or `Unknown` where ended sessions are forgotten | stays ended |
    /// | over its idle or absolute limit | [`Expired`](Rotation::Expired), or `Unknown` | |
    /// | the token is the current one | [`Rotated`](Rotation::Rotated) | `next` is current, the token is previous, used now, idle limit moved, never back |
    /// | the token is the previous one, less than [`grace`](RotateRequest::grace) ago | [`Grace`](Rotation::Grace) | unchanged |
    /// | any other token | [`Reused`](Rotation::Reused) | ends |
    ///
    /// "Less than `grace` ago" goes by the distance between the time of the rotation and now, in either direction:
    /// clocks of two nodes differ a little, and one that is set back far must not open the window again. Nothing but a
    /// rotation moves the window.
    ///
    /// # Errors
    /// Whatever keeps the store from it. Then nothing has changed.
    fn rotate(&self, request: RotateRequest<'_>) -> impl Future<Output = Result<Rotation, BoxError>> + Send;

    /// All that is known of a token, in one round trip: whether it is revoked, and what has become of its session.
    ///
    /// A refresh token that is neither the current one of its session nor the previous one within `grace` is
    /// [`Spent`](SessionState::Spent).
    ///
    /// # Errors
    /// Whatever keeps the store from knowing.
    fn state(&self, request: StateRequest<'_>)
    -> impl Future<Output = Result<SessionState, BoxError>> + Send;

    /// The [`state`](Self::state) of several tokens: one for each, in the order in which they were asked about. It need not be
    /// that of a single moment.
    ///
    /// By itself it asks about one after the other. A store that is a round trip away overrides it, and answers up to
    /// [`BATCH`](crate::BATCH) of them in one.
    ///
    /// # Errors
    /// Whatever keeps the store from knowing one of them.
    fn states(
        &self,
        request: StatesRequest<'_>,
    ) -> impl Future<Output = Result<Vec<SessionState>, BoxError>> + Send {
        async move {
            let mut states = Vec::with_capacity(request.tokens.len());
            for token in request.tokens {
                states.push(self.state(request.about(*token)).await?);
            }
            Ok(states)
        }
    }

    /// Notes that a live session is in use: it was last used now, and its idle limit moves to `idle` from now, never beyond
    /// the absolute one and never back. Changes nothing else, and nothing at all if the state is not [`Active`](SessionState::Active).
    ///
    /// # Errors
    /// Whatever keeps the store from it.
    fn touch(&self, request: TouchRequest<'_>)
    -> impl Future<Output = Result<SessionState, BoxError>> + Send;

    /// Ends sessions, and says how many live ones. None that was there when the call began is alive when it returns,
    /// whatever else is going on.
    ///
    /// # Errors
    /// Whatever keeps the store from it: a selector that it does not know is one.
    fn end(&self, request: EndRequest<'_>) -> impl Future<Output = Result<Ended, BoxError>> + Send;

    /// A page of the live sessions of a subject, the newest first.
    ///
    /// Of sessions that start in the same millisecond, the order is one that stays, by their ids. From page to page, each
    /// session that lives all the while comes once, whatever starts and ends in between, also where the one ends that a page
    /// ended with.
    ///
    /// # Errors
    /// Whatever keeps the store from knowing.
    fn list(&self, request: ListRequest<'_>) -> impl Future<Output = Result<SessionPage, BoxError>> + Send;
}

impl<S: Revocation> Revocation for Arc<S> {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        S::is_revoked(self, request).await
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        S::revoke(self, request).await
    }
}

impl<S: Sessions> Sessions for Arc<S> {
    async fn start(&self, request: StartRequest<'_>) -> Result<Started, BoxError> {
        S::start(self, request).await
    }

    async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, BoxError> {
        S::rotate(self, request).await
    }

    async fn state(&self, request: StateRequest<'_>) -> Result<SessionState, BoxError> {
        S::state(self, request).await
    }

    async fn states(&self, request: StatesRequest<'_>) -> Result<Vec<SessionState>, BoxError> {
        S::states(self, request).await
    }

    async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, BoxError> {
        S::touch(self, request).await
    }

    async fn end(&self, request: EndRequest<'_>) -> Result<Ended, BoxError> {
        S::end(self, request).await
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, BoxError> {
        S::list(self, request).await
    }
}
