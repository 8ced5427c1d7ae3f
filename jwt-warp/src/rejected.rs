use jwt_core::SetCookies;
use warp::Reply;
use warp::http::header::{CACHE_CONTROL, HeaderValue, SET_COOKIE};
use warp::reply::Response;

jwt_core::declare_rejected!();

impl Reply for Rejected {
    fn into_response(self) -> Response {
        self.0.into_response().into_response()
    }
}

/// Adds cookies to a reply.
///
/// Also sets `Cache-Control: no-store` (RFC 6749, 5.1), unless the reply already has a `Cache-Control` field.
///
/// # Errors
/// Returns an error if a cookie cannot be set. Then no cookie is set, the client gets a bare 500, and the log says how
/// to fix it.
pub fn with_cookies(cookies: &SetCookies<'_>, reply: impl Reply) -> Result<Response, Rejected> {
    let fields = cookies.fields()?;
    let mut response = reply.into_response();
    for field in fields {
        response.headers_mut().append(SET_COOKIE, field);
    }
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().entry(CACHE_CONTROL).or_insert(no_store);
    Ok(response)
}
