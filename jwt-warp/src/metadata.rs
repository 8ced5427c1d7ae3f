use std::future::ready;

use http::Method;
use jwt_core::adapter::metadata_of;
use jwt_core::{ConfigError, JwtManager};
use warp::filters::BoxedFilter;
use warp::path::FullPath;
use warp::reply::Response;
use warp::{Filter, Reply};

/// Creates a route that serves the metadata of the protected [resource](jwt_core::Config::resource) (RFC 9728).
///
/// Requests for other paths move on to the next route.
///
/// ```
/// use jwt_warp::{Authenticated, ConfigError, JwtManager, Policy, guard_with, resource_metadata};
/// use warp::{Filter, Reply};
///
/// fn routes(
///     jwt: &JwtManager,
/// ) -> Result<impl Filter<Extract = (impl Reply,), Error = warp::Rejection> + Clone, ConfigError> {
///     let orders = guard_with(jwt, Policy::access().scopes(&["orders:read"]), |token| {
///         warp::path!("orders").and(token).map(|_: Authenticated| "orders")
///     });
///     Ok(resource_metadata(jwt)?.or(orders))
/// }
/// ```
///
/// # Errors
///
/// Returns an error if the manager does not have a resource.
pub fn resource_metadata(jwt: &JwtManager) -> Result<BoxedFilter<(Response,)>, ConfigError> {
    let metadata = metadata_of(jwt)?;
    let respond = move |path: FullPath, method: Method| {
        let response = (path.as_str() == metadata.path()).then(|| metadata.respond(method.as_str()));
        ready(response.map(Reply::into_response).ok_or_else(warp::reject::not_found))
    };
    Ok(warp::path::full().and(warp::method()).and_then(respond).boxed())
}
