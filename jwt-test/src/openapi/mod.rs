//! The assertion that a served OpenAPI document says which routes are guarded.

#[cfg(feature = "actix")]
mod actix;
mod answer;
mod operation;
mod value;

use std::fmt::{self, Debug};
use std::future::poll_fn;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Uri};
use http_body::Body;
use http_body_util::{BodyExt as _, Full};
use jwt_core::JwtManager;
use serde_json::Value;
use tower_service::Service;

use crate::rejection::redirect;
use answer::Answer;
use operation::{Operation, Parameter, operations};

/// An assertion that the OpenAPI document of an application says which of its routes are guarded: every guarded route in
/// the document has a security requirement, and no other one has.
///
/// It fetches the document from the application, as clients do, and sends a request without a token to each operation.
/// The response of a guard is that of the manager's handlers to a request without a token: it has the same status,
/// challenge, and `Location` without its query, and a body of the same type with the same members. Documents of versions
/// 3.0 to 3.2 in JSON can be read. They can come from `jwt-utoipa` or be written by hand.
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
/// # Requests
///
/// The requests reach the handlers of routes that are not guarded. Path parameters, required query parameters, header
/// fields, and cookies have the example or default of the document, or a value that fits the schema, such as 1. So do
/// bodies of the types `application/json` and `application/x-www-form-urlencoded`. Other bodies are not sent. If a request
/// gets 400, 404, 405, 415, or 422, and not from a guard, nobody knows whether a correct one reaches the handler without a
/// token. The assertion fails then. Correct the path or the example in the document, [set the
/// parameter](Self::parameter), or [leave out](Self::except) the operation.
///
/// It also fails if a request gets 429, or a status of 500 or more. A handler that responds with 401 or 403 by itself,
/// such as a login with a wrong password, counts as one that needs no token.
///
/// The path of a request begins with that of the first server in `servers`, of the operation, its path, or the document.
/// If the application does not have this path, because a proxy removes it, [set another one](Self::base).
///
/// # What is not tested
///
/// Routes that are not in the document, which scopes a route requires, and whether the schemes name the right header
/// field or cookie. [`GuardTest`](crate::GuardTest) tests single routes.
///
/// A guard can hide that a route does not exist. With `route_layer` of axum, it also rejects methods that the route does
/// not have, and with `layer`, paths without a route. An operation of the document with such a method or path passes if
/// it is documented as guarded.
///
/// If the handlers of the manager hide routes, such as with 404 and without a body, a handler that responds in the same
/// way looks like a guard.
#[derive(Clone)]
#[must_use = "nothing is sent before assert()"]
pub struct OpenApiTest<'a> {
    managers: Vec<&'a JwtManager>,
    document: String,
    own: Vec<(Method, String)>,
    parameters: Vec<Parameter>,
    base: Option<String>,
}

impl<'a> OpenApiTest<'a> {
    /// Creates an assertion for an application with guards of this manager. The application serves the document at the
    /// path `document`, without a token.
    pub fn new(jwt: &'a JwtManager, document: impl Into<String>) -> Self {
        Self {
            managers: vec![jwt],
            document: document.into(),
            own: Vec::new(),
            parameters: Vec::new(),
            base: None,
        }
    }

    /// Adds another manager whose guards the application has.
    pub fn manager(mut self, jwt: &'a JwtManager) -> Self {
        self.managers.push(jwt);
        self
    }

    /// Sets the percent-encoded path in front of the paths of all operations. It can be empty. The path of the document is
    /// not changed. Default: the path of the first server in the document.
    ///
    /// The document has the addresses that clients use. If a proxy removes `/shop/v1` from them, the application does not
    /// have that path:
    ///
    /// ```
    /// # use jwt_test::OpenApiTest;
    /// # fn test<'a>(test: OpenApiTest<'a>) -> OpenApiTest<'a> {
    /// test.base("")
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the path is not empty and does not begin with a slash, if it has a query or a fragment, or if a URI can't
    /// have it.
    #[track_caller]
    pub fn base(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        let is_path = path.starts_with('/') && !path.contains(['?', '#']) && path.parse::<Uri>().is_ok();
        assert!(path.is_empty() || is_path, "the base {path:?} is not the path of a URI");
        self.base = Some(path.trim_end_matches('/').to_owned());
        self
    }

    /// Sets the value of a path parameter, query parameter, header field, or cookie of all operations with this path.
    /// `path` and `name` are as in the document, and `value` is not percent-encoded. The header field, the parameter, or
    /// the cookie of a security scheme is not sent, so it can't be set.
    ///
    /// ```
    /// # use jwt_test::OpenApiTest;
    /// # fn test<'a>(test: OpenApiTest<'a>) -> OpenApiTest<'a> {
    /// test.parameter("/articles/{name}", "name", "welcome")
    /// # }
    /// ```
    pub fn parameter(
        mut self,
        path: impl Into<String>,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.parameters.push(Parameter { path: path.into(), name: name.into(), value: value.into() });
        self
    }

    /// Leaves out an operation that responds as a guard does, although it has none, or whose response does not show
    /// whether it has one. `path` is as in the document.
    pub fn except(mut self, method: Method, path: impl Into<String>) -> Self {
        self.own.push((method, path.into()));
        self
    }

    /// Sends the requests to a service.
    ///
    /// # Panics
    ///
    /// Panics if the document and the guards differ, or if a response does not show whether they do. The message lists all
    /// such operations. Also panics if the document can't be fetched or read, if it has no operations, or if the service
    /// returns an error.
    pub async fn assert<S, B>(&self, service: S)
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: Debug> + Clone,
        B: Body<Error: Debug>,
    {
        self.assert_with(async |request| {
            let reads = self.reads(&request);
            let mut service = service.clone();
            poll_fn(|context| service.poll_ready(context)).await.expect("the service is ready");
            let response = service.call(request.map(Full::new)).await.expect("the service responds");
            let (parts, body) = response.into_parts();
            let body = if reads(parts.status) {
                body.collect().await.expect("a body").to_bytes()
            } else {
                Bytes::new()
            };
            Response::from_parts(parts, body)
        })
        .await;
    }

    /// Sends the requests with this function. The bodies of successful responses do not matter, except the document.
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
        let operations = operations(&document, &self.parameters, self.base.as_deref());
        assert!(!operations.is_empty(), "{} has no operations", self.document);
        let mut problems = Vec::new();
        for set in &self.parameters {
            if !operations.iter().any(|operation| operation.has(set)) {
                let Parameter { path, name, .. } = set;
                problems.push(format!("no operation with the path {path} has the parameter {name:?}"));
            }
        }
        for operation in &operations {
            let response = send(operation.request()).await;
            let status = response.status();
            let to = redirect(&response).map(|location| format!(" to {location}")).unwrap_or_default();
            problems.extend(
                self.problem(operation, &response).map(|problem| {
                    format!("{operation}: a request without a token gets {status}{to}{problem}")
                }),
            );
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

    /// Whether the body of a response with a status is read. Those of other routes can be streams without an end.
    fn reads(&self, request: &Request<Bytes>) -> impl Fn(StatusCode) -> bool + use<> {
        let is_document = request.uri().to_string() == self.document;
        move |status| is_document || !status.is_success()
    }

    /// What the document says, if it is wrong, or what the response does not say.
    fn problem(&self, operation: &Operation, response: &Response<Bytes>) -> Option<String> {
        let is_own = self.own.iter().any(|own| *own == (operation.method.clone(), operation.path.clone()));
        if is_own {
            return None;
        }
        let answers = self.managers.iter().map(|jwt| Answer::new(jwt, operation, response));
        let answer = answers.max().unwrap_or(Answer::Other);
        let requires = || format!("the document requires {}", operation.shown_security());
        match (answer, operation.needs_token()) {
            (Answer::OfGuard, true) | (Answer::Other, false) => None,
            (Answer::Unclear, _) => Some(unclear(operation, response.status())),
            (Answer::LikeGuard, true) => {
                Some(format!(", which is not the response of the manager's handlers, but {}", requires()))
            }
            (Answer::Other, true) => Some(format!(", but {}", requires())),
            (Answer::OfGuard | Answer::LikeGuard, false) => Some(match &*operation.security {
                [] => ", but the document has no security requirement".to_owned(),
                _ => ", but the empty requirement {} in the document permits it".to_owned(),
            }),
        }
    }
}

/// Says how to go on after a response that does not show whether there is a guard.
fn unclear(operation: &Operation, status: StatusCode) -> String {
    let mut advice = Vec::new();
    match status {
        StatusCode::NOT_FOUND => {
            advice.push("correct the path in the document".to_owned());
            advice.push("set its parameters with parameter()".to_owned());
            if !operation.base.is_empty() {
                advice.push(format!("set another path than {} in front of it with base()", operation.base));
            }
        }
        StatusCode::METHOD_NOT_ALLOWED => advice.push("correct the method in the document".to_owned()),
        StatusCode::TOO_MANY_REQUESTS => advice.push("permit more requests in the test".to_owned()),
        _ if status.is_server_error() => advice.push("see the log of the application".to_owned()),
        // Nothing in the document changes a body that is not sent.
        _ if operation.lacks_body && !operation.has_parameters() => {}
        _ => {
            advice.push("add an example to the document".to_owned());
            advice.push("set the parameters with parameter()".to_owned());
        }
    }
    advice.push("leave it out with except()".to_owned());
    let advice = advice.join(", or ");
    format!(", which does not show whether it is guarded: {advice}")
}

impl Debug for OpenApiTest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenApiTest").field("document", &self.document).finish_non_exhaustive()
    }
}
