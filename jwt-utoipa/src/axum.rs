//! Guards for the routers of [`utoipa_axum`].

use jwt_axum::require;
use jwt_core::{JwtManager, Policy};
use utoipa_axum::router::OpenApiRouter;

use crate::document::{document, document_guard};

#[allow(unnameable_types, reason = "nobody else may name it")]
mod sealed {
    pub trait Sealed {}
    impl<S> Sealed for utoipa_axum::router::OpenApiRouter<S> {}
}

/// Guards the routes of a router, and documents it.
///
/// ```
/// use axum::Json;
/// use jwt_axum::{AccessToken, Config, JwtManager, Policy};
/// use jwt_utoipa::axum::GuardedRouter;
/// use utoipa_axum::router::OpenApiRouter;
/// use utoipa_axum::routes;
///
/// #[utoipa::path(get, path = "/orders", responses((status = 200, description = "The orders", body = str)))]
/// async fn orders(AccessToken(token): AccessToken) -> String {
///     format!("the orders of {}", token.identity())
/// }
///
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let router = OpenApiRouter::new()
///     .routes(routes!(orders))
///     .guarded(&jwt, Policy::access().scopes(&["orders:read"]));
/// let (router, api) = OpenApiRouter::new().merge(router).split_for_parts();
/// let router: axum::Router = router.route("/openapi.json", axum::routing::get(async || Json(api)));
/// # let _ = router;
/// # Ok::<(), jwt_core::ConfigError>(())
/// ```
pub trait GuardedRouter: sealed::Sealed + Sized {
    /// Guards the routes that have been added so far, like
    /// [`route_layer(require(jwt, policy))`](jwt_axum::require), and writes the guard into all operations of the router's
    /// document.
    ///
    /// Operations that the document has from [`with_openapi`](OpenApiRouter::with_openapi) are among them, although this
    /// guards only those of them whose routes have been added. So guard a router that starts with
    /// [`new`](OpenApiRouter::new), and merge it into the one that has the document.
    ///
    /// Routes that are added later are neither guarded nor documented. A route that was added with `route`, not with
    /// `routes`, is guarded, but not in the document. A guard around routers that have guards of their own adds its
    /// requirements to theirs.
    ///
    /// # Panics
    ///
    /// Panics if the router has no routes, as `route_layer` does, or if the application's
    /// [`ErrorHandlers`](jwt_core::ErrorHandlers) panic on a sample of an error.
    #[must_use]
    fn guarded(self, jwt: &JwtManager, policy: Policy) -> Self;

    /// Writes into all operations of the router's document what handlers require that check the token themselves, such as
    /// with extractors. `policy` is theirs. It does not guard anything.
    ///
    /// ```
    /// use jwt_axum::{AccessToken, Config, JwtManager, Policy};
    /// use jwt_utoipa::axum::GuardedRouter;
    /// use utoipa_axum::router::OpenApiRouter;
    /// use utoipa_axum::routes;
    ///
    /// #[utoipa::path(get, path = "/me", responses((status = 200, description = "The identity of the user", body = str)))]
    /// async fn me(AccessToken(token): AccessToken) -> String {
    ///     token.identity().to_owned()
    /// }
    ///
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    /// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
    /// let router = OpenApiRouter::new().routes(routes!(me)).documented(&jwt, &Policy::access());
    /// let router: axum::Router = router.with_state(jwt).into();
    /// # let _ = router;
    /// # Ok::<(), jwt_core::ConfigError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the application's [`ErrorHandlers`](jwt_core::ErrorHandlers) panic on a sample of an error.
    #[must_use]
    fn documented(self, jwt: &JwtManager, policy: &Policy) -> Self;
}

impl<S: Clone + Send + Sync + 'static> GuardedRouter for OpenApiRouter<S> {
    fn guarded(mut self, jwt: &JwtManager, policy: Policy) -> Self {
        document_guard(self.get_openapi_mut(), jwt, &policy);
        self.route_layer(require(jwt, policy))
    }

    fn documented(mut self, jwt: &JwtManager, policy: &Policy) -> Self {
        document(self.get_openapi_mut(), jwt, policy);
        self
    }
}
