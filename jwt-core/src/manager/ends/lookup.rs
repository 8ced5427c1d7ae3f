//! Looks at the tokens of connections, many at a time.

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use tokio::time::{Instant, timeout};

use super::EndReason;
use super::connections::Entry;
use crate::session::{BATCH, Consistency, SessionState, StatesRequest, Store, TokenRef};
use crate::{BoxError, JwtManager, Token, TokenError};

/// The time limit for one batch.
const LIMIT: Duration = Duration::from_secs(10);
/// How many tokens are looked at in parallel, by what can only look at one.
const PARALLEL: usize = 32;

/// What is known about a token: `None` if it is good.
type Look = Result<Option<EndReason>, TokenError>;

/// Looks at the tokens of these connections. Returns whether it could look at all of them.
pub(super) async fn look_up(jwt: JwtManager, mut entries: Vec<Entry>, consistency: Consistency) -> bool {
    // The tabs of a browser share a token, and one look is enough for all of them.
    entries.sort_unstable_by(|(_, one), (_, other)| one.text().cmp(other.text()));
    let same: Vec<_> = entries.chunk_by(|(_, one), (_, other)| one.text() == other.text()).collect();
    let mut saw_all = true;
    for batch in same.chunks(BATCH) {
        let at = Instant::now();
        let tokens = batch.iter().filter_map(|same| same.first()).map(|(_, token)| token.clone());
        let looks = match timeout(LIMIT, jwt.look_at_tokens(tokens.collect(), consistency)).await {
            Ok(Ok(looks)) => looks,
            Ok(Err(_)) => {
                saw_all = false;
                continue;
            }
            Err(elapsed) => {
                jwt.events().store_unavailable(&BoxError::from(elapsed));
                saw_all = false;
                continue;
            }
        };
        saw_all &= looks.iter().all(Result::is_ok);
        let found = batch.iter().zip(looks).filter_map(|(same, look)| Some((same, look.ok()?)));
        let found = found.flat_map(|(same, look)| same.iter().map(move |(id, _)| (*id, look)));
        jwt.0.connections.record(at, found);
    }
    saw_all
}

impl JwtManager {
    /// Whether something besides the clock can end a token.
    pub(super) fn can_revoke(&self) -> bool {
        self.0.runtime.store.is_some() || self.0.runtime.loaders.revoked.is_some()
    }

    /// Looks at several tokens. The results have their order.
    async fn look_at_tokens(
        &self,
        tokens: Vec<Token>,
        consistency: Consistency,
    ) -> Result<Vec<Look>, TokenError> {
        let in_store = match &self.0.runtime.store {
            Some(Store::Sessions(store)) => {
                let known: Vec<_> = tokens.iter().map(TokenRef::from).collect();
                let request = StatesRequest::new(&known, self.time()).consistency(consistency);
                let states = store.states(request.grace(self.session_rules().grace)).await;
                states.map_err(|error| self.unavailable(error))?
            }
            Some(Store::Revocation(_)) => Vec::new(),
            None => vec![SessionState::Active; tokens.len()],
        };
        let looks = tokens.into_iter().enumerate().map(|(at, token)| {
            let state = in_store.get(at).copied();
            async move { self.look_at_token(&token, state, consistency).await }
        });
        Ok(stream::iter(looks).buffered(PARALLEL).collect().await)
    }

    /// Looks at a token whose state in the store may be known.
    async fn look_at_token(
        &self,
        token: &Token,
        state: Option<SessionState>,
        consistency: Consistency,
    ) -> Look {
        let state = match (state, &self.0.runtime.store) {
            (Some(state), _) => state,
            // The store has returned fewer states than there are tokens.
            (None, Some(Store::Sessions(_))) => return Err(self.unknown_answer()),
            (None, _) => self.state_of(token, consistency).await?,
        };
        match state {
            SessionState::Active => {
                let is_blocked = self.is_blocked(token).await?;
                Ok(is_blocked.then_some(EndReason::Revoked))
            }
            SessionState::Expired => Ok(Some(EndReason::Expired)),
            SessionState::Revoked | SessionState::Spent | SessionState::Unknown => {
                Ok(Some(EndReason::Revoked))
            }
            _ => Err(self.unknown_answer()),
        }
    }
}
