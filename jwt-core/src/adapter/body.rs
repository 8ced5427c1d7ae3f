use super::step::until_revocation;
use super::{Step, authenticate};
use crate::error::ConfigError;
use crate::location::Location;
use crate::manager::JwtManager;
use crate::policy::Policy;
use crate::request::RequestView;
use crate::token::TokenError;

/// Returns whether a guard with this policy must read the body before [`authenticate`](super::authenticate), and the
/// most bytes to read. The guard stores the body as a [`BufferedBody`](super::BufferedBody).
///
/// `None` means that the body does not matter: it is not a location, the content type does not fit, or the request has a
/// text that is not a token. If an earlier location has a token, the body still matters, because it must not have a
/// second one.
#[must_use]
pub fn wants_body(jwt: &JwtManager, view: &dyn RequestView, policy: &Policy) -> Option<usize> {
    let locator = jwt.locator();
    let limit = locator.buffered_body?;
    if jwt.exempts(view, policy) {
        return None;
    }
    locator.wants_body(view, locator.places_of(policy), policy.asks_for_refresh()).then_some(limit)
}

/// Checks that a guard that never reads a body can decide about every request.
///
/// `policy` is `None` if the guard chooses a policy for each request. In that case, only the configuration counts.
///
/// # Errors
///
/// Returns an error if tokens, CSRF values, or what a rule needs can be in the body.
pub fn works_without_body(jwt: &JwtManager, policy: Option<&Policy>) -> Result<(), ConfigError> {
    let locator = jwt.locator();
    let places = policy.map_or(&*locator.places, |policy| locator.places_of(policy));
    let in_body = |place: &Location| match place {
        Location::Json => true,
        Location::Cookie => locator.csrf.fields.is_some(),
        Location::Header | Location::QueryString | Location::WebSocketProtocol => false,
    };
    let for_rules = policy.and_then(|policy| policy.late.body_limit());
    if for_rules.is_some() || (locator.buffered_body.is_some() && places.iter().any(in_body)) {
        return Err(ConfigError::invalid(
            "JwtLayer",
            "does not read bodies, but a token, a CSRF value, or what a rule needs can be in one: call \
             JwtLayer::buffering instead of new",
        ));
    }
    Ok(())
}

/// The first step of a guard.
#[derive(Debug)]
#[must_use = "a request is not authenticated before its step is ready"]
#[allow(clippy::exhaustive_enums, reason = "an adapter handles every case, and depends on one exact version")]
pub enum Begin {
    /// The check has begun.
    Step(Step),
    /// The guard must finish `first`. Then it must read the body, with [`read_body`](super::read_body), leave the outcome
    /// in the request's extensions, and call [`authenticate`].
    ReadBody {
        /// What is checked before the body is read.
        first: First,
        /// The most bytes to read.
        limit: usize,
    },
}

/// The checks before a guard reads a body. They are repeated afterwards, because a body can take any time to arrive.
#[derive(Debug)]
#[must_use = "the body must not be read before finish()"]
pub struct First(Option<Step>);

impl First {
    /// Finishes the checks.
    ///
    /// # Errors
    ///
    /// Returns why the request is rejected.
    pub async fn finish(self) -> Result<(), TokenError> {
        match self.0 {
            Some(step) => step.finish().await.map(drop),
            None => Ok(()),
        }
    }
}

/// Checks a request in a guard, unless the guard [must read the body](wants_body) first.
#[inline(always)]
pub fn begin(jwt: &JwtManager, view: &dyn RequestView, policy: &Policy) -> Begin {
    // If an outer guard has read the body, something in between can have replaced it.
    let for_rules = if policy.late.has_rules() { policy.late.body_limit() } else { None };
    match (wants_body(jwt, view, policy), for_rules) {
        (None, None) => Begin::Step(authenticate(jwt, view, policy)),
        (None, Some(limit)) => after_token(jwt, view, policy, limit),
        // The token can be in the body, so nothing is known about the client yet.
        (Some(limit), _) => Begin::ReadBody { first: First(None), limit },
    }
}

/// Only a client with a valid token makes the guard read a body for a rule.
#[inline(never)]
fn after_token(jwt: &JwtManager, view: &dyn RequestView, policy: &Policy, limit: usize) -> Begin {
    match until_revocation(jwt, view, policy) {
        Step::Ready(Err(error)) => Begin::Step(Step::rejected(error)),
        // Without a token, rules are not called.
        Step::Ready(Ok(passed)) if passed.token().is_none() => Begin::Step(Step::Ready(Ok(passed))),
        first => Begin::ReadBody { first: First(Some(first)), limit },
    }
}

/// Does the same as [`wants_body`] for a layer that does not know the policies of the guards inside it: whether any of
/// them could find something in a body of this content type.
#[must_use]
pub fn may_want_body(jwt: &JwtManager, view: &dyn RequestView) -> Option<usize> {
    let locator = jwt.locator();
    let limit = locator.buffered_body?;
    locator.may_want_body(view).then_some(limit)
}

/// Whether a layer reads the body of this request for the rules of the guards inside it. Requests without a token do not
/// reach a rule.
#[must_use]
pub fn has_token(jwt: &JwtManager, view: &dyn RequestView) -> bool {
    let locator = jwt.locator();
    [false, true].into_iter().any(|refresh| locator.has_token(view, refresh))
}
