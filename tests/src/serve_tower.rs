//! A service of plain functions behind the layer of `jwt-tower`, served with hyper. It has no extractors. The policy of an
//! extractor is that of a second layer.

use std::any::TypeId;
use std::convert::Infallible;
use std::fmt::Debug;
use std::future::ready;
use std::net::TcpListener;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Incoming};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use jwt_axum::{AccessToken, AnyToken, CurrentUser, FreshToken, OptionalToken, RefreshToken, TokenFor};
use jwt_core::adapter::{BoxFuture, authenticate, policy_of, refuse};
use jwt_core::{Extract, JwtManager, TokenError};
use jwt_tower::{JwtLayer, authenticated, renew};
use serde_json::{Value, json};
use tower::util::BoxCloneService;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_service::Service;

use crate::app::{self, Admin, AtSource, OfPartner, Profile, use_auth};
use crate::authorization::policies::with_listed;
use crate::server::{Ready, block_on};
use crate::{App, Extractor, Protect, Route, Seen, Verb};

// What an adapter has, to run the operations of sessions.
jwt_core::declare_auth!();
jwt_core::declare_rejected!();

type Answer = Response<BoxBody<Bytes, Infallible>>;

pub(crate) fn run(app: App, listener: TcpListener, ready: Ready) {
    listener.set_nonblocking(true).expect("a socket");
    block_on(ready, async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
        let service = TowerToHyperService::new(service(app));
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service.clone());
            tokio::spawn(connection);
        }
    });
}

fn service(app: App) -> BoxCloneService<Request<Incoming>, Answer, Infallible> {
    let (renewal, cors) = (app.renewal.clone(), app.cors.clone());
    let app = Arc::new(app);
    let routes = service_fn(move |request| {
        let answer = dispatch(&app, request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let routes = match renewal {
        Some(Protect { jwt, demand }) => BoxCloneService::new(renew(&jwt, demand).layer(routes)),
        None => BoxCloneService::new(routes),
    };
    match cors {
        Some(cors) => BoxCloneService::new(cors.for_axum().layer(routes)),
        None => routes,
    }
}

/// Finds the route of a request.
fn dispatch(app: &App, request: Request<Incoming>) -> BoxFuture<Answer> {
    if let Some(metadata) = app.metadata.as_ref().and_then(JwtManager::resource_metadata)
        && metadata.path() == request.uri().path()
    {
        return Box::pin(ready(metadata.respond(request.method().as_str()).map(boxed)));
    }
    let of_path = || app.routes.iter().filter(|route| route.path == request.uri().path());
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    match of_path().find(|route| route.methods.contains(method)) {
        Some(route) => guarded(route.clone(), request),
        None if of_path().next().is_some() => Box::pin(ready(empty(StatusCode::METHOD_NOT_ALLOWED))),
        None => Box::pin(ready(empty(StatusCode::NOT_FOUND))),
    }
}

/// Puts the guard of a route in front of it.
fn guarded(route: Route, request: Request<Incoming>) -> BoxFuture<Answer> {
    let Some(Protect { jwt, demand }) = route.guard.clone() else {
        return extracting(route, request);
    };
    match JwtLayer::new(&jwt, demand.clone()) {
        Ok(layer) => call(layer.layer(Inside(route)), request),
        Err(_) => call(JwtLayer::buffering(&jwt, demand).layer(Inside(route)), request),
    }
}

/// A route behind its guard.
#[derive(Clone)]
struct Inside(Route);

impl<B> Service<Request<B>> for Inside
where
    B: Body<Data = Bytes, Error: Debug + Send> + Send + 'static,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = BoxFuture<Result<Answer, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answer = extracting(self.0.clone(), request);
        Box::pin(async move { Ok(answer.await) })
    }
}

fn call<S, B, R>(service: S, request: Request<B>) -> BoxFuture<Answer>
where
    S: Service<Request<B>, Response = Response<R>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
    B: Send + 'static,
    R: Body<Data = Bytes, Error = Infallible> + Send + Sync + 'static,
{
    Box::pin(async move {
        let Ok(response) = service.oneshot(request).await;
        response.map(BoxBody::new)
    })
}

/// Puts the policy of the extractor in front of the handler.
fn extracting<B>(route: Route, request: Request<B>) -> BoxFuture<Answer>
where
    B: Body<Data = Bytes, Error: Debug + Send> + Send + 'static,
{
    if let Some(Protect { jwt, demand }) = route.verb {
        return Box::pin(session(jwt, demand, request));
    }
    let Some(Protect { jwt, demand }) = route.extract.clone() else {
        // Without a guard, there is nothing to see.
        return Box::pin(ready(answer(&route, &Seen::guarded(authenticated(request.extensions())))));
    };
    match demand {
        Extractor::Access => behind(route, jwt, request, |AccessToken(token)| token.into()),
        Extractor::Fresh => behind(route, jwt, request, |FreshToken(token)| token.into()),
        Extractor::Refresh => behind(route, jwt, request, |RefreshToken(token)| token.into()),
        Extractor::Any => behind(route, jwt, request, |AnyToken(token)| token.into()),
        Extractor::Optional => {
            behind(route, jwt, request, |OptionalToken(token)| Seen { token, ..Seen::default() })
        }
        Extractor::User => {
            let see = |CurrentUser::<Value>(user)| Seen { user: Some(user), ..Seen::default() };
            behind(route, jwt, request, see)
        }
        Extractor::WrongUser => behind(route, jwt, request, |CurrentUser::<String>(_)| Seen::default()),
        Extractor::Admin => behind(route, jwt, request, |TokenFor::<Admin>(token, _)| token.into()),
        Extractor::AtSource => behind(route, jwt, request, |TokenFor::<AtSource>(token, _)| token.into()),
        Extractor::OfPartner => behind(route, jwt, request, |TokenFor::<OfPartner>(token, _)| token.into()),
        Extractor::Listed(number) => {
            with_listed!(number, |P| behind(route, jwt, request, |TokenFor::<P>(token, _)| token.into()))
        }
        Extractor::Typed => {
            let see = |AccessToken::<Profile>(token)| Seen {
                profile: Some(token.extra().clone()),
                ..Seen::default()
            };
            behind(route, jwt, request, see)
        }
    }
}

/// Calls the handler with a `T`, behind a layer with the policy of `T`.
fn behind<T, B>(route: Route, jwt: JwtManager, request: Request<B>, see: fn(T) -> Seen) -> BoxFuture<Answer>
where
    T: Extract + 'static,
    B: Send + 'static,
{
    let policy = policy_of::<T>();
    let Ok(layer) = JwtLayer::new(&jwt, policy.clone()) else {
        // Tokens can be in bodies, which belong to the handler. It checks the rest of the request itself.
        let (parts, _) = request.into_parts();
        let step = authenticate(&jwt, &parts, policy);
        return Box::pin(async move {
            let outcome = step.finish().await.and_then(T::from_authenticated);
            let refused = |error| refuse(&jwt, &error, &parts, policy).map(boxed);
            outcome.map_or_else(refused, |value| answer(&route, &see(value)))
        });
    };
    let handle = move |request: Request<B>| {
        let response = match authenticated(request.extensions()).map(T::from_authenticated) {
            Some(Ok(value)) => answer(&route, &see(value)),
            None if TypeId::of::<T>() == TypeId::of::<OptionalToken>() => answer(&route, &Seen::default()),
            refused => {
                let error = refused.and_then(Result::err).unwrap_or_else(|| TokenError::Missing(Vec::new()));
                refuse(&jwt, &error, &request, policy).map(boxed)
            }
        };
        ready(Ok::<_, Infallible>(response))
    };
    call(layer.layer(service_fn(handle)), request)
}

/// Runs an operation of sessions.
async fn session<B>(jwt: JwtManager, verb: Verb, request: Request<B>) -> Answer
where
    B: Body<Data = Bytes, Error: Debug> + Send,
{
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let auth = Auth(jwt_core::adapter::Auth::new(jwt, (&parts).into()));
    run_verb(&auth, verb, &body).await.unwrap_or_else(|rejected| rejected.0.into_response().map(boxed))
}

async fn run_verb(auth: &Auth, verb: Verb, body: &[u8]) -> Result<Answer, Rejected> {
    use_auth!(auth, verb, body, |answer| answer.into_answer(), |json| app::json(StatusCode::OK, &json!(json))
        .map(boxed))
}

/// Turns what an operation returns into a response.
trait IntoAnswer {
    fn into_answer(self) -> Answer;
}

impl IntoAnswer for LoggedIn {
    fn into_answer(self) -> Answer {
        self.0.answer.into_response().map(boxed)
    }
}

impl IntoAnswer for Refreshed {
    fn into_answer(self) -> Answer {
        self.0.answer.into_response().map(boxed)
    }
}

impl IntoAnswer for LoggedOut {
    fn into_answer(self) -> Answer {
        self.0.into_response().map(boxed)
    }
}

fn answer(route: &Route, seen: &Seen) -> Answer {
    (route.handler)(seen).map(boxed)
}

fn empty(status: StatusCode) -> Answer {
    let mut response = Response::new(boxed(Bytes::new()));
    *response.status_mut() = status;
    response
}

fn boxed(body: Bytes) -> BoxBody<Bytes, Infallible> {
    BoxBody::new(Full::new(body))
}
