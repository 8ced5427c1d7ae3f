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

/// Checks a request in a guard, unless the guard must read the body first. In that case, returns the most bytes to read
/// as an error. The guard reads it with [`read_body`](super::read_body), leaves the outcome in the request's extensions,
/// and calls [`authenticate`].
///
/// # Errors
/// Returns the result of [`wants_body`].
#[inline(always)]
pub fn begin(jwt: &JwtManager, view: &dyn RequestView, policy: &Policy) -> Result<Step, usize> {
    wants_body(jwt, view, policy).map_or_else(|| Ok(authenticate(jwt, view, policy)), Err)
}

/// Does the same as [`wants_body`] for a layer that does not know the policies of the guards inside it: whether any of
/// them could find something in a body of this content type.
#[must_use]
pub fn may_want_body(jwt: &JwtManager, view: &dyn RequestView) -> Option<usize> {
    let locator = jwt.locator();
    let limit = locator.buffered_body?;
    locator.may_want_body(view).then_some(limit)
}
