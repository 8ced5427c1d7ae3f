use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, SET_COOKIE};
use actix_web::{HttpResponse, ResponseError};
use bytes::Bytes;
use jwt_core::SetCookies;
use jwt_core::error::{CookieError, Misuse};

jwt_core::declare_rejected!();

impl Rejected {
    pub(crate) fn misuse(misuse: Misuse) -> Self {
        jwt_core::adapter::Rejection::from(misuse).into()
    }
}

/// Converts the status, the fields, and the body to actix's types, which are those of `http` 0.2.
pub(crate) fn convert(response: http::Response<Bytes>) -> HttpResponse {
    let status = StatusCode::from_u16(response.status().as_u16());
    let mut builder = HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in response.headers() {
        builder.append_header((name.as_str(), value.as_bytes()));
    }
    builder.body(response.into_body())
}

impl ResponseError for Rejected {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        convert(self.0.response().clone())
    }
}

/// Adds cookies to a response.
///
/// It also sets `Cache-Control: no-store` (RFC 6749, 5.1), unless the response already has a `Cache-Control` field.
///
/// With a session store, use [`Auth`](crate::Auth), which sets the cookies itself.
///
/// ```
/// use actix_web::{HttpResponse, web};
/// use jwt_actix::{JwtManager, Rejected, with_cookies};
/// use serde_json::json;
///
/// async fn login(jwt: web::Data<JwtManager>) -> Result<HttpResponse, Rejected> {
///     // Check the password here.
///     let token = jwt.access_token("alice").fresh().encode()?;
///     with_cookies(&jwt.access_cookies(&token), HttpResponse::Ok().json(json!({ "login": true })))
/// }
/// ```
///
/// # Errors
/// Returns an error if a cookie cannot be set. In that case, no cookie is set, the client gets a bare 500, and the log
/// says how to fix it.
pub fn with_cookies(cookies: &SetCookies<'_>, mut response: HttpResponse) -> Result<HttpResponse, Rejected> {
    for field in cookies.fields()? {
        let field = HeaderValue::from_bytes(field.as_bytes()).map_err(|_| CookieError::Character)?;
        response.headers_mut().append(SET_COOKIE, field);
    }
    if !response.headers().contains_key(CACHE_CONTROL) {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}
