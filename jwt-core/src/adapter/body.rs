use super::{Step, authenticate};
use crate::manager::JwtManager;
use crate::policy::Policy;
use crate::request::RequestView;

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

/// The first step of a guard.
#[derive(Debug)]
#[must_use = "a request is not authenticated before its step is ready"]
#[allow(clippy::exhaustive_enums, reason = "an adapter handles every case, and depends on one exact version")]
pub enum Begin {
    /// The check has begun.
    Step(Step),
    /// The guard must read the body first, with [`read_body`](super::read_body), leave the outcome in the request's
    /// extensions, and call [`authenticate`].
    ReadBody {
        /// The most bytes to read.
        limit: usize,
    },
}

/// Checks a request in a guard, unless the guard [must read the body](wants_body) first.
#[inline(always)]
pub fn begin(jwt: &JwtManager, view: &dyn RequestView, policy: &Policy) -> Begin {
    match wants_body(jwt, view, policy) {
        None => Begin::Step(authenticate(jwt, view, policy)),
        Some(limit) => Begin::ReadBody { limit },
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
