use jwt_core::SetCookies;
use jwt_core::adapter::forbid_storing;
use warp::Reply;
use warp::http::header::SET_COOKIE;
use warp::reply::Response;

jwt_core::declare_rejected!();

impl Reply for Rejected {
    fn into_response(self) -> Response {
        self.0.into_response().into_response()
    }
}

/// Adds cookies to a reply.
///
/// It also sets `Cache-Control: no-store` (RFC 6749, 5.1), unless the reply already has a `Cache-Control` field.
///
/// With a session store, use [`Auth`](crate::Auth), which sets the cookies itself.
///
/// ```
/// use jwt_warp::{JwtManager, Rejected, with_cookies};
/// use serde_json::json;
/// use warp::reply::Response;
///
/// fn login(jwt: &JwtManager) -> Result<Response, Rejected> {
///     // Check the password here.
///     let token = jwt.access_token("alice").fresh().encode()?;
///     with_cookies(&jwt.access_cookies(&token), warp::reply::json(&json!({ "login": true })))
/// }
/// ```
///
/// # Errors
/// Returns an error if a cookie cannot be set. In that case, no cookie is set, the client gets a bare 500, and the log
/// says how to fix it.
pub fn with_cookies(cookies: &SetCookies<'_>, reply: impl Reply) -> Result<Response, Rejected> {
    let fields = cookies.fields()?;
    let mut response = reply.into_response();
    for field in fields {
        response.headers_mut().append(SET_COOKIE, field);
    }
    forbid_storing(response.headers_mut());
    Ok(response)
}
