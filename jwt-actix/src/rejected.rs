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

/// The same status, fields and bytes in actix's types, which are those of `http` 0.2.
pub(crate) fn convert(response: http::Response<Bytes>) -> HttpResponse {
    let status = response.status().as_u16();
    let mut builder =
        HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
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

/// The response with these cookies: all of them, or a bare 500 if one cannot be set. No cache keeps it (RFC 6749, 5.1),
/// unless the response says otherwise.
///
/// # Errors
/// What is wrong with a cookie, in the log.
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
