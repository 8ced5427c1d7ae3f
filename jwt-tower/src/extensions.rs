use http::Extensions;
use jwt_core::Authenticated;
use jwt_core::adapter::Memos;

/// Returns what the nearest [`JwtLayer`](crate::JwtLayer) accepted.
///
/// Nearest means nearest to the handler, if there are several layers. `None` if there is no layer, if the path is public,
/// or if the layer let a request without a token through, because its policy is
/// [optional](jwt_core::Policy::optional).
///
/// It works with the extensions of all requests that have passed the layer, such as those of tonic and axum:
///
/// ```
/// use jwt_tower::authenticated;
///
/// fn identity<B>(request: &http::Request<B>) -> Option<String> {
///     let authenticated = authenticated(request.extensions())?;
///     Some(authenticated.token()?.identity().to_owned())
/// }
/// # assert_eq!(identity(&http::Request::new(())), None);
/// ```
///
/// If something behind the layer can change the method of a request, use
/// [`JwtManager::guarded`](jwt_core::JwtManager::guarded) instead. It ignores a cookie whose CSRF value was not checked.
#[must_use]
pub fn authenticated(extensions: &Extensions) -> Option<Authenticated> {
    extensions.get::<Memos>()?.authenticated()
}
