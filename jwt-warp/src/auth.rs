use std::convert::Infallible;

use jwt_core::JwtManager;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::guard::snapshot;

jwt_core::declare_auth!(Response, Reply::into_response);

/// Gives a route its [`Auth`]. Put it behind path and method:
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
#[must_use = "a filter does nothing before it is in a route"]
pub fn auth(jwt: &JwtManager) -> impl Filter<Extract = (Auth,), Error = Infallible> + Clone + use<> {
    let jwt = jwt.clone();
    snapshot().map(move |request| Auth(jwt_core::Auth::new(jwt.clone(), request)))
}
