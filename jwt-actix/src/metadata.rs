use actix_web::{HttpRequest, Resource, web};
use jwt_core::adapter::metadata_of;
use jwt_core::{ConfigError, JwtManager};

use crate::rejected::convert;

/// Creates a resource that serves the metadata of the protected [resource](jwt_core::Config::resource) (RFC 9728).
///
/// Add it to the `App` itself, without a guard, because clients need it before they have a token.
///
/// ```
/// use actix_web::{App, web};
/// use jwt_actix::{ConfigError, JwtManager, Policy, require, resource_metadata};
///
/// fn routes(jwt: &JwtManager, app: &mut web::ServiceConfig) -> Result<(), ConfigError> {
///     let orders = web::get().to(|| async { "orders" });
///     app.service(resource_metadata(jwt)?)
///         .route("/orders", orders.wrap(require(jwt, Policy::access().scopes(&["orders:read"]))));
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// Returns an error if the manager does not have a resource.
pub fn resource_metadata(jwt: &JwtManager) -> Result<Resource, ConfigError> {
    let metadata = metadata_of(jwt)?;
    let resource = web::resource(metadata.path());
    let respond = move |request: HttpRequest| {
        let response = convert(metadata.respond(request.method().as_str()));
        async move { response }
    };
    Ok(resource.route(web::route().to(respond)))
}
