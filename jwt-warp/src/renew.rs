use std::time::Duration;

use jwt_core::JwtManager;
use tower_layer::Layer;
use tower_service::Service;

/// Creates a layer that renews the cookie of a session's access token if the token expires in less than `within`. This
/// is implicit refresh.
///
/// Put the layer around `warp::service(routes)`, inside [`JwtLayer`](crate::JwtLayer) if you use that: then the
/// signature is checked once.
///
/// The layer adds the cookies to the route's response, unless the route has set the access cookie itself, by a login,
/// an exchange, or a logout. A response with a renewed cookie is never cached, whatever its `Cache-Control` field said.
/// The refresh cookie is not renewed.
///
/// ```
/// use std::time::Duration;
///
/// use jwt_warp::session::MemorySessions;
/// use jwt_warp::{Config, JwtManager, Location, renew};
/// use tower::ServiceBuilder;
/// use warp::Filter;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = "MDYxN2FiMTAtZmU0ZS00Y2UzLWI4Nzkt";
/// let config = Config::default().token_location([Location::Cookie]);
/// let jwt = JwtManager::builder(config).secret(secret).session_store(MemorySessions::new()).build()?;
/// let routes = warp::path::end().map(|| "home");
/// let service = ServiceBuilder::new()
///     .layer(renew(&jwt, Duration::from_secs(5 * 60)))
///     .service(warp::service(routes));
/// # Ok(())
/// # }
/// ```
pub fn renew(jwt: &JwtManager, within: Duration) -> Renew {
    Renew { jwt: jwt.clone(), within, keep: &[] }
}

jwt_core::declare_renew_layer!(Layer, Service);
