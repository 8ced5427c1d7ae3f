//! Calls of stores, loaders, and sources of keys: everything that can take long or fail, and what operators see of it.

use std::error::Error;
use std::future::Future;

use tracing::Instrument as _;

use super::JwtManager;
use super::outages::Phase;
use super::watch::{Client, Watch};
use crate::BoxError;
use crate::metrics::Stopwatch;
use crate::rule::Verdict;
use crate::session::{LimitReached, Store};
use crate::token::TokenError;

/// What is called.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Call {
    BlocklistLoader,
    EncodeKeyLoader,
    End,
    FetchKeys,
    IsRevoked,
    KeyLoader,
    List,
    Revoke,
    Rotate,
    Rule,
    Start,
    State,
    #[cfg(feature = "tokio")]
    States,
    Touch,
    UserLoader,
    VerificationLoader,
}

impl Call {
    pub(super) const COUNT: usize = Self::VerificationLoader as usize + 1;

    /// The value of `operation` in spans and metrics.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::BlocklistLoader => "blocklist_loader",
            Self::EncodeKeyLoader => "encode_key_loader",
            Self::End => "end",
            Self::FetchKeys => "fetch_keys",
            Self::IsRevoked => "is_revoked",
            Self::KeyLoader => "key_loader",
            Self::List => "list",
            Self::Revoke => "revoke",
            Self::Rotate => "rotate",
            Self::Rule => "rule",
            Self::Start => "start",
            Self::State => "state",
            #[cfg(feature = "tokio")]
            Self::States => "states",
            Self::Touch => "touch",
            Self::UserLoader => "user_loader",
            Self::VerificationLoader => "verification_loader",
        }
    }

    /// What the log calls a part of the application. `None` if the store is called.
    const fn part(self) -> Option<&'static str> {
        Some(match self {
            Self::BlocklistLoader => "blocklist loader",
            Self::EncodeKeyLoader => "loader of signing keys",
            Self::FetchKeys => "source of keys",
            Self::KeyLoader => "loader of keys",
            Self::Rule => "rule",
            Self::UserLoader => "user loader",
            Self::VerificationLoader => "verification loader",
            _ => return None,
        })
    }

    fn callee(self) -> &'static str {
        self.part().unwrap_or("store")
    }

    /// Waits in a span, and measures how long.
    async fn observe<T>(self, future: impl Future<Output = T>, is_ok: impl FnOnce(&T) -> bool) -> T {
        let operation = self.as_str();
        let stopwatch = Stopwatch::start(operation);
        let outcome = future.instrument(tracing::debug_span!(target: "jwt", "lookup", operation)).await;
        stopwatch.stop(is_ok(&outcome));
        outcome
    }
}

impl JwtManager {
    /// Makes a call, with a span around it. An outage is logged once, when it begins.
    pub(crate) fn call<T>(
        &self,
        call: Call,
        future: impl Future<Output = Result<T, BoxError>>,
    ) -> impl Future<Output = Result<T, BoxError>> {
        self.call_for(Client, call, future)
    }

    /// Makes a call, which is only observed if it is for a client.
    pub(super) async fn call_for<T, W: Watch>(
        &self,
        _: W,
        call: Call,
        future: impl Future<Output = Result<T, BoxError>>,
    ) -> Result<T, BoxError> {
        if !W::IS_CLIENT {
            return future.await;
        }
        let since = self.0.outages.phase(call);
        let outcome = call.observe(future, |outcome| !outcome.as_ref().is_err_and(fails)).await;
        self.settle(call, since, &outcome);
        outcome
    }

    /// Does the same for a loader that does not wait.
    pub(super) fn call_now<T, W: Watch>(
        &self,
        _: W,
        call: Call,
        loader: impl FnOnce() -> Result<T, BoxError>,
    ) -> Result<T, BoxError> {
        if !W::IS_CLIENT {
            return loader();
        }
        let since = self.0.outages.phase(call);
        let operation = call.as_str();
        let stopwatch = Stopwatch::start(operation);
        let outcome = tracing::debug_span!(target: "jwt", "lookup", operation).in_scope(loader);
        stopwatch.stop(outcome.is_ok());
        self.settle(call, since, &outcome);
        outcome
    }

    fn settle<T>(&self, call: Call, since: Phase, outcome: &Result<T, BoxError>) {
        match outcome {
            Err(error) if fails(error) => self.failed(call, since, &**error),
            _ => self.works(call, since),
        }
    }

    /// Waits for a rule.
    pub(super) async fn call_rule<W: Watch>(&self, _: W, later: impl Future<Output = Verdict>) -> Verdict {
        if !W::IS_CLIENT {
            return later.await;
        }
        Call::Rule.observe(later, |verdict| !verdict.has_failed()).await
    }

    /// Ends an outage.
    pub(super) fn works(&self, call: Call, since: Phase) {
        if let Some(_turn) = self.0.outages.end(call, since) {
            tracing::info!(target: "jwt", operation = call.as_str(), "the {} works again", call.callee());
        }
    }

    /// Logs a failure of a call. The first one is a warning.
    #[cold]
    pub(super) fn failed(&self, call: Call, since: Phase, error: &(dyn Error + Send + Sync + 'static)) {
        let (operation, callee) = (call.as_str(), call.callee());
        // Each issuer has outages of its own.
        let is_ours = call != Call::FetchKeys;
        let turn = is_ours.then(|| self.0.outages.begin(call, since, || self.time())).flatten();
        if turn.is_none() && !tracing::enabled!(target: "jwt", tracing::Level::DEBUG) {
            return;
        }
        let cause = self.cause(call, error);
        let cause = cause.as_deref().unwrap_or("not logged, because it can contain user data");
        if turn.is_some() {
            tracing::warn!(
                target: "jwt",
                operation,
                cause,
                "the {callee} does not work, and requests that need it are rejected; this is logged once until it works \
                 again"
            );
        } else {
            tracing::debug!(target: "jwt", operation, cause, "the {callee} does not work");
        }
    }

    /// The store has broken its contract.
    #[cold]
    pub(super) fn broken(&self, call: Call, what: Fault) -> TokenError {
        self.failed(call, self.0.outages.phase(call), &what);
        self.unavailable(what.into())
    }

    /// The cause of a failure, if its text is known to contain nothing secret. An application's loader can fail with any
    /// text.
    fn cause(&self, call: Call, error: &(dyn Error + Send + Sync + 'static)) -> Option<String> {
        if let Some(fault) = error.downcast_ref::<Fault>() {
            return Some(fault.to_string());
        }
        match &self.0.runtime.store {
            Some(Store::Revocation(store)) if call.part().is_none() => store.describe_error(error),
            Some(Store::Sessions(store)) if call.part().is_none() => store.describe_error(error),
            _ => None,
        }
    }
}

/// An error that this library finds in what it calls.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Fault(pub(super) &'static str);

/// Whether an error is a failure. A store that rejects a login because the user has too many sessions works.
fn fails(error: &BoxError) -> bool {
    !LimitReached::caused(&**error)
}
