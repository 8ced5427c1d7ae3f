//! The assertion that a served OpenAPI document says which routes are guarded.

#[cfg(feature = "actix")]
mod actix;
mod operation;

use std::fmt::{self, Debug};
use std::future::poll_fn;

use bytes::Bytes;
use http::header::WWW_AUTHENTICATE;
use http::{Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt as _, Full};
use jwt_core::error::MissingReason;
use jwt_core::{JwtManager, Policy, TokenError};
use serde_json::Value;
use tower_service::Service;

use operation::{Operation, operations};

/// An assertion that the OpenAPI document of an application says which of its routes are guarded: every guarded route in
/// the document has a security requirement, and no other one has.
///
/// It fetches the document from the application, as clients do, and sends a request without a token to each operation.
/// A response with the status of the manager's handlers for a request without a token, and with a challenge if theirs has
/// one, is that of a guard. Documents of versions 3.0 to 3.2 in JSON can be read. They can come from `jwt-utoipa` or be
/// written by hand.
///
/// ```
/// use axum::{Router, routing::get};
/// use jwt_axum::{Config, JwtManager, Policy, keys::Secret, require};
/// use jwt_test::OpenApiTest;
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let jwt = JwtManager::builder(Config::default()).secret(&Secret::generate()?).build()?;
/// let document = json!({
///     "openapi": "3.1.0",
///     "info": { "title": "Shop", "version": "1" },
///     "paths": {
///         "/orders/{id}": { "get": { "security": [{ "bearer": [] }], "responses": {} } },
///         "/health": { "get": { "responses": {} } },
///     },
///     "components": { "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } } },
/// });
/// let app = Router::new()
///     .route("/orders/{id}", get(|| async { "an order" }))
///     .route_layer(require(&jwt, Policy::access()))
///     .route("/health", get(|| async { "ok" }))
///     .route("/openapi.json", get(|| async move { document.to_string() }));
///
/// OpenApiTest::new(&jwt, "/openapi.json").assert(app).await;
/// # Ok(())
/// # }
/// ```
///
/// # What counts as documented
///
/// The `security` of an operation replaces that of the document. An empty list, or one with the empty requirement `{}`,
/// means that a request needs no token. The operation must not be guarded then, or only by a guard that is
/// [optional](jwt_core::Policy::optional). Each scheme that a requirement names must be defined in
/// `components.securitySchemes`. An operation with the member `x-jwt-json-member` needs a token in its body, which no
/// scheme can express.
///
/// # What is not tested
///
/// Routes that are not in the document, which scopes a route requires, and whether the schemes name the right header
/// field or cookie. [`GuardTest`](crate::GuardTest) tests single routes.
///
/// The requests reach the handlers of routes that are not guarded. They have no body, and path parameters have the
/// example or default of the document, or 1.
#[derive(Clone)]
#[must_use = "nothing is sent before assert()"]
pub struct OpenApiTest<'a> {
    managers: Vec<&'a JwtManager>,
    document: String,
    own: Vec<(Method, String)>,
}

impl<'a> OpenApiTest<'a> {
    /// Creates an assertion for an application with guards of this manager. The application serves the document at the
    /// path `document`, without a token.
    pub fn new(jwt: &'a JwtManager, document: impl Into<String>) -> Self {
        Self { managers: vec![jwt], document: document.into(), own: Vec::new() }
    }

    /// Adds another manager whose guards the application has.
    pub fn manager(mut self, jwt: &'a JwtManager) -> Self {
        self.managers.push(jwt);
        self
    }

    /// Leaves out an operation that responds as a guard does, although it has none. `path` is as in the document.
    pub fn except(mut self, method: Method, path: impl Into<String>) -> Self {
        self.own.push((method, path.into()));
        self
    }

    /// Sends the requests to a service.
    ///
    /// # Panics
    ///
    /// Panics if the document and the guards differ. The message lists all operations that do. Also panics if the
    /// document can't be fetched or read, if it has no operations, or if the service returns an error.
    pub async fn assert<S, B>(&self, service: S)
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Debug> + Clone,
        B: Body<Error: Debug>,
    {
        self.assert_with(async |request| {
            let is_document = self.is_document(&request);
            let mut service = service.clone();
            poll_fn(|context| service.poll_ready(context)).await.expect("the service is ready");
            let response = service.call(request.map(Full::new)).await.expect("the service responds");
            let (parts, body) = response.into_parts();
            let body =
                if is_document { body.collect().await.expect("a body").to_bytes() } else { Bytes::new() };
            Response::from_parts(parts, body)
        })
        .await;
    }

    /// Sends the requests with this function. Of its responses, only the body of the document matters.
    ///
    /// # Panics
    ///
    /// Panics as [`assert`](Self::assert) does.
    pub async fn assert_with(&self, send: impl AsyncFn(Request<Bytes>) -> Response<Bytes>) {
        let request = Request::get(&self.document).body(Bytes::new()).expect("the path of the document");
        let response = send(request).await;
        let status = response.status();
        assert!(status.is_success(), "{} gets {status} instead of an OpenAPI document", self.document);
        let document: Value = serde_json::from_slice(response.body())
            .unwrap_or_else(|error| panic!("{} is not JSON: {error}", self.document));
        let operations = operations(&document);
        assert!(!operations.is_empty(), "{} has no operations", self.document);
        let mut problems = Vec::new();
        for operation in &operations {
            let response = send(operation.request()).await;
            let status = response.status();
            problems.extend(self.problem(operation, &response).map(|problem| {
                format!("{operation}: a request without a token gets {status}, but {problem}")
            }));
            let undefined = operation.undefined.iter();
            problems.extend(undefined.map(|scheme| {
                format!("{operation}: the security scheme {scheme:?} is not in components.securitySchemes")
            }));
        }
        assert!(
            problems.is_empty(),
            "{} does not say which operations are guarded:\n  {}",
            self.document,
            problems.join("\n  ")
        );
    }

    /// Whether the body of the response is read. Those of other routes can be streams without an end.
    fn is_document(&self, request: &Request<Bytes>) -> bool {
        request.uri().to_string() == self.document
    }

    /// What the document says, if it is wrong.
    fn problem(&self, operation: &Operation, response: &Response<Bytes>) -> Option<String> {
        let is_own = self.own.iter().any(|own| *own == (operation.method.clone(), operation.path.clone()));
        let is_rejected =
            self.managers.iter().any(|jwt| Answer::of(response) == Answer::of_guard(jwt, operation));
        if operation.needs_token() == is_rejected || is_own {
            return None;
        }
        Some(match &*operation.security {
            _ if operation.needs_token() => format!("the document requires {}", operation.shown_security()),
            [] => "the document has no security requirement".to_owned(),
            _ => "the empty requirement {} in the document permits it".to_owned(),
        })
    }
}

impl Debug for OpenApiTest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenApiTest").field("document", &self.document).finish_non_exhaustive()
    }
}

/// What distinguishes the response of a guard.
#[derive(Eq, PartialEq)]
struct Answer {
    status: StatusCode,
    has_challenge: bool,
}

impl Answer {
    fn of(response: &Response<Bytes>) -> Self {
        let has_challenge = response.headers().contains_key(WWW_AUTHENTICATE);
        Self { status: response.status(), has_challenge }
    }

    fn of_guard(jwt: &JwtManager, operation: &Operation) -> Self {
        let missing = TokenError::Missing(vec![MissingReason::Header]);
        Self::of(&jwt.respond(&missing, &operation.request(), &Policy::access()))
    }
}
