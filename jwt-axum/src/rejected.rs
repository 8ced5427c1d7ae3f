use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, HeaderValue, SET_COOKIE};
use jwt_core::SetCookies;

jwt_core::declare_rejected!();

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        self.0.into_response().map(Body::from)
    }
}

/// The response with these cookies: all of them, or a bare 500 if one cannot be set. No cache keeps it (RFC 6749, 5.1),
/// unless the response says otherwise.
///
/// # Errors
/// What is wrong with a cookie, in the log.
pub fn with_cookies(cookies: &SetCookies<'_>, response: impl IntoResponse) -> Result<Response, Rejected> {
    let fields = cookies.fields()?;
    let mut response = response.into_response();
    for field in fields {
        response.headers_mut().append(SET_COOKIE, field);
    }
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().entry(CACHE_CONTROL).or_insert(no_store);
    Ok(response)
}
