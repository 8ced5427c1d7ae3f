use std::time::Duration;

use jwt_core::JwtManager;
use jwt_core::adapter::OrBoxed;
use tower_layer::Layer;
use tower_service::Service;

/// Creates a layer that renews the cookie of a session's access token if the token expires in less than `within`. This
/// is also called implicit refresh.
///
/// Put the layer around `warp::service(routes)`. If you also use [`JwtLayer`](crate::JwtLayer), put that around this
/// layer, so the signature is verified once.
///
/// The layer adds the cookies to the route's response, unless the route has set the access cookie itself, during a
/// login, an exchange, or a logout. A response with a renewed cookie gets `Cache-Control: no-store`, even if the route
/// set a different value. The refresh cookie is not renewed.
///
/// A token is renewed until 24 hours after the login or exchange that it came from
/// ([`Config::renewal_expires`](jwt_core::Config::renewal_expires)). Each renewal is an event
/// ([`SessionEvents::access_token_renewed`](jwt_core::session::SessionEvents::access_token_renewed)).
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
/// # let secret = &jwt_warp::keys::Secret::generate()?;
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

jwt_core::declare_renew_layer!(Layer, Service, OrBoxed);
