//! Guards for the scopes of [`utoipa_actix_web`].

use std::fmt;

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{AppService, HttpServiceFactory, ServiceFactory, ServiceRequest, ServiceResponse};
use jwt_actix::require;
use jwt_core::{JwtManager, Policy};
use utoipa::openapi::path::Paths;
use utoipa::openapi::{RefOr, Schema};
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::scope::Scope;

use crate::document::write_all;

/// Guards a scope, like [`wrap(require(jwt, policy))`](jwt_actix::require), and writes the guard into its operations.
///
/// The scope must have its services already. Its document only carries paths and schemas, so add the definitions of the
/// security schemes to the document of the application:
///
/// ```
/// use actix_web::{App, HttpResponse, get, web};
/// use jwt_actix::{AccessToken, Config, JwtManager, Policy};
/// use jwt_utoipa::SecuritySchemes;
/// use jwt_utoipa::actix::guarded;
/// use utoipa::Modify;
/// use utoipa_actix_web::{AppExt, scope};
///
/// #[utoipa::path(get, path = "/orders", responses((status = 200, description = "The orders", body = str)))]
/// #[get("/orders")]
/// async fn orders(AccessToken(token): AccessToken) -> String {
///     format!("the orders of {}", token.identity())
/// }
///
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let (app, mut api) = App::new()
///     .into_utoipa_app()
///     .app_data(web::Data::new(jwt.clone()))
///     .service(guarded(scope("/shop").service(orders), &jwt, Policy::access().scopes(&["orders:read"])))
///     .split_for_parts();
/// SecuritySchemes::new(&jwt).modify(&mut api);
/// let api = web::Data::new(api);
/// let app = app.app_data(api).route(
///     "/openapi.json",
///     web::get().to(async |api: web::Data<utoipa::openapi::OpenApi>| HttpResponse::Ok().json(api)),
/// );
/// # let _ = app;
/// # Ok::<(), jwt_core::ConfigError>(())
/// ```
///
/// As with `wrap`, the guard also responds with 401 to unknown paths below the scope.
///
/// # Panics
///
/// The `service` of the application, to which this is added, panics if the application's
/// [`ErrorHandlers`](jwt_core::ErrorHandlers) panic on a sample of an error.
#[allow(clippy::type_complexity, reason = "it is the type that `Scope::wrap` returns, which has no name")]
pub fn guarded<T, B>(
    scope: Scope<T>,
    jwt: &JwtManager,
    policy: Policy,
) -> Guarded<
    Scope<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<EitherBody<B>>,
            Error = Error,
            InitError = (),
        > + use<T, B>,
    >,
>
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    Guarded { scope: scope.wrap(require(jwt, policy.clone())), jwt: jwt.clone(), policy }
}

/// A scope behind a guard. [`guarded`] creates it.
///
/// Its document can be read once, as that of a [`Scope`].
pub struct Guarded<S> {
    scope: S,
    jwt: JwtManager,
    policy: Policy,
}

impl<S: HttpServiceFactory> HttpServiceFactory for Guarded<S> {
    fn register(self, config: &mut AppService) {
        self.scope.register(config);
    }
}

impl<S: OpenApiFactory> OpenApiFactory for Guarded<S> {
    fn paths(&self) -> Paths {
        let mut paths = self.scope.paths();
        write_all(&mut paths, &self.jwt, &self.policy);
        paths
    }

    fn schemas(&self, schemas: &mut Vec<(String, RefOr<Schema>)>) {
        self.scope.schemas(schemas);
    }
}

impl<S> fmt::Debug for Guarded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("policy", &self.policy).finish_non_exhaustive()
    }
}
