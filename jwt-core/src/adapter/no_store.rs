use http::Response;
use http::header::{CACHE_CONTROL, HeaderMap, HeaderValue};

use crate::manager::{Authenticated, JwtManager};
use crate::policy::Policy;
use crate::request::{RequestView, first};

/// Returns whether a guard must [forbid](forbid_storing) caches to store the handler's response to this request.
/// [`Config::no_store`](crate::Config::no_store) decides.
#[must_use]
pub fn is_private(jwt: &JwtManager, authenticated: &Authenticated) -> bool {
    authenticated.token().is_some_and(|token| jwt.no_store().concerns(token.location()))
}

/// Does what [`is_private`] does for a guard that cannot keep the result of the check until the handler has responded:
/// it looks at the request again. Call it only if the guard has let the request through.
#[must_use]
pub fn was_private(jwt: &JwtManager, view: &dyn RequestView, policy: &Policy) -> bool {
    let locator = jwt.locator();
    let place = match jwt.guarded(view) {
        Some(authenticated) => authenticated.token().and_then(|token| token.location()),
        None => {
            let found = locator.locate(view, locator.places_of(policy), policy.asks_for_refresh(), &first);
            found.ok().map(|located| located.location)
        }
    };
    place.is_some_and(|place| jwt.no_store().concerns(Some(place)))
}

/// Returns whether [`was_private`] can be true for a request that satisfies this policy.
#[must_use]
pub fn can_be_private(jwt: &JwtManager, policy: &Policy) -> bool {
    jwt.locator().places_of(policy).iter().any(|place| jwt.no_store().concerns(Some(*place)))
}

/// Finishes the response of a guarded handler, which caches must not store if it [is private](is_private).
pub fn finish<B>(mut response: Response<B>, is_private: bool) -> Response<B> {
    if is_private {
        forbid_storing(response.headers_mut());
    }
    response
}

/// Sets `Cache-Control: no-store`, unless the handler has set the field.
pub fn forbid_storing(headers: &mut HeaderMap) {
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
