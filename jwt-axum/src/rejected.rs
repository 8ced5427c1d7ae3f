use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use jwt_core::SetCookies;
use jwt_core::adapter::forbid_storing;

jwt_core::declare_rejected!();

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        self.0.into_response().map(Body::from)
    }
}

/// Adds cookies to a response.
///
/// It also sets `Cache-Control: no-store` (RFC 6749, 5.1), unless the response already has a `Cache-Control` field.
///
/// With a session store, use [`Auth`](crate::Auth), which sets the cookies itself.
///
/// ```
/// use axum::{Json, extract::State, response::Response};
/// use jwt_axum::{JwtManager, Rejected, with_cookies};
/// use serde_json::json;
///
/// async fn login(State(jwt): State<JwtManager>) -> Result<Response, Rejected> {
///     // Check the password here.
///     let token = jwt.access_token("alice").fresh().encode()?;
///     with_cookies(&jwt.access_cookies(&token), Json(json!({ "login": true })))
/// }
/// ```
///
/// # Errors
/// Returns an error if a cookie cannot be set. In that case, no cookie is set, the client gets a bare 500, and the log
/// says how to fix it.
pub fn with_cookies(cookies: &SetCookies<'_>, response: impl IntoResponse) -> Result<Response, Rejected> {
    let fields = cookies.fields()?;
    let mut response = response.into_response();
    for field in fields {
        response.headers_mut().append(SET_COOKIE, field);
    }
    forbid_storing(response.headers_mut());
    Ok(response)
}
