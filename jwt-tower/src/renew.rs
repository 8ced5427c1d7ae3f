use std::time::Duration;

use jwt_core::JwtManager;
use tower_layer::Layer;
use tower_service::Service;

use crate::ResponseFuture;

/// Creates a layer that renews the cookie of a session's access token if the token expires in less than `within`. This
/// is also called implicit refresh.
///
/// Put [`JwtLayer`](crate::JwtLayer) behind this layer.
///
/// The layer adds the cookies to the service's response, unless the service has set the access cookie itself, during a
/// login, an exchange, or a logout. A response with a renewed cookie gets `Cache-Control: no-store`, even if the service
/// set a different value. The refresh cookie is not renewed.
///
/// A token is renewed until 24 hours after the login or exchange that it came from
/// ([`Config::renewal_expires`](jwt_core::Config::renewal_expires)). Each renewal is an event
/// ([`SessionEvents::access_token_renewed`](jwt_core::session::SessionEvents::access_token_renewed)).
///
/// ```
/// use std::time::Duration;
///
/// use http::{Request, Response};
/// use jwt_tower::session::MemorySessions;
/// use jwt_tower::{Config, JwtLayer, JwtManager, Location, Policy, renew};
/// use tower::ServiceBuilder;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_tower::keys::Secret::generate()?;
/// let config = Config::default().token_location([Location::Cookie]);
/// let jwt = JwtManager::builder(config).secret(secret).session_store(MemorySessions::new()).build()?;
/// let service = ServiceBuilder::new()
///     .layer(renew(&jwt, Duration::from_secs(5 * 60)))
///     .layer(JwtLayer::new(&jwt, Policy::access())?)
///     .service_fn(async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new("home")));
/// # Ok(())
/// # }
/// ```
pub fn renew(jwt: &JwtManager, within: Duration) -> Renew {
    Renew { jwt: jwt.clone(), within, keep: &[] }
}

jwt_core::declare_renew_layer!(Layer, Service, ResponseFuture);
