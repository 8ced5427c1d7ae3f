use std::fmt;
use std::future::Future;

use crate::manager::{Authenticated, Checked, JwtManager, State};
use crate::policy::Policy;
use crate::request::{Memo, RequestView};
use crate::token::TokenError;

/// How far a request was checked without waiting.
#[derive(Debug)]
#[must_use = "a request is not authenticated before its step is ready"]
#[allow(
    clippy::exhaustive_enums,
    reason = "an adapter has to know every step, and depends on one exact version"
)]
pub enum Step {
    /// The request may pass, or is refused.
    Ready(Result<Authenticated, TokenError>),
    /// A store, a loader or an issuer has to be asked.
    Pending(Pending),
}

impl Step {
    /// A refusal before anything was checked, such as of a body that cannot be read.
    pub fn refused(error: impl Into<TokenError>) -> Self {
        Self::Ready(Err(error.into()))
    }

    /// Waits where there is something to wait for.
    ///
    /// # Errors
    /// Why the request is refused.
    pub async fn finish(self) -> Result<Authenticated, TokenError> {
        match self {
            Self::Ready(outcome) => outcome,
            Self::Pending(pending) => pending.finish().await,
        }
    }
}

/// A request that waits for a store, a loader or an issuer. It has taken from the request what it needs, so that it need
/// not borrow it.
#[must_use = "a request is not authenticated before finish()"]
pub struct Pending {
    jwt: JwtManager,
    checked: Checked,
}

impl Pending {
    /// Asks whoever has to be asked.
    ///
    /// # Errors
    /// Why the request is refused.
    pub fn finish(self) -> impl Future<Output = Result<Authenticated, TokenError>> + Send + use<> {
        self.jwt.complete(self.checked)
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

/// Checks a request against a policy: all that needs no I/O now, and the rest where the step is
/// [pending](Step::Pending).
pub fn authenticate(jwt: &JwtManager, view: &dyn RequestView, policy: &Policy) -> Step {
    match jwt.check(view, policy) {
        Ok(checked) => step(jwt, checked),
        Err(error) => Step::Ready(Err(error)),
    }
}

/// [`authenticate`] without the request, by what a guard or a layer of this manager left in it. `None` tells nothing:
/// the policy looks elsewhere, or the token does not fulfil it. Check the request then.
#[must_use]
pub fn authenticate_by(jwt: &JwtManager, memo: &Memo, policy: &Policy) -> Option<Step> {
    jwt.recheck(memo, policy).map(|checked| step(jwt, checked))
}

/// The token of a request, verified as far as its signature and its claims go, for a layer in front of guards that have
/// no access to the request's extensions. What it finds saves them the signature; what it does not find they refuse.
#[must_use]
pub fn peek(jwt: &JwtManager, view: &dyn RequestView) -> Option<Memo> {
    let policy = const { &Policy::any().every_method() };
    match jwt.find(view, policy) {
        Ok(State::Ready(Some(found))) => Some(Memo::of_layer(jwt.id(), found)),
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
