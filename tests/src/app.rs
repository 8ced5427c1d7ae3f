//! An application as a table of routes, which every framework serves alike.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use jwt_core::session::TokenPair;
use jwt_core::{Authenticated, JwtManager, Policy, Token, TokenPolicy};
use serde_json::Value;

/// An application.
#[derive(Clone, Debug, Default)]
pub struct App {
    /// Its routes. Of two with one path and method, the first answers.
    pub routes: Vec<Route>,
    /// The manager whose layer is put around the whole of it, where the framework has one (warp).
    pub layer: Option<JwtManager>,
    /// Implicit refresh around the whole of it: how long before a token's end.
    pub renewal: Option<Protect<Duration>>,
}

/// A route.
#[derive(Clone)]
pub struct Route {
    /// The path, without parameters.
    pub path: String,
    /// The methods that it answers; GET is HEAD, too.
    pub methods: Vec<Method>,
    /// A guard before the handler.
    pub guard: Option<Protect<Policy>>,
    /// What the handler extracts.
    pub extract: Option<Protect<Extractor>>,
    /// What is done with the session, in place of the handler.
    pub verb: Option<Protect<Verb>>,
    /// The handler.
    pub handler: Handler,
}

/// A manager with what it demands.
#[derive(Clone, Debug)]
pub struct Protect<P> {
    /// The manager.
    pub jwt: JwtManager,
    /// What it demands.
    pub demand: P,
}

/// What a route does with what it was given.
pub type Handler = Arc<dyn Fn(&Seen) -> Response<Bytes> + Send + Sync>;

/// The extractors that every adapter has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Extractor {
    /// `AccessToken`
    Access,
    /// `FreshToken`
    Fresh,
    /// `RefreshToken`
    Refresh,
    /// `AnyToken`
    Any,
    /// `OptionalToken`
    Optional,
    /// `CurrentUser<Value>`
    User,
    /// `CurrentUser<String>`, which no loader here gives.
    WrongUser,
    /// `TokenFor<Admin>`
    Admin,
    /// `TokenFor<AtSource>`
    AtSource,
    /// `AccessToken<Profile>`
    Typed,
}

/// What every adapter's `Auth` does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Verb {
    /// `log_in`, for alice at her phone, who is an admin.
    Login,
    /// The same, with a body of the application's.
    LoginWithOwnBody,
    /// `rotate`
    Rotate,
    /// `rotate`, with a body of the application's.
    RotateWithOwnBody,
    /// `rotate`, to keep these claims.
    RotateKeeping(&'static [&'static str]),
    /// `rotate_token` of the member `token` of the body.
    RotateToken,
    /// `log_out`
    LogOut,
    /// `log_out_token` of the member `token` of the body.
    LogOutToken,
    /// `log_out_everywhere`
    LogOutEverywhere,
    /// Whatever `JwtManager::list_sessions` says of alice: how many there are, or `refuse`.
    Count,
}

/// A client's body with a token, read by the handler.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Presented {
    pub(crate) token: String,
}

/// What a handler answers in place of the default body.
pub(crate) fn own_body(pair: &TokenPair) -> Value {
    serde_json::json!({ "user": "alice", "refresh": pair.refresh() })
}

/// A policy of the application's own.
#[derive(Debug)]
pub struct Admin;

impl TokenPolicy for Admin {
    const POLICY: Policy = Policy::access().scopes(&["admin"]);
}

/// For what must know of a log-out at once.
#[derive(Debug)]
pub struct AtSource;

impl TokenPolicy for AtSource {
    const POLICY: Policy = Policy::access().revocation_from_source();
}

/// Claims of the application's own.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Profile {
    /// Any text.
    pub role: String,
}

/// What a handler was given.
#[derive(Debug, Default)]
pub struct Seen {
    /// The token.
    pub token: Option<Token>,
    /// The user.
    pub user: Option<Arc<Value>>,
    /// The claims of the application's own.
    pub profile: Option<Profile>,
}

impl Seen {
    /// What a guard let pass.
    #[must_use]
    pub fn guarded(authenticated: Option<Authenticated>) -> Self {
        let user = authenticated.as_ref().and_then(|authenticated| authenticated.user().ok());
        let token = authenticated.and_then(|authenticated| authenticated.into_token().ok());
        Self { token, user, profile: None }
    }
}

impl From<Token> for Seen {
    fn from(token: Token) -> Self {
        Self { token: Some(token), ..Self::default() }
    }
}

impl App {
    /// An application of these routes.
    #[must_use]
    pub fn new(routes: impl IntoIterator<Item = Route>) -> Self {
        Self { routes: routes.into_iter().collect(), ..Self::default() }
    }

    /// The paths of its routes, each once.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths: Vec<_> = self.routes.iter().map(|route| route.path.clone()).collect();
        paths.sort();
        paths.dedup();
        paths
    }
}

impl Route {
    /// A public route that answers GET with the identity that it knows of: `null`.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self::new(path, &[Method::GET])
    }

    /// The same of POST.
    #[must_use]
    pub fn post(path: &str) -> Self {
        Self::new(path, &[Method::POST])
    }

    /// A public route that answers these methods with the identity that it knows of.
    #[must_use]
    pub fn new(path: &str, methods: &[Method]) -> Self {
        Self {
            path: path.into(),
            methods: methods.to_vec(),
            guard: None,
            extract: None,
            verb: None,
            handler: Arc::new(|seen| {
                let identity = seen.token.as_ref().map(Token::identity);
                json(StatusCode::OK, &serde_json::json!({ "identity": identity }))
            }),
        }
    }

    /// Puts a guard before it.
    #[must_use]
    pub fn guarded(mut self, jwt: &JwtManager, policy: Policy) -> Self {
        self.guard = Some(Protect { jwt: jwt.clone(), demand: policy });
        self
    }

    /// Makes its handler extract.
    #[must_use]
    pub fn extracting(mut self, jwt: &JwtManager, extractor: Extractor) -> Self {
        self.extract = Some(Protect { jwt: jwt.clone(), demand: extractor });
        self
    }

    /// Makes `Auth` answer it.
    #[must_use]
    pub fn answering_auth(mut self, jwt: &JwtManager, verb: Verb) -> Self {
        self.verb = Some(Protect { jwt: jwt.clone(), demand: verb });
        self
    }

    /// Gives it a handler.
    #[must_use]
    pub fn answering(mut self, handler: impl Fn(&Seen) -> Response<Bytes> + Send + Sync + 'static) -> Self {
        self.handler = Arc::new(handler);
        self
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("path", &self.path).finish_non_exhaustive()
    }
}

/// An answer with a JSON body.
#[must_use]
pub fn json(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    response
}
