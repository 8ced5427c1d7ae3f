use jwt_core::keys::Secret;
use jwt_core::{Config, JwtManager, JwtManagerBuilder, Policy};
use serde_json::Value;
use utoipa::OpenApi;

/// A document with the operations `GET /orders` and `POST /orders`.
pub(crate) fn api() -> utoipa::openapi::OpenApi {
    #[utoipa::path(get, path = "/orders", responses((status = 200, description = "The orders.")))]
    #[allow(dead_code, reason = "the macro reads it")]
    fn orders() {}

    #[utoipa::path(post, path = "/orders", responses((status = 403, description = "The shop is closed.")))]
    #[allow(dead_code, reason = "the macro reads it")]
    fn order() {}

    #[derive(OpenApi)]
    #[openapi(paths(orders, order))]
    struct Api;

    Api::openapi()
}

pub(crate) fn builder(config: Config) -> JwtManagerBuilder {
    JwtManager::builder(config).secret(Secret::generate().unwrap())
}

pub(crate) fn manager(config: Config) -> JwtManager {
    builder(config).build().unwrap()
}

/// The document with guards, the outermost last.
pub(crate) fn documented(jwt: &JwtManager, policies: &[Policy]) -> Value {
    let mut api = api();
    for policy in policies {
        jwt_utoipa::document(&mut api, jwt, policy);
    }
    serde_json::to_value(api).unwrap()
}

/// The operation `GET /orders`.
pub(crate) fn get(document: &Value) -> &Value {
    &document["paths"]["/orders"]["get"]
}

/// The operation `POST /orders`.
pub(crate) fn post(document: &Value) -> &Value {
    &document["paths"]["/orders"]["post"]
}

/// The names of the errors that the responses with this status are for.
pub(crate) fn errors<'a>(operation: &'a Value, status: &str) -> Vec<&'a str> {
    let kinds = operation["responses"][status]["x-jwt-errors"].as_array().into_iter().flatten();
    kinds.map(|kind| kind.as_str().unwrap()).collect()
}

/// The message of an assertion that fails.
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) async fn panics(assertion: impl Future<Output = ()>) -> Option<String> {
    use futures_util::FutureExt as _;

    let outcome = std::panic::AssertUnwindSafe(assertion).catch_unwind().await;
    outcome.err().map(|failed| *failed.downcast::<String>().unwrap())
}
