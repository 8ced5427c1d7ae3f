use std::task::{Context, Poll};

use axum_core::extract::FromRef;
use http::Request;
use jwt_core::JwtManager;
use jwt_core::adapter::Memos;
use tower_layer::Layer;
use tower_service::Service;

/// Creates a layer that gives extractors their manager. It checks nothing.
///
/// Use it with `Router::layer` if the router's state is not the manager itself and the routes are not guarded. [The
/// manager](crate#the-manager) describes which manager the extractors use.
///
/// ```
/// use std::sync::Arc;
///
/// use axum::{Router, extract::State, routing::get};
/// use jwt_axum::{AccessToken, JwtManager, provide};
///
/// struct AppState {
///     greeting: String,
/// }
///
/// async fn hello(State(state): State<Arc<AppState>>, AccessToken(token): AccessToken) -> String {
///     format!("{}, {}", state.greeting, token.identity())
/// }
///
/// fn app(jwt: &JwtManager, state: Arc<AppState>) -> Router {
///     Router::new().route("/", get(hello)).layer(provide(jwt)).with_state(state)
/// }
/// ```
pub fn provide(jwt: &JwtManager) -> Provide {
    Provide(jwt.clone())
}

/// Creates the same layer as [`provide`] from a state that contains the manager.
///
/// An extractor recognizes the state only if it is a [`JwtManager`]. It cannot look into a struct, even if that derives
/// `FromRef`, so the extractors of such a router need this layer or a guard.
///
/// ```
/// use axum::{Router, extract::FromRef, routing::get};
/// use jwt_axum::{AccessToken, JwtManager, provide_from};
///
/// #[derive(Clone)]
/// struct AppState {
///     jwt: JwtManager,
/// }
///
/// // With axum's `macros` feature, `#[derive(FromRef)]` writes this.
/// impl FromRef<AppState> for JwtManager {
///     fn from_ref(state: &AppState) -> Self {
///         state.jwt.clone()
///     }
/// }
///
/// async fn hello(AccessToken(token): AccessToken) -> String {
///     format!("Hello, {}", token.identity())
/// }
///
/// fn app(state: AppState) -> Router {
///     Router::new().route("/", get(hello)).layer(provide_from(&state)).with_state(state)
/// }
/// ```
pub fn provide_from<S>(state: &S) -> Provide
where
    JwtManager: FromRef<S>,
{
    Provide(JwtManager::from_ref(state))
}

/// The layer that [`provide`] and [`provide_from`] create.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it is added to a router"]
pub struct Provide(JwtManager);

impl<S> Layer<S> for Provide {
    type Service = ProvideService<S>;

    fn layer(&self, inner: S) -> ProvideService<S> {
        ProvideService { jwt: self.0.clone(), inner }
    }
}

/// The service that [`Provide`] creates.
#[derive(Clone, Debug)]
pub struct ProvideService<S> {
    jwt: JwtManager,
    inner: S,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for ProvideService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        request.extensions_mut().get_or_insert_default::<Memos>().set_current(&self.jwt);
        self.inner.call(request)
    }
}
