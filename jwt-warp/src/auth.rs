use std::convert::Infallible;

use jwt_core::JwtManager;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::Rejected;
use crate::guard::snapshot;

jwt_core::declare_auth!();

impl Reply for LoggedIn {
    fn into_response(self) -> Response {
        self.0.answer.into_response().into_response()
    }
}

impl Reply for Refreshed {
    fn into_response(self) -> Response {
        self.0.answer.into_response().into_response()
    }
}

impl Reply for LoggedOut {
    fn into_response(self) -> Response {
        self.0.into_response().into_response()
    }
}

/// Creates a filter that extracts [`Auth`]. Put it after the path and the method:
///
/// ```
/// use jwt_warp::{Auth, JwtManager, auth};
/// use warp::{Filter, Reply};
///
/// fn refresh(jwt: JwtManager) -> impl Filter<Extract = (impl Reply,), Error = warp::Rejection> + Clone {
///     let refresh = warp::path!("refresh").and(warp::post()).and(auth(&jwt));
///     refresh.then(async |auth: Auth| auth.rotate().await)
/// }
/// ```
///
/// Inside a [`JwtLayer`](crate::JwtLayer), [`Auth`] uses the token that a guard of the route has accepted. Without the
/// layer, a guard cannot pass its token on, and [`Auth`] looks for a token in the configured locations.
#[must_use = "a filter does nothing until it is in a route"]
pub fn auth(jwt: &JwtManager) -> impl Filter<Extract = (Auth,), Error = Infallible> + Clone + use<> {
    let jwt = jwt.clone();
    snapshot().map(move |request| Auth(jwt_core::adapter::Auth::new(jwt.clone(), request)))
}
