use std::time::Duration;

use jwt_core::JwtManager;
use tower_layer::Layer;
use tower_service::Service;

/// Renews the cookie of an access token of a session that expires in less than `within`: implicit refresh. A tower layer
/// around `warp::service(routes)`, inside [`JwtLayer`](crate::JwtLayer) where there is one: then the signature is checked
/// once.
///
/// The cookies are added to whatever the route answers, unless it has set that cookie itself, by a log-in, an exchange
/// or a log-out. No cache keeps such a response, whatever the handler says of caches. The refresh
/// cookie is not renewed.
pub fn renew(jwt: &JwtManager, within: Duration) -> Renew {
    Renew { jwt: jwt.clone(), within, keep: &[] }
}

jwt_core::declare_renew_layer!(Layer, Service);
