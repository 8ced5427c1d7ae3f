use std::fmt;
use std::future::Future;

use crate::error::ConfigError;
use crate::manager::{Authenticated, Checked, JwtManager, State};
use crate::policy::Policy;
use crate::request::{Memo, RequestView};
use crate::token::TokenError;

/// The result of checking a request without waiting.
#[derive(Debug)]
#[must_use = "a request is not authenticated before its step is ready"]
#[allow(clippy::exhaustive_enums, reason = "an adapter handles every step, and depends on one exact version")]
pub enum Step {
    /// The request passes or is rejected.
    Ready(Result<Authenticated, TokenError>),
    /// The check has to consult a store, a loader, a rule, or an issuer.
    Pending(Pending),
}

impl Step {
    /// Creates a rejection that precedes the check, such as of a body that cannot be read.
    pub fn rejected(error: impl Into<TokenError>) -> Self {
        Self::Ready(Err(error.into()))
    }

    /// Finishes the check. This waits only if the step is [pending](Self::Pending).
    ///
    /// # Errors
    /// Returns why the request is rejected.
    pub async fn finish(self) -> Result<Authenticated, TokenError> {
        match self {
            Self::Ready(outcome) => outcome,
            Self::Pending(pending) => pending.finish().await,
        }
    }
}

/// A check that has to consult a store, a loader, a rule, or an issuer. It owns what it needs, so it does not borrow the
/// request.
#[must_use = "a request is not authenticated before finish()"]
pub struct Pending {
    jwt: JwtManager,
    checked: Checked,
}

impl Pending {
    /// Looks at the request again, if a check that finished in the meantime left a memo of this manager in it. An
    /// adapter calls this if its framework runs the extractors of a request concurrently.
    pub fn recheck(self, view: &dyn RequestView, policy: &Policy) -> Step {
        match view.memo(self.jwt.id()) {
            Some(_) => authenticate(&self.jwt, view, policy),
            None => Step::Pending(self),
        }
    }

    /// Finishes the check.
    ///
    /// # Errors
    /// Returns why the request is rejected.
    pub fn finish(self) -> impl Future<Output = Result<Authenticated, TokenError>> + Send + use<> {
        self.jwt.complete(self.checked)
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

/// Checks a request against a policy.
///
/// Everything that needs no I/O happens now. If the step is [pending](Step::Pending), [`Step::finish`] does the rest.
pub fn authenticate(jwt: &JwtManager, view: &dyn RequestView, policy: &Policy) -> Step {
    match jwt.check(view, policy) {
        Ok(checked) => step(jwt, checked),
        Err(error) => Step::Ready(Err(error)),
    }
}

/// Does what [`authenticate`] does, except for what comes after revocation: authorities, rules, and loaders.
pub(super) fn until_revocation(jwt: &JwtManager, view: &dyn RequestView, policy: &Policy) -> Step {
    match jwt.check(view, policy) {
        Ok(checked) => step(jwt, Checked { before_body: true, request: None, ..checked }),
        Err(error) => Step::Ready(Err(error)),
    }
}

/// Checks that a guard that cannot wait can decide about every request, unless the key of its token has to be fetched.
///
/// # Errors
///
/// Returns an error if the manager or the policy has a store, a loader, or a rule that has to be called.
pub fn works_without_waiting(jwt: &JwtManager, policy: &Policy) -> Result<(), ConfigError> {
    if jwt.never_waits(&policy.late) {
        return Ok(());
    }
    Err(ConfigError::invalid(
        "interceptor",
        "cannot wait, but the manager or the policy has a store, a loader, or a rule to call: use JwtLayer",
    ))
}

/// Does what [`authenticate`] does, with the method of the request alone, from a memo that this manager left in it. The
/// method can be another one than that of the memo, if something between the two has replaced it.
///
/// `None` does not mean that the request is rejected. Either the policy looks in other locations or the token does not
/// satisfy it. Call [`authenticate`] then.
#[must_use]
pub fn authenticate_by(jwt: &JwtManager, memo: &Memo, method: &str, policy: &Policy) -> Option<Step> {
    jwt.recheck(memo, method, policy).map(|checked| step(jwt, checked))
}

/// Verifies the signature and the claims of a request's token, for a layer in front of guards that cannot write to the
/// request's extensions.
///
/// With the memo, the guards do not verify the signature again. `None` does not mean that the request is accepted or
/// rejected.
#[must_use]
pub fn peek(jwt: &JwtManager, view: &dyn RequestView) -> Option<Memo> {
    let policy = const { &Policy::any() };
    match jwt.find(view, policy) {
        Ok(State::Ready(Some(found))) => Some(Memo::unguarded(jwt.id(), found)),
        _ => None,
    }
}

#[inline(always)]
fn step(jwt: &JwtManager, checked: Checked) -> Step {
    match jwt.complete_now(checked) {
        Ok(outcome) => Step::Ready(outcome),
        Err(checked) => Step::Pending(Pending { jwt: jwt.clone(), checked }),
    }
}
