//! Assertions that a route rejects what its guard must reject.

#[cfg(feature = "actix")]
pub(crate) mod actix;
mod cors;
mod redirects;
mod template;
mod verdict;

use std::fmt::{self, Debug};
use std::future::poll_fn;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use jwt_core::JwtManager;
use jwt_core::adapter::testing;
use tower_service::Service;

use crate::rejection::without_query;
use crate::{FakeIssuer, Flaw, GoodToken};
use cors::{Cors, preflight};
use redirects::redirects;
use template::Template;
use verdict::Verdict;

/// Asserts that a route is guarded. `request` has a good token of the manager, and is what a client would send.
///
/// This is [`GuardTest::assert`] for tokens of the manager itself. It works with axum, tower, and warp.
///
/// ```
/// use axum::{Router, routing::get};
/// use http::Request;
/// use jwt_axum::{AccessToken, Config, JwtManager, Policy, keys::Secret, require};
/// use jwt_test::assert_guarded;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let jwt = JwtManager::builder(Config::default()).secret(&Secret::generate()?).build()?;
/// let app = Router::new()
///     .route("/orders", get(|| async { "orders" }))
///     .route_layer(require(&jwt, Policy::access().scopes(&["orders:read"])));
///
/// let token = jwt.access_token("alice").scopes(["orders:read"]).encode()?;
/// let request = Request::get("/orders").header("authorization", format!("Bearer {token}")).body("")?;
/// assert_guarded(&jwt, app, request).await;
/// # Ok(())
/// # }
/// ```
///
/// # Panics
///
/// Panics as [`GuardTest::assert`] does.
pub async fn assert_guarded<S, R>(jwt: &JwtManager, service: S, request: Request<impl Into<Bytes>>)
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>, Error: Debug> + Clone,
{
    GuardTest::new(jwt).assert(service, request).await;
}

/// An assertion that a route rejects all requests that its guard must reject, and accepts a good one.
///
/// Each call of [`assert`](Self::assert) takes a request with a good token in a header field, a cookie, or the query. A
/// token in the body is not found, and neither is one in the subprotocol of Kubernetes, which encodes it: use
/// [`GoodToken`] for these. Tokens that the manager does not accept, such as an `id_token_hint`, are sent unchanged.
/// The token has what the route requires and nothing else. A fresh token means that the route requires a fresh one, and
/// a scope means that the route requires at least one. For a route that does not require a fresh token, use one of
/// `access_token` or of [`log_in(…).not_fresh()`](jwt_core::Login::not_fresh), because those of `log_in` are fresh.
///
/// The assertion sends the request:
///
/// * without a token;
/// * without a token and with the method `OPTIONS`, which must not reach the handler either. The response of a
///   [CORS layer](#cors) is accepted. The request is left out if
///   [`Config::insecure_exempt_options`](jwt_core::Config::insecure_exempt_options) is set, or if `OPTIONS` is the method of
///   the test's request, which must reach the handler then;
/// * with a token of each [`Flaw`]: expired, of another kind, for another audience, of another issuer, without
///   authorities, and so on, unless the configuration accepts such tokens, or the test [does](Self::accepts);
/// * with each token that the test [adds](Self::rejects);
/// * finally, with the good token, because that request can have an effect.
///
/// A status between 400 and 499 is a rejection, and so are the codes `UNAUTHENTICATED` and `PERMISSION_DENIED` of gRPC.
/// The request with the good token must not get a status of 400 or more. Otherwise, a typo in its path would look like a
/// guard.
///
/// A redirect is a rejection if the [`ErrorHandlers`](jwt_core::ErrorHandlers) of the manager redirect a request without a
/// token, or this request, to the same `Location`, whatever the policy of the route requires. The query does not matter.
/// To find these locations, the assertion calls the handlers with sample errors of all kinds. Other redirects can come
/// from a handler that has done its work, and so can one that the good token gets as well. If a handler redirects rejected
/// requests itself, [set the location](Self::login).
///
/// # CORS
///
/// Some CORS layers, such as the one of tower-http, respond to every `OPTIONS` request, and the handler is not reached. To
/// recognize them, the assertion also sends a preflight request (Fetch standard, CORS protocol): with the field `Origin`,
/// and with `Access-Control-Request-Method`, whose value is not the method of any application. If the request of the test
/// has an `Origin`, it is kept. Set it if the layer has a list of origins, but no list of methods.
///
/// The responses are those of a layer if both have a status between 200 and 299 and no `Content-Type`, and if one of these
/// applies:
///
/// * The first response has the field `Access-Control-Allow-Methods`, and the response to the good token lacks it.
/// * The field `Access-Control-Allow-Methods` of the second response is exactly the requested method.
/// * The first response has the field `Access-Control-Allow-Methods`, or the second one has
///   `Access-Control-Allow-Origin`, and the good token gets another status, or a `Content-Type`. Otherwise, a handler for
///   all methods can have responded, inside a layer that adds the field. If the route is guarded nevertheless, list the
///   methods in the layer, and let it add them only to its own responses.
///
/// A handler for `OPTIONS`, separate or not, whose response is empty can look like a layer.
///
/// # What is not tested
///
/// A flaw shows that the route has a guard, and little about what its policy requires:
///
/// * Scopes, roles, and other authorities are removed together. A route that requires one of them, instead of two,
///   passes.
/// * The other issuer and the other audience are not known to the manager. Whether the policy accepts another trusted
///   issuer, tokens of the manager itself, or another audience of the configuration is not tested.
/// * The requirements on a login are not tested: its age, and its class and methods (`max_age`, `acr`, `amr`).
/// * Sessions, blocklists, rules, and CSRF values are not tested.
///
/// [`rejects`](Self::rejects) adds tokens for these.
#[derive(Clone)]
#[must_use = "nothing is sent before assert()"]
pub struct GuardTest<'a> {
    jwt: &'a JwtManager,
    issuer: Option<&'a FakeIssuer>,
    accepted: Vec<Flaw>,
    rejected: Vec<(String, String)>,
    logins: Vec<String>,
}

impl<'a> GuardTest<'a> {
    /// Creates an assertion for routes that are guarded by this manager.
    pub const fn new(jwt: &'a JwtManager) -> Self {
        Self { jwt, issuer: None, accepted: Vec::new(), rejected: Vec::new(), logins: Vec::new() }
    }

    /// Sets the issuer of the good token. Default: the manager itself.
    pub const fn issuer(mut self, issuer: &'a FakeIssuer) -> Self {
        self.issuer = Some(issuer);
        self
    }

    /// Leaves out the token with this flaw, because the route accepts it. For example, a route with `Policy::any()`
    /// accepts [another kind](Flaw::OtherKind).
    pub fn accepts(mut self, flaw: Flaw) -> Self {
        self.accepted.push(flaw);
        self
    }

    /// Adds a token that the route must reject. `name` is for the message.
    ///
    /// Every other requirement of the route should be met, so that the token is rejected for the one that the test
    /// means.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use http::Request;
    /// use jwt_axum::{Config, JwtManager, Policy, keys::Secret, require};
    /// use jwt_test::GuardTest;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let jwt = JwtManager::builder(Config::default()).secret(&Secret::generate()?).build()?;
    /// let guard = require(&jwt, Policy::access().scopes(&["orders:read", "orders:list"]));
    /// let app = Router::new().route("/orders", get(|| async { "orders" })).route_layer(guard);
    ///
    /// let good = jwt.access_token("alice").scopes(["orders:read", "orders:list"]).encode()?;
    /// let reader = jwt.access_token("alice").scopes(["orders:read"]).encode()?;
    /// let request = Request::get("/orders").header("authorization", format!("Bearer {good}")).body("")?;
    /// GuardTest::new(&jwt).rejects("one of two scopes", reader).assert(app, request).await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn rejects(mut self, name: impl Into<String>, token: impl Into<String>) -> Self {
        self.rejected.push((name.into(), token.into()));
        self
    }

    /// Counts a redirect to this `Location` as a rejection, unless the good token gets it as well. The query does not
    /// matter. The test of a route needs this if its handler redirects to a login, and not the
    /// [`ErrorHandlers`](jwt_core::ErrorHandlers) of the manager.
    ///
    /// ```
    /// use axum::{Router, response::Redirect, routing::get};
    /// use http::Request;
    /// use jwt_axum::{AccessToken, Config, JwtManager, Rejected, keys::Secret};
    /// use jwt_test::GuardTest;
    ///
    /// async fn orders(token: Result<AccessToken, Rejected>) -> Result<&'static str, Redirect> {
    ///     token.map(|_| "orders").map_err(|_| Redirect::to("/login?next=/orders"))
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let jwt = JwtManager::builder(Config::default()).secret(&Secret::generate()?).build()?;
    /// let app = Router::new().route("/orders", get(orders)).with_state(jwt.clone());
    ///
    /// let token = jwt.access_token("alice").encode()?;
    /// let request = Request::get("/orders").header("authorization", format!("Bearer {token}")).body("")?;
    /// GuardTest::new(&jwt).login("/login").assert(app, request).await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn login(mut self, location: &str) -> Self {
        self.logins.push(without_query(location));
        self
    }

    /// Sends the requests to a service.
    ///
    /// # Panics
    ///
    /// Panics if a request that must be rejected is accepted, or gets a status of 500 or more, if the good one is
    /// rejected, if the service returns an error, or if the request does not have exactly one good token. The message
    /// lists all requests with a wrong response. Also panics as [`GoodToken::new`] and [`GoodToken::of_issuer`] do: if
    /// the manager does not accept the token, or has no key that signs.
    ///
    /// The route of a WebSocket rejects the good token as well, because the request has no connection to upgrade. Send
    /// the requests over a connection, with [`assert_with`](Self::assert_with).
    pub async fn assert<S, R>(&self, service: S, request: Request<impl Into<Bytes>>)
    where
        S: Service<Request<Full<Bytes>>, Response = Response<R>, Error: Debug> + Clone,
    {
        self.assert_with(request, async |request| {
            let mut service = service.clone();
            poll_fn(|context| service.poll_ready(context)).await.expect("the service is ready");
            service.call(request.map(Full::new)).await.expect("the service responds")
        })
        .await;
    }

    /// Sends the requests with this function. The body of its responses does not matter.
    ///
    /// # Panics
    ///
    /// Panics as [`assert`](Self::assert) does.
    pub async fn assert_with<R>(
        &self,
        request: Request<impl Into<Bytes>>,
        send: impl AsyncFn(Request<Bytes>) -> Response<R>,
    ) {
        let template = Template::new(self.jwt, request.map(Into::into));
        let good = match self.issuer {
            Some(issuer) => GoodToken::of_issuer(self.jwt, issuer, template.token()),
            None => GoodToken::new(self.jwt, template.token()),
        };
        let without = template.without_token();
        let mut requests = vec![("no token".to_owned(), without.clone())];
        let is_options = without.method() == Method::OPTIONS;
        if !is_options && !testing::exempts_options(self.jwt) {
            let mut options = without.clone();
            *options.method_mut() = Method::OPTIONS;
            requests.push(("OPTIONS and no token".to_owned(), options));
        }
        let flawed = good.flawed().filter(|(flaw, _)| !self.accepted.contains(flaw));
        requests.extend(flawed.map(|(flaw, text)| (flaw.to_string(), template.with_token(&text))));
        let rejected = self.rejected.iter();
        requests.extend(rejected.map(|(name, text)| (name.clone(), template.with_token(text))));

        let redirects = |request: &Request<Bytes>| redirects(self.jwt, request, &good.token);
        let of_missing_token = redirects(&without);
        let mut verdicts = Vec::with_capacity(requests.len());
        for (what, request) in requests {
            let redirects = [&*self.logins, &*of_missing_token, &*redirects(&request)].concat();
            let is_added = !is_options && request.method() == Method::OPTIONS;
            let preflight = is_added.then(|| preflight(request.clone()));
            let response = send(request).await;
            let mut verdict = Verdict::of(&response).with_redirects(&redirects);
            if let Some(preflight) = preflight {
                verdict = verdict.with_cors(Cors::of(&response, &send(preflight).await));
            }
            verdicts.push((what, verdict));
        }
        let accepted = Verdict::of(&send(template.with_token(good.text())).await);
        let wrong = verdicts.iter().filter(|(_, verdict)| !verdict.is_rejection(&accepted));
        let mut problems: Vec<_> =
            wrong.map(|(what, verdict)| format!("a request with {what} gets {verdict}")).collect();
        if !accepted.is_success() {
            problems.push(format!("the request with the good token gets {accepted}"));
        }
        assert!(
            problems.is_empty(),
            "{template} is not guarded as it should be:\n  {}",
            problems.join("\n  ")
        );
    }
}

impl Debug for GuardTest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardTest").finish_non_exhaustive()
    }
}
