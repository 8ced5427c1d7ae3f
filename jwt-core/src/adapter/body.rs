use crate::manager::JwtManager;
use crate::policy::Policy;
use crate::request::RequestView;

/// Returns whether a guard with this policy must read the body before [`authenticate`](super::authenticate), and the
/// most bytes to read. The guard stores the body as a [`BufferedBody`](super::BufferedBody).
///
/// `None` means that the body does not matter: it is not a location, an earlier location has the token, or the content
/// type does not fit.
#[must_use]
pub fn wants_body(jwt: &JwtManager, view: &dyn RequestView, policy: &Policy) -> Option<usize> {
    let locator = jwt.locator();
    let limit = locator.buffered_body?;
    if policy.exempts(view.method()) {
        return None;
    }
    // Whether the body matters does not depend on which of several cookies counts.
    match locator.locate(view, locator.places_of(policy), policy.asks_for_refresh(), &|_| Ok(0)) {
        Err(error) if error.body_was_not_read() => Some(limit),
        _ => None,
    }
}

/// Does the same as [`wants_body`] for a layer that does not know the policies of the guards inside it: whether any of
/// them could find something in a body of this content type.
#[must_use]
pub fn may_want_body(jwt: &JwtManager, view: &dyn RequestView) -> Option<usize> {
    let locator = jwt.locator();
    let limit = locator.buffered_body?;
    locator.reads_body(view).then_some(limit)
}
