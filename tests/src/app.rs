//! An application as a table of routes. Every framework serves it in the same way.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use jwt_core::session::TokenPair;
use jwt_core::{Authenticated, JwtManager, Policy, Token, TokenPolicy};
use serde_json::Value;

use crate::Cors;

/// An application.
#[derive(Clone, Debug, Default)]
pub struct App {
    /// The routes. If two have the same path and method, the first one responds.
    pub routes: Vec<Route>,
    /// The manager for a layer around the whole application, if the framework has one (warp).
    pub layer: Option<JwtManager>,
    /// The most bytes of a body that the layer reads for rules.
    pub layer_reads: Option<usize>,
    /// The manager whose protected resource has a route for its metadata.
    pub metadata: Option<JwtManager>,
    /// Implicit refresh around the whole application: how long before a token expires it is renewed.
    pub renewal: Option<Protect<Duration>>,
    /// A CORS layer outside the guards.
    pub cors: Option<Cors>,
}

/// A route.
#[derive(Clone)]
pub struct Route {
    /// The path, without parameters.
    pub path: String,
    /// The methods. GET includes HEAD.
    pub methods: Vec<Method>,
    /// A guard in front of the handler.
    pub guard: Option<Protect<Policy>>,
    /// What the handler extracts.
    pub extract: Option<Protect<Extractor>>,
    /// The session operation to run instead of the handler.
    pub verb: Option<Protect<Verb>>,
    /// The handler.
    pub handler: Handler,
}

/// A manager, with what a route does with it.
#[derive(Clone, Debug)]
pub struct Protect<P> {
    /// The manager.
    pub jwt: JwtManager,
    /// The policy, the extractor, or the session operation.
    pub demand: P,
}

/// Responds to a request.
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
    /// `CurrentUser<String>`, which no loader in these tests returns.
    WrongUser,
    /// `TokenFor<Admin>`
    Admin,
    /// `TokenFor<AtSource>`
    AtSource,
    /// `TokenFor<OfPartner>`
    OfPartner,
    /// `AccessToken<Profile>`
    Typed,
    /// `TokenFor<P>` with a policy of the authorization table, by its number
    Listed(usize),
}

/// The operations of every adapter's `Auth`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Verb {
    /// `log_in` for Alice on her phone, as an admin.
    Login,
    /// `log_in`, with a custom body.
    LoginWithOwnBody,
    /// `log_in`, labeled with the body.
    LoginLabeled,
    /// `rotate`
    Rotate,
    /// `rotate`, with a custom body.
    RotateWithOwnBody,
    /// `rotate`, keeping these claims.
    RotateKeeping(&'static [&'static str]),
    /// `rotate_token` with the member `token` of the body.
    RotateToken,
    /// `log_out`
    LogOut,
    /// `log_out_token` with the member `token` of the body.
    LogOutToken,
    /// `log_out_everywhere`
    LogOutEverywhere,
    /// Responds with the number of Alice's sessions from `JwtManager::list_sessions`, or with `refuse`.
    Count,
}

/// A body with a token, which the handler reads.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Presented {
    pub(crate) token: String,
}

/// Returns the body that a handler sends instead of the default one.
pub(crate) fn own_body(pair: &TokenPair) -> Value {
    serde_json::json!({ "user": "alice", "refresh": pair.refresh() })
}

/// Does what a [`Verb`] says, with the `Auth` of any adapter. The last two arguments turn its responses, and a JSON body, into
/// the framework's responses.
macro_rules! use_auth {
    ($auth:expr, $verb:expr, $body:expr, |$answer:ident| $respond:expr, |$json:ident| $respond_json:expr) => {{
        let auth = $auth;
        let presented = serde_json::from_slice::<$crate::app::Presented>($body);
        let token = presented.map(|body| body.token).unwrap_or_default();
        macro_rules! respond {
            ($outcome:expr) => {{
                let $answer = $outcome;
                $respond
            }};
        }
        Ok(match $verb {
            Verb::Login => respond!(auth.log_in("alice").label("phone").claim("role", "admin").await?),
            Verb::LoginWithOwnBody => {
                let logged_in = auth.log_in("alice").await?;
                let body = $crate::app::own_body(logged_in.pair());
                respond!(logged_in.json(&body))
            }
            Verb::LoginLabeled => {
                let label = String::from_utf8_lossy($body);
                respond!(auth.log_in("alice").label(label).await?)
            }
            Verb::Rotate => respond!(auth.rotate().await?),
            Verb::RotateWithOwnBody => {
                let refreshed = auth.rotate().await?;
                let body = $crate::app::own_body(refreshed.pair());
                respond!(refreshed.json(&body))
            }
            Verb::RotateKeeping(names) => respond!(auth.rotate().keep_claims(names).await?),
            Verb::RotateToken => respond!(auth.rotate_token(&token).await?),
            Verb::LogOut => respond!(auth.log_out().await?),
            Verb::LogOutToken => respond!(auth.log_out_token(&token).await?),
            Verb::LogOutEverywhere => respond!(auth.log_out_everywhere().await?),
            Verb::Count => {
                let sessions = auth.jwt().list_sessions("alice").await;
                let $json = &sessions.map_err(|error| auth.reject(error))?.len();
                $respond_json
            }
        })
    }};
}
pub(crate) use use_auth;

/// A custom policy.
#[derive(Debug)]
pub struct Admin;

impl TokenPolicy for Admin {
    const POLICY: Policy = Policy::access().scopes(&["admin"]);
}

/// For routes that must notice a logout immediately.
#[derive(Debug)]
pub struct AtSource;

impl TokenPolicy for AtSource {
    const POLICY: Policy = Policy::access().revocation_from_source();
}

/// The issuer whose tokens [`Extractor::OfPartner`] accepts, in addition to the manager's own.
pub const PARTNER: &str = "https://login.partner.example";

/// For routes that accept the tokens of another issuer.
#[derive(Debug)]
pub struct OfPartner;

impl TokenPolicy for OfPartner {
    const POLICY: Policy = Policy::access().issuers(&[PARTNER]);
}

/// Custom claims.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Profile {
    /// Any text.
    pub role: String,
}

/// What a handler receives.
#[derive(Debug, Default)]
pub struct Seen {
    /// The token.
    pub token: Option<Token>,
    /// The user.
    pub user: Option<Arc<Value>>,
    /// The custom claims.
    pub profile: Option<Profile>,
}

impl Seen {
    /// Returns what a guard let through.
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
    /// Creates an application with these routes.
    #[must_use]
    pub fn new(routes: impl IntoIterator<Item = Route>) -> Self {
        Self { routes: routes.into_iter().collect(), ..Self::default() }
    }

    /// Returns the paths of the routes, without duplicates.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths: Vec<_> = self.routes.iter().map(|route| route.path.clone()).collect();
        paths.sort();
        paths.dedup();
        paths
    }
}

impl Route {
    /// Creates a public route that responds to GET with the identity, which is `null`.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self::new(path, &[Method::GET])
    }

    /// Creates a public route that responds to POST with the identity, which is `null`.
    #[must_use]
    pub fn post(path: &str) -> Self {
        Self::new(path, &[Method::POST])
    }

    /// Creates a public route that responds to these methods with the identity.
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

    /// Puts a guard in front of the route.
    #[must_use]
    pub fn guarded(mut self, jwt: &JwtManager, policy: Policy) -> Self {
        self.guard = Some(Protect { jwt: jwt.clone(), demand: policy });
        self
    }

    /// Sets what the handler extracts.
    #[must_use]
    pub fn extracting(mut self, jwt: &JwtManager, extractor: Extractor) -> Self {
        self.extract = Some(Protect { jwt: jwt.clone(), demand: extractor });
        self
    }

    /// Lets `Auth` respond instead of the handler.
    #[must_use]
    pub fn answering_auth(mut self, jwt: &JwtManager, verb: Verb) -> Self {
        self.verb = Some(Protect { jwt: jwt.clone(), demand: verb });
        self
    }

    /// Sets the handler.
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

/// Creates a response with a JSON body.
#[must_use]
pub fn json(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    response
}
