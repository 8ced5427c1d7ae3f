//! Checks the tokens of connections, many at a time.

use std::any::Any;
use std::future::Future;
use std::iter;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::time::Duration;

use futures_util::future::FutureExt as _;
use futures_util::stream::{self, FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, timeout};

use super::super::call::Fault;
use super::super::standing::Standing;
use super::super::{Call, Client};
use super::EndReason;
use super::connections::Entry;
use crate::session::{BATCH, Consistency, Event, StatesRequest, Store, TokenRef};
use crate::{BoxError, JwtManager, Token};

/// The time limit of each call.
const LIMIT: Duration = Duration::from_secs(10);
/// How many tokens to check in parallel with what can only check one.
const PARALLEL: usize = 32;
/// A check that takes longer does not count as one of them any more, so that a few slow ones do not delay the others.
const SLOW: Duration = Duration::from_millis(100);

/// Checks the tokens of these connections, and ends those whose tokens are no longer good. Returns the connections whose
/// tokens it could not check.
pub(super) async fn look_up(jwt: JwtManager, entries: Vec<Entry>, consistency: Consistency) -> Vec<u64> {
    let groups = by_token(&jwt, entries);
    let (mut slow, mut unchecked, mut error) = (FuturesUnordered::new(), Vec::new(), None);
    for (number, batch) in groups.chunks(BATCH).enumerate() {
        let started = Instant::now();
        let tokens: Vec<_> = batch.iter().map(|group| group.token.clone()).collect();
        let standings = match in_time(&jwt, Call::States, jwt.standings(&tokens, consistency)).await {
            Ok(standings) => standings,
            Err(why) => {
                // The batches after it can take long to fail as well, and their connections must not wait for that.
                let rest = groups.iter().skip(BATCH.saturating_mul(number));
                jwt.0.connections.fail(rest.flat_map(|group| group.ids.iter().copied()), started);
                unchecked.extend(batch.iter().flat_map(|group| group.ids.iter().copied()));
                error = Some(why);
                continue;
            }
        };
        let known = standings.into_iter().map(Some).chain(iter::repeat(None));
        let groups: Vec<_> =
            batch.iter().zip(known).map(|(group, standing)| (group.clone(), standing)).collect();
        let checks = groups.into_iter().map(|(group, standing)| {
            let (jwt, token) = (jwt.clone(), group.token);
            let check = async move { jwt.outcome(&token, standing, consistency).await };
            Check { ids: group.ids, started, check: Box::pin(check) }.soon()
        });
        let mut checks = stream::iter(checks).buffer_unordered(PARALLEL);
        while let Some(check) = checks.next().await {
            match check {
                Ok(checked) => unchecked.extend(checked.record(&jwt, &mut error)),
                Err(check) => slow.push(check.finish()),
            }
        }
    }
    while let Some(checked) = slow.next().await {
        unchecked.extend(checked.record(&jwt, &mut error));
    }
    if let Some(error) = error {
        // Once, not for each token.
        jwt.emit(Event::StoreUnavailable(&error));
    }
    unchecked
}

/// Connections with the same token, such as those of the tabs of a browser. One check is enough for all of them.
#[derive(Clone)]
struct Group {
    ids: Vec<u64>,
    token: Token,
}

fn by_token(jwt: &JwtManager, mut entries: Vec<Entry>) -> Vec<Group> {
    entries.sort_by_cached_key(|entry| jwt.0.connections.hash_of_text(&entry.token));
    let mut groups: Vec<Group> = Vec::new();
    for Entry { id, token } in entries {
        match groups.last_mut() {
            Some(group) if group.token.text() == token.text() => group.ids.push(id),
            _ => groups.push(Group { ids: vec![id], token }),
        }
    }
    groups
}

/// The check of one token.
struct Check {
    ids: Vec<u64>,
    started: Instant,
    check: Pin<Box<dyn Future<Output = Result<Outcome, BoxError>> + Send>>,
}

impl Check {
    /// Returns the check if it is slow.
    async fn soon(mut self) -> Result<Checked, Self> {
        match timeout(SLOW, &mut self.check).await {
            Ok(outcome) => Ok(Checked { ids: self.ids, started: self.started, outcome }),
            Err(_) => Err(self),
        }
    }

    async fn finish(self) -> Checked {
        Checked { ids: self.ids, started: self.started, outcome: self.check.await }
    }
}

struct Checked {
    ids: Vec<u64>,
    started: Instant,
    outcome: Result<Outcome, BoxError>,
}

impl Checked {
    /// Returns the connections if their token could not be checked.
    fn record(self, jwt: &JwtManager, error: &mut Option<BoxError>) -> Vec<u64> {
        match self.outcome {
            Ok(outcome) => {
                jwt.0.connections.record(&self.ids, outcome);
                Vec::new()
            }
            Err(why) => {
                *error = Some(why);
                jwt.0.connections.fail(self.ids.iter().copied(), self.started);
                self.ids
            }
        }
    }
}

impl JwtManager {
    /// Whether something besides the clock can end a token.
    pub(super) fn can_revoke(&self) -> bool {
        let Self(inner) = self;
        inner.runtime.store.is_some() || inner.runtime.loaders.revoked.is_some() || self.issuers().is_some()
    }

    /// Whether several tokens can be used, according to a store of sessions. Empty if the store can only look up one.
    async fn standings(
        &self,
        tokens: &[Token],
        consistency: Consistency,
    ) -> Result<Vec<Result<Standing, Fault>>, BoxError> {
        let store = match &self.0.runtime.store {
            Some(Store::Sessions(store)) => store,
            Some(Store::Revocation(_)) => return Ok(Vec::new()),
            None => return Ok(vec![Ok(Standing::Good); tokens.len()]),
        };
        let known: Vec<_> = tokens.iter().map(TokenRef::from).collect();
        let request = StatesRequest::new(&known, self.time()).consistency(consistency);
        let request = request.grace(self.session_rules().grace);
        let standings = async {
            let states = store.states(request).await?;
            if states.len() != tokens.len() {
                return Err(Fault("the store returned too few states").into());
            }
            Ok(states.into_iter().map(Standing::of).collect())
        };
        self.call(Call::States, standings).await
    }

    /// The outcome for a token whose standing in the store may be known.
    async fn outcome(
        &self,
        token: &Token,
        standing: Option<Result<Standing, Fault>>,
        consistency: Consistency,
    ) -> Result<Outcome, BoxError> {
        if !self.still_trusts(token) {
            return Ok(Outcome::Ended(EndReason::Revoked));
        }
        let standing = match standing {
            Some(Ok(standing)) => standing,
            Some(Err(fault)) => return Err(fault.into()),
            None => {
                let standing = self.find_standing(token, consistency, Client);
                in_time(self, Call::IsRevoked, standing).await?
            }
        };
        Ok(match standing {
            Standing::Good => {
                let is_blocked = self.is_blocked(token, Client);
                if in_time(self, Call::BlocklistLoader, is_blocked).await? {
                    Outcome::Ended(EndReason::Revoked)
                } else {
                    Outcome::Good
                }
            }
            Standing::Spent => Outcome::Spent,
            Standing::Expired => Outcome::Ended(EndReason::Expired),
            Standing::Revoked => Outcome::Ended(EndReason::Revoked),
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

/// Makes a call with the time limit. A store or a loader that panics has failed, for this check only.
async fn in_time<T>(
    jwt: &JwtManager,
    call: Call,
    future: impl Future<Output = Result<T, BoxError>>,
) -> Result<T, BoxError> {
    let since = jwt.0.outages.phase(call);
    let caught = AssertUnwindSafe(future).catch_unwind();
    let fault = match timeout(LIMIT, caught).await {
        Ok(Ok(outcome)) => return outcome,
        Ok(Err(panic)) => {
            let _: Box<dyn Any + Send> = panic;
            Fault("it panicked")
        }
        Err(_) => Fault("no response in time"),
    };
    // Other failures are logged where they happen.
    jwt.failed(call, since, &fault);
    Err(fault.into())
}
