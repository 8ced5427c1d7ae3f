//! Calls of stores, loaders, and sources of keys: everything that can take long or fail, and what operators see of it.

use std::error::Error;
use std::future::Future;

use tracing::Instrument as _;

use super::JwtManager;
use super::outages::Part;
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
    End,
    FetchKeys,
    IsRevoked,
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
    /// The value of `operation` in spans and metrics.
    const fn as_str(self) -> &'static str {
        match self {
            Self::BlocklistLoader => "blocklist_loader",
            Self::End => "end",
            Self::FetchKeys => "fetch_keys",
            Self::IsRevoked => "is_revoked",
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

    const fn part(self) -> Part {
        match self {
            Self::BlocklistLoader => Part::BlocklistLoader,
            Self::FetchKeys => Part::Keys,
            Self::Rule => Part::Rule,
            Self::UserLoader => Part::UserLoader,
            Self::VerificationLoader => Part::VerificationLoader,
            _ => Part::Store,
        }
    }

    /// Waits in a span, and measures how long.
    async fn observe<T>(self, future: impl Future<Output = T>, is_ok: impl FnOnce(&T) -> bool) -> T {
        let operation = self.as_str();
        let stopwatch = Stopwatch::start();
        let outcome = future.instrument(tracing::debug_span!(target: "jwt", "lookup", operation)).await;
        stopwatch.stop(operation, is_ok(&outcome));
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
        // A store that rejects a login because the user has too many sessions works.
        let fails = |error: &BoxError| !LimitReached::caused(&**error);
        let outcome = call.observe(future, |outcome| !outcome.as_ref().is_err_and(fails)).await;
        match outcome.as_ref().err().filter(|error| fails(error)) {
            Some(error) => self.failed(call, error),
            None => self.0.outages.end(call.part()),
        }
        outcome
    }

    /// Waits for a rule.
    pub(super) async fn call_rule<W: Watch>(&self, _: W, later: impl Future<Output = Verdict>) -> Verdict {
        if !W::IS_CLIENT {
            return later.await;
        }
        Call::Rule.observe(later, |verdict| !verdict.has_failed()).await
    }

    /// The rules could decide.
    pub(super) fn rules_work(&self) {
        self.0.outages.end(Part::Rule);
    }

    /// Logs a failure of a call.
    #[cold]
    pub(super) fn failed(&self, call: Call, error: &BoxError) {
        self.failed_because(call, self.cause(call, &**error).as_deref());
    }

    /// The store has broken its contract.
    #[cold]
    pub(super) fn broken(&self, what: &'static str) -> TokenError {
        self.failed_because(Call::State, Some(what));
        self.unavailable(what.into())
    }

    fn failed_because(&self, call: Call, cause: Option<&str>) {
        let operation = call.as_str();
        let cause = cause.unwrap_or("not logged, because it can contain user data");
        match call.part() {
            Part::Keys => {
                tracing::debug!(target: "jwt", operation, "the keys of an issuer are not available");
            }
            part if self.0.outages.begin(part, || self.time()) => {
                tracing::warn!(
                    target: "jwt",
                    operation,
                    cause,
                    "the {} does not work, and requests that need it are rejected; this is logged once until it works again",
                    part.as_str()
                );
            }
            part => {
                tracing::debug!(target: "jwt", operation, cause, "the {} still does not work", part.as_str());
            }
        }
    }

    /// The cause of a failure, if its text is known to contain nothing secret. An application's loader can fail with any
    /// text.
    fn cause(&self, call: Call, error: &(dyn Error + Send + Sync + 'static)) -> Option<String> {
        match (call.part(), &self.0.runtime.store) {
            (Part::Store, Some(Store::Revocation(store))) => store.describe_error(error),
            (Part::Store, Some(Store::Sessions(store))) => store.describe_error(error),
            _ => None,
        }
    }
}
