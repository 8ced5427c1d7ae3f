//! The two traits.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use crate::{
    BoxError, EndRequest, Ended, IsRevokedRequest, ListRequest, RevokeRequest, RotateRequest, Rotation,
    SessionPage, SessionState, StartRequest, Started, StateRequest, StatesRequest, TouchRequest,
};

/// A store of revoked tokens, keyed by issuer and `jti`.
///
/// # Example
///
/// ```
/// use std::collections::HashSet;
/// use std::sync::Mutex;
///
/// use jwt_session::{BoxError, IsRevokedRequest, Revocation, RevokeRequest};
///
/// #[derive(Default)]
/// struct Table(Mutex<HashSet<(String, String)>>);
///
/// impl Revocation for Table {
///     async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
///         let Some(id) = request.token.id else { return Ok(false) };
///         let key = (request.token.subject.issuer.to_owned(), id.to_owned());
///         Ok(self.0.lock().map_err(|_| "poisoned")?.contains(&key))
///     }
///
///     async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
///         let id = request.token.id.ok_or("token lacks the jti that is needed to revoke it")?;
///         let key = (request.token.subject.issuer.to_owned(), id.to_owned());
///         self.0.lock().map_err(|_| "poisoned")?.insert(key);
///         Ok(())
///     }
/// }
/// ```
pub trait Revocation: Send + Sync + 'static {
    /// Returns whether the token is revoked. A token without a `jti` is never revoked individually.
    ///
    /// # Errors
    /// Returns an error if the store cannot determine whether the token is revoked.
    fn is_revoked(
        &self,
        request: IsRevokedRequest<'_>,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Revokes the token until it expires, or forever.
    ///
    /// If the token is already revoked, the later of the two `until` times applies.
    ///
    /// # Errors
    /// Returns an error if the store cannot save the revocation, or if the token has no `jti`.
    fn revoke(&self, request: RevokeRequest<'_>) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Describes an error of this store for the log of an application, which shows it once for each outage.
    ///
    /// The text must not contain a token, an id, a subject, a label, an address, or a password. Returns `None` if the
    /// error is not one of this store, or if its text is not known to be safe. By default, no error is.
    ///
    /// ```
    /// use std::error::Error;
    ///
    /// /// In an `impl Revocation` for a store that keeps its data in files.
    /// fn describe_error(error: &(dyn Error + 'static)) -> Option<String> {
    ///     let error: &std::io::Error = error.downcast_ref()?;
    ///     Some(error.kind().to_string())
    /// }
    /// # let error = std::io::Error::from(std::io::ErrorKind::StorageFull);
    /// # assert_eq!(describe_error(&error).as_deref(), Some("no storage space"));
    /// ```
    fn describe_error(&self, error: &(dyn Error + 'static)) -> Option<String> {
        let _ = error;
        None
    }
}

/// A store of sessions with refresh token rotation.
///
/// A session records the `jti` of its current and its previous refresh token. The [crate](crate) documentation lists
/// the rules that apply to every method.
///
/// # Example
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use jwt_session::{
///     BoxError, EndRequest, NewSession, RotateRequest, Rotation, Selector, Sessions, StartRequest, Subject, TokenRef,
/// };
///
/// async fn log_in_and_out(store: impl Sessions) -> Result<(), BoxError> {
///     let alice = Subject::new("https://auth.example.com", "alice");
///     let now = SystemTime::now();
///     let session = NewSession::new(alice, "session", "first", now + Duration::from_secs(86_400));
///     store.start(StartRequest::new(session, now)).await?;
///
///     // Alice exchanges her refresh token.
///     let first = TokenRef::refresh(alice, "session", "first");
///     let rotation = store.rotate(RotateRequest::new(first, "second", now)).await?;
///     assert!(matches!(rotation, Rotation::Rotated(_)));
///
///     // Somebody presents the spent token: the session ends.
///     let rotation = store.rotate(RotateRequest::new(first, "third", now)).await?;
///     assert_eq!(rotation, Rotation::Reused);
///     let ended = store.end(EndRequest::new(Selector::AllOf(alice), now)).await?;
///     assert_eq!(ended.live, 0);
///     Ok(())
/// }
/// ```
pub trait Sessions: Revocation {
    /// Saves a new session that starts now.
    ///
    /// The manager generates ids that are unique across all subjects. If an id is used twice anyway, the existing
    /// session does not change. For the same subject, the call returns an error. For a different subject, including the
    /// same name with a different issuer, the store either returns an error or creates a separate session. It can tell
    /// the two apart because every other call contains both the subject and the id.
    ///
    /// If the request has a [`limit`](StartRequest::limit), the subject has at most that many live sessions afterwards,
    /// however many calls run at once. Expired sessions end first. Then, until there is room for the new one:
    ///
    /// - If the limit [evicts](crate::SessionLimit::evict), the live session whose last use is the earliest ends.
    ///   [`Started::evicted`] names it. Its tokens are rejected like those of any ended session.
    /// - If the limit [rejects](crate::SessionLimit::reject), the call returns [`LimitReached`](crate::LimitReached), and no
    ///   live session changes.
    ///
    /// No more live sessions end than necessary.
    ///
    /// A subject can have many more sessions than the limit, if the limit is new or lower than before. A store ends this
    /// surplus in steps, so other calls can run in between:
    ///
    /// - If the limit evicts, a call ends at least 2000 sessions, or all of the surplus. A store bounds the number of
    ///   steps. It starts the session in the first one, and leaves the rest of the surplus to the next calls.
    ///   [`Started::evicted`] names every live session that has ended. So an error after the first step is not an error of
    ///   the call.
    /// - If the limit rejects, a call ends only expired sessions. If too many of them are left, it returns an error, and
    ///   the next call continues.
    ///
    /// # Errors
    /// Returns an error if the store cannot save the session, for example because it is full, or if the subject already
    /// has a session with that id. Returns [`LimitReached`](crate::LimitReached) at a limit that rejects.
    fn start(&self, request: StartRequest<'_>) -> impl Future<Output = Result<Started, BoxError>> + Send;

    /// Exchanges a refresh token for the `next` one, in one atomic step (RFC 9700, 4.14.2).
    ///
    /// | The session and the presented token | Outcome | The session afterwards |
    /// | --- | --- | --- |
    /// | The session is unknown, or belongs to another subject. | [`Unknown`](Rotation::Unknown) | |
    /// | The session has ended or was [cut off](crate::Selector::IssuedBefore), or the token is revoked. | [`Revoked`](Rotation::Revoked), or `Unknown` if the store forgets ended sessions | An ended session stays ended. |
    /// | The session has passed its idle or absolute limit. | [`Expired`](Rotation::Expired), or `Unknown` | |
    /// | The token is the current one, and became the current one by a rotation less than [`keep`](RotateRequest::keep) ago. | [`Kept`](Rotation::Kept) | The token is still the current one. The last use is `now`. The idle limit can only move forward. Nothing else changes: neither the previous token, nor the time of the rotation, nor the count of uses within the grace period. |
    /// | The token is the current one otherwise, such as the first one of a session. | [`Rotated`](Rotation::Rotated) | `next` is the current token, and the presented token is the previous one. The last use is `now`. The idle limit can only move forward. |
    /// | The token is the previous one, exchanged less than [`grace`](RotateRequest::grace) ago. | [`Grace`](Rotation::Grace) | Unchanged, except that the use is counted. |
    /// | The token is any other token. | [`Reused`](Rotation::Reused) | Ended |
    ///
    /// "Less than `grace` ago" means that the time of the rotation and `now` are less than `grace` apart, in either
    /// direction. The same applies to `keep`. This tolerates small differences between the clocks of two nodes, but a
    /// clock that is set far back does not reopen the window. Only a rotation moves the window.
    ///
    /// A store that was written before `keep` existed ignores it and rotates. This is safe: the manager signs the tokens
    /// for either outcome. However, three clients that share a token and refresh at once can then end their session,
    /// because the third one can present the token before the previous one.
    ///
    /// The session counts the rotations in a row that were each followed by a use within the grace period
    /// ([`Graced::in_a_row`](crate::Graced::in_a_row)). Several uses after one rotation count once. A rotation sets the
    /// count to zero if nobody used the token before it in that way. So the count grows while two parties take turns, even
    /// if one of them always rotates first.
    ///
    /// # Errors
    /// Returns an error if the store cannot carry out the exchange. The session is then unchanged.
    fn rotate(&self, request: RotateRequest<'_>) -> impl Future<Output = Result<Rotation, BoxError>> + Send;

    /// Returns the state of a token and of its session, in one round trip.
    ///
    /// A refresh token is [`Spent`](SessionState::Spent) if it is neither the current token of its session nor the
    /// previous token within `grace`.
    ///
    /// # Errors
    /// Returns an error if the store cannot determine the state.
    fn state(&self, request: StateRequest<'_>)
    -> impl Future<Output = Result<SessionState, BoxError>> + Send;

    /// Returns the [`state`](Self::state) of each of several tokens, in the order of the request.
    ///
    /// The states are not necessarily from the same point in time.
    ///
    /// The default implementation calls [`state`](Self::state) for each token in turn. If your store sends requests
    /// over a network, override this method to look up as many as [`BATCH`](crate::BATCH) tokens in one round trip.
    ///
    /// # Errors
    /// Returns an error if the store cannot determine one of the states.
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

    /// Records a use of a live session.
    ///
    /// Sets the last use to `now` and the idle limit to `idle` after `now`. The idle limit never moves back, and never
    /// past the absolute limit. Nothing else changes. If the state is not [`Active`](SessionState::Active), the session
    /// is left unchanged.
    ///
    /// # Errors
    /// Returns an error if the store cannot record the use.
    fn touch(&self, request: TouchRequest<'_>)
    -> impl Future<Output = Result<SessionState, BoxError>> + Send;

    /// Ends the selected sessions, and returns how many of them were live.
    ///
    /// When the call returns, every selected session that existed when the call began has ended, even if other calls
    /// are running. With [`IssuedBefore`](crate::Selector::IssuedBefore), that includes sessions that seem to start
    /// [in the future](EndRequest::includes_future_starts).
    ///
    /// # Errors
    /// Returns an error if the store cannot end the sessions, or does not know the selector.
    fn end(&self, request: EndRequest<'_>) -> impl Future<Output = Result<Ended, BoxError>> + Send;

    /// Returns one page of a subject's live sessions, newest first.
    ///
    /// Sessions that start in the same millisecond are in a stable order by id. A session that is live until all pages
    /// have been read appears exactly once, even if other sessions start or end in the meantime, including the last
    /// session of a page.
    ///
    /// # Errors
    /// Returns an error if the store cannot read the sessions.
    fn list(&self, request: ListRequest<'_>) -> impl Future<Output = Result<SessionPage, BoxError>> + Send;
}

impl<S: Revocation> Revocation for Arc<S> {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        S::is_revoked(self, request).await
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        S::revoke(self, request).await
    }

    fn describe_error(&self, error: &(dyn Error + 'static)) -> Option<String> {
        S::describe_error(self, error)
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
