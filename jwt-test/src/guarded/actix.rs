use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, try_call_service};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

use super::GuardTest;

impl GuardTest<'_> {
    #[cfg_attr(docsrs, doc(cfg(feature = "actix")))]
    /// Sends the requests to an application of actix-web, as `actix_web::test::init_service` returns it.
    ///
    /// The extensions of the request are not sent.
    ///
    /// ```
    /// use actix_web::{App, test, web};
    /// use http::Request;
    /// use jwt_actix::{AccessToken, Config, JwtManager, keys::Secret};
    /// use jwt_test::GuardTest;
    ///
    /// async fn orders(AccessToken(token): AccessToken) -> String {
    ///     format!("the orders of {}", token.identity())
    /// }
    ///
    /// # #[actix_web::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let jwt = JwtManager::builder(Config::default()).secret(&Secret::generate()?).build()?;
    /// let app = App::new().app_data(web::Data::new(jwt.clone())).route("/orders", web::get().to(orders));
    /// let app = test::init_service(app).await;
    ///
    /// let token = jwt.access_token("alice").encode()?;
    /// let request = Request::get("/orders").header("authorization", format!("Bearer {token}")).body("")?;
    /// GuardTest::new(&jwt).assert_actix(&app, request).await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics as [`assert`](Self::assert) does.
    pub async fn assert_actix<S, B>(&self, app: &S, request: Request<impl Into<Bytes>>)
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    {
        self.assert_with(request, async |request| {
            match try_call_service(app, converted(&request).to_request()).await {
                Ok(response) => answer(response.status(), response.headers()),
                Err(error) => {
                    let response = error.error_response();
                    answer(response.status(), response.headers())
                }
            }
        })
        .await;
    }
}

/// actix-web uses an older version of the `http` crate.
pub(crate) fn converted(request: &Request<Bytes>) -> TestRequest {
    let method = request.method().as_str().parse().expect("the method is a token");
    let mut converted = TestRequest::with_uri(&request.uri().to_string()).method(method);
    for (name, value) in request.headers() {
        converted = converted.append_header((name.as_str(), value.as_bytes()));
    }
    converted.set_payload(request.body().clone())
}

pub(crate) fn answer(
    status: actix_web::http::StatusCode,
    fields: &actix_web::http::header::HeaderMap,
) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(status.as_u16()).expect("the status has three digits");
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("the name is valid");
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("the value is valid");
        response.headers_mut().append(name, value);
    }
    response
}
