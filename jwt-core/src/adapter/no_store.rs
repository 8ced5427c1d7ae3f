use http::Response;
use http::header::{CACHE_CONTROL, HeaderMap, HeaderValue};

use crate::location::Location;
use crate::manager::{Authenticated, JwtManager};
use crate::policy::Policy;
use crate::request::{RequestView, first};

/// Whether caches may store the response of a guarded handler. [`Config::no_store`](crate::Config::no_store) decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums, reason = "an adapter handles every case, and depends on one exact version")]
pub enum Storing {
    /// The response stays as it is.
    Allowed,
    /// The guard [forbids](forbid_storing) it.
    Forbidden,
}

impl Storing {
    /// Decides for the response to a request whose token was in this location.
    pub(super) fn of(jwt: &JwtManager, place: Option<Location>) -> Self {
        if jwt.no_store().concerns(place) { Self::Forbidden } else { Self::Allowed }
    }
}

/// Returns whether caches may store the handler's response to this request.
pub fn storing(jwt: &JwtManager, authenticated: &Authenticated) -> Storing {
    authenticated.token().map_or(Storing::Allowed, |token| Storing::of(jwt, token.location()))
}

/// Does what [`storing`] does for a guard that cannot keep the result of the check until the handler has responded: it
/// looks at the request again. Call it only if the guard has let the request through.
pub fn storing_of_request(jwt: &JwtManager, view: &dyn RequestView, policy: &Policy) -> Storing {
    let locator = jwt.locator();
    let place = match jwt.guarded(view) {
        Some(authenticated) => authenticated.token().and_then(|token| token.location()),
        None => {
            let found = locator.locate(view, locator.places_of(policy), policy.asks_for_refresh(), &first);
            found.ok().map(|located| located.location)
        }
    };
    place.map_or(Storing::Allowed, |place| Storing::of(jwt, Some(place)))
}

/// Returns whether [`storing_of_request`] can forbid it for a request that satisfies this policy.
#[must_use]
pub fn can_forbid_storing(jwt: &JwtManager, policy: &Policy) -> bool {
    jwt.locator().places_of(policy).iter().any(|place| jwt.no_store().concerns(Some(*place)))
}

/// Forbids caches to store the response of a guarded handler, unless they may.
pub fn restrict_storing<B>(mut response: Response<B>, storing: Storing) -> Response<B> {
    if storing == Storing::Forbidden {
        forbid_storing(response.headers_mut());
    }
    response
}

/// Sets `Cache-Control: no-store`, unless the handler has set the field.
pub fn forbid_storing(headers: &mut HeaderMap) {
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
