//! Checks the tokens of connections, many at a time.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::future::FutureExt as _;
use futures_util::stream::{self, StreamExt as _};
use tokio::time::{Instant, timeout};

use super::EndReason;
use super::connections::Entry;
use crate::session::{BATCH, Consistency, SessionState, StatesRequest, Store, TokenRef};
use crate::{BoxError, JwtManager, Token, TokenError};

/// The time limit for a batch in a store of sessions, and for a single token elsewhere.
const LIMIT: Duration = Duration::from_secs(10);
/// How many tokens to check in parallel with what can only check one.
const PARALLEL: usize = 32;

/// Checks the tokens of these connections, and ends those whose tokens are no longer good. Returns the connections whose
/// tokens it could not check.
pub(super) async fn look_up(jwt: JwtManager, mut entries: Vec<Entry>, consistency: Consistency) -> Vec<u64> {
    let connections = &jwt.0.connections;
    // The tabs of a browser share a token, and one check is enough for all of them.
    entries.sort_by_cached_key(|entry| connections.hash_of_text(&entry.token));
    let same: Vec<_> = entries.chunk_by(|one, other| one.token.text() == other.token.text()).collect();
    let mut unchecked = Vec::new();
    for (number, batch) in same.chunks(BATCH).enumerate() {
        let failed = jwt.look_up_batch(batch, consistency).await;
        if !failed.is_empty() && unchecked.is_empty() {
            // The other batches can take long to fail as well, and their connections must not wait for that.
            let later = same.iter().skip(BATCH.saturating_mul(number.saturating_add(1)));
            connections.fail(later.flat_map(|same| *same).map(|entry| entry.id), Instant::now());
        }
        unchecked.extend(failed);
    }
    unchecked
}

impl JwtManager {
    /// Whether something besides the clock can end a token.
    pub(super) fn can_revoke(&self) -> bool {
        let Self(inner) = self;
        inner.runtime.store.is_some() || inner.runtime.loaders.revoked.is_some() || self.issuers().is_some()
    }

    /// Checks one token for each of these groups of connections.
    async fn look_up_batch(&self, batch: &[&[Entry]], consistency: Consistency) -> Vec<u64> {
        let started = Instant::now();
        let tokens: Vec<_> =
            batch.iter().filter_map(|same| same.first()).map(|one| one.token.clone()).collect();
        let states = match in_time(self.states_of(&tokens, consistency)).await {
            Ok(states) => states,
            Err(error) => {
                // Once for the batch, not for each token.
                self.events().store_unavailable(&error);
                return self
                    .0
                    .connections
                    .fail(batch.iter().copied().flatten().map(|entry| entry.id), started);
            }
        };
        let known = states.into_iter().map(Some).chain(std::iter::repeat(None));
        let lookups = tokens.into_iter().zip(known).enumerate().map(|(at, (token, state))| async move {
            (at, in_time(self.outcome(&token, state, consistency)).await)
        });
        let mut lookups = stream::iter(lookups).buffer_unordered(PARALLEL);
        let (mut unchecked, mut error) = (Vec::new(), None);
        while let Some((at, outcome)) = lookups.next().await {
            let same = batch.get(at).copied().unwrap_or_default();
            match outcome {
                Ok(outcome) => self.0.connections.record(same, outcome),
                Err(why) => {
                    unchecked.extend(self.0.connections.fail(same.iter().map(|entry| entry.id), started));
                    error = Some(why);
                }
            }
        }
        if let Some(error) = error {
            self.events().store_unavailable(&error);
        }
        unchecked
    }

    /// The states of several tokens in a store of sessions. Empty if the store can only look up one.
    async fn states_of(
        &self,
        tokens: &[Token],
        consistency: Consistency,
    ) -> Result<Vec<SessionState>, BoxError> {
        let store = match &self.0.runtime.store {
            Some(Store::Sessions(store)) => store,
            Some(Store::Revocation(_)) => return Ok(Vec::new()),
            None => return Ok(vec![SessionState::Active; tokens.len()]),
        };
        let known: Vec<_> = tokens.iter().map(TokenRef::from).collect();
        let request = StatesRequest::new(&known, self.time()).consistency(consistency);
        let states = store.states(request.grace(self.session_rules().grace)).await?;
        if states.len() == tokens.len() {
            Ok(states)
        } else {
            Err("the store returned too few states".into())
        }
    }

    /// The outcome for a token whose state in the store may be known.
    async fn outcome(
        &self,
        token: &Token,
        state: Option<SessionState>,
        consistency: Consistency,
    ) -> Result<Outcome, BoxError> {
        if !self.still_trusts(token) {
            return Ok(Outcome::Ended(EndReason::Revoked));
        }
        let state = match state {
            Some(state) => state,
            None => self.find_state(token, consistency).await?,
        };
        Ok(match state {
            SessionState::Active if self.is_blocked(token).await.map_err(cause)? => {
                Outcome::Ended(EndReason::Revoked)
            }
            SessionState::Active => Outcome::Good,
            SessionState::Spent => Outcome::Spent,
            SessionState::Expired => Outcome::Ended(EndReason::Expired),
            SessionState::Revoked | SessionState::Unknown => Outcome::Ended(EndReason::Revoked),
            _ => return Err("the store returned a variant that this version does not know".into()),
        })
    }
}

/// The outcome of a check.
#[derive(Clone, Copy)]
pub(super) enum Outcome {
    Good,
    /// A refresh token that has been exchanged. Its session may go on.
    Spent,
    Ended(EndReason),
}

/// Runs a check with the time limit. A store or a loader that panics has failed, for this check only.
async fn in_time<T>(check: impl Future<Output = Result<T, BoxError>>) -> Result<T, BoxError> {
    let caught = AssertUnwindSafe(check).catch_unwind();
    timeout(LIMIT, caught).await?.unwrap_or_else(|panic: Box<dyn Any + Send>| {
        drop(panic);
        Err("the store or the blocklist loader panicked".into())
    })
}

fn cause(error: TokenError) -> BoxError {
    match error {
        TokenError::Unavailable(cause) => cause,
        error => error.into(),
    }
}
