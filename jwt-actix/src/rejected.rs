use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use actix_web::{HttpResponse, ResponseError};
use bytes::Bytes;
use jwt_core::SetCookies;
use jwt_core::error::CookieError;

jwt_core::declare_rejected!();

/// Converts the status, the fields, and the body to actix's types, which are those of `http` 0.2.
pub(crate) fn convert(response: http::Response<Bytes>) -> HttpResponse {
    let status = StatusCode::from_u16(response.status().as_u16());
    let mut converted = HttpResponse::new(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in response.headers() {
        if let Some((name, value)) = HeaderName::from_bytes(name.as_ref()).ok().zip(field(value)) {
            converted.headers_mut().append(name, value);
        }
    }
    converted.set_body(BoxBody::new(response.into_body()))
}

/// Converts the value of a field. `Debug` still does not show it if it contains a token.
pub(crate) fn field(value: &http::HeaderValue) -> Option<HeaderValue> {
    let mut field = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    field.set_sensitive(value.is_sensitive());
    Some(field)
}

impl ResponseError for Rejected {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        convert(self.0.response().clone())
    }
}

/// Sets `Cache-Control: no-store`, unless the handler has set the field.
pub(crate) fn forbid_storing(headers: &mut HeaderMap) {
    add(headers, CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Sets a field, unless the handler has set it.
pub(crate) fn add(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    if !headers.contains_key(&name) {
        headers.insert(name, value);
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
    for cookie in cookies.fields()? {
        response.headers_mut().append(SET_COOKIE, field(&cookie).ok_or(CookieError::Character)?);
    }
    forbid_storing(response.headers_mut());
    Ok(response)
}
