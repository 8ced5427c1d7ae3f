use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::try_call_service;
use bytes::Bytes;

use super::OpenApiTest;
use crate::guarded::actix::{answer, converted};

impl OpenApiTest<'_> {
    #[cfg_attr(docsrs, doc(cfg(feature = "actix")))]
    /// Sends the requests to an application of actix-web, as `actix_web::test::init_service` returns it.
    ///
    /// ```
    /// use actix_web::{App, HttpResponse, test, web};
    /// use jwt_actix::{AccessToken, Config, JwtManager, keys::Secret};
    /// use jwt_test::OpenApiTest;
    /// use serde_json::json;
    ///
    /// async fn orders(AccessToken(token): AccessToken) -> String {
    ///     format!("the orders of {}", token.identity())
    /// }
    ///
    /// async fn document() -> HttpResponse {
    ///     HttpResponse::Ok().json(json!({
    ///         "openapi": "3.1.0",
    ///         "info": { "title": "Shop", "version": "1" },
    ///         "paths": { "/orders": { "get": { "security": [{ "bearer": [] }], "responses": {} } } },
    ///         "components": { "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } } },
    ///     }))
    /// }
    ///
    /// # #[actix_web::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let jwt = JwtManager::builder(Config::default()).secret(&Secret::generate()?).build()?;
    /// let app = App::new()
    ///     .app_data(web::Data::new(jwt.clone()))
    ///     .route("/orders", web::get().to(orders))
    ///     .route("/openapi.json", web::get().to(document));
    ///
    /// OpenApiTest::new(&jwt, "/openapi.json").assert_actix(&test::init_service(app).await).await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics as [`assert`](Self::assert) does.
    pub async fn assert_actix<S, B>(&self, app: &S)
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
        B: MessageBody,
    {
        self.assert_with(async |request| {
            let reads = self.reads(&request);
            match try_call_service(app, converted(&request).to_request()).await {
                Ok(response) => {
                    let (_, response) = response.into_parts();
                    let answer = answer(response.status(), response.headers());
                    let body = response.into_body();
                    let body = if reads(answer.status()) {
                        to_bytes(body).await.unwrap_or_default()
                    } else {
                        Bytes::new()
                    };
                    answer.map(|()| body)
                }
                Err(error) => {
                    let response = error.error_response();
                    let answer = answer(response.status(), response.headers());
                    let body = to_bytes(response.into_body()).await.unwrap_or_default();
                    answer.map(|()| body)
                }
            }
        })
        .await;
    }
}
