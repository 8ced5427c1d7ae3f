use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use jwt_core::{Authenticated, Extract, Policy};
use jwt_warp::{
    AccessToken, AnyToken, Auth, CurrentUser, FreshToken, JwtLayer, OptionalToken, RefreshToken, Rejected,
    TokenFor, auth, guard, guard_with, renew, resource_metadata,
};
use serde_json::Value;
use tower_layer::Layer as _;
use tower_service::Service;
use warp::filters::BoxedFilter;
use warp::path::FullPath;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::app::{Admin, AtSource, Handler, OfPartner, Profile, use_auth};
use crate::authorization::policies::with_listed;
use crate::server::{Ready, block_on};
use crate::{App, Extractor, Protect, Route, Seen, Verb};

pub(crate) fn run(app: App, listener: TcpListener, ready: Ready) {
    listener.set_nonblocking(true).expect("a socket");
    block_on(ready, async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
        let routes = match &app.cors {
            Some(cors) => routes(&app).with(cors.for_warp()).map(Reply::into_response).boxed(),
            None => routes(&app),
        };
        let renewal = app.renewal.as_ref().map(|renewal| renew(&renewal.jwt, renewal.demand));
        let layer = app.layer.as_ref().map(JwtLayer::new).map(|layer| match app.layer_reads {
            Some(bytes) => layer.read_bodies(bytes),
            None => layer,
        });
        match (layer, renewal) {
            (None, None) => warp::serve(routes).incoming(listener).run().await,
            (Some(layer), None) => serve(listener, layer.layer(warp::service(routes))).await,
            (None, Some(renewal)) => serve(listener, renewal.layer(warp::service(routes))).await,
            (Some(layer), Some(renewal)) => {
                serve(listener, layer.layer(renewal.layer(warp::service(routes)))).await;
            }
        }
    });
}

async fn serve<S>(listener: tokio::net::TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let service = TowerToHyperService::new(service);
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service.clone());
        tokio::spawn(connection);
    }
}

fn routes(app: &App) -> BoxedFilter<(Response,)> {
    let nothing = warp::any().and_then(async || Err::<Response, _>(warp::reject::not_found())).boxed();
    let routes = app.routes.iter().rev().fold(nothing, |later, one| route(one).or(later).unify().boxed());
    match &app.metadata {
        Some(jwt) => resource_metadata(jwt).expect("a resource").or(routes).unify().boxed(),
        None => routes,
    }
}

fn route(route: &Route) -> BoxedFilter<(Response,)> {
    let place = path(&route.path).and(methods(route)).boxed();
    if let Some(Protect { jwt, demand }) = &route.verb {
        let verb = *demand;
        let answer = |place: BoxedFilter<()>| {
            place
                .and(auth(jwt))
                .and(warp::body::bytes())
                .then(move |auth: Auth, body: Bytes| async move { session(&auth, verb, &body).await })
                .map(Reply::into_response)
                .boxed()
        };
        return match &route.guard {
            None => answer(place),
            Some(Protect { jwt, demand }) => guard_with(jwt, demand.clone(), |authenticated| {
                answer(place.and(authenticated).map(|_: Authenticated| ()).untuple_one().boxed())
            }),
        };
    }
    let handler = route.handler.clone();
    match (&route.guard, &route.extract) {
        (None, None) => place.map(move || answer(&handler, &Seen::default())).boxed(),
        (Some(Protect { jwt, demand }), None) => guard_with(jwt, demand.clone(), |token| {
            place.and(token).map(move |authenticated: Authenticated| {
                answer(&handler, &Seen::guarded(Some(authenticated)))
            })
        }),
        (outer, Some(inner)) => {
            let outer = outer.as_ref();
            match inner.demand {
                Extractor::Access => {
                    extracting(outer, inner, place, handler, |AccessToken(token)| token.into())
                }
                Extractor::Fresh => {
                    extracting(outer, inner, place, handler, |FreshToken(token)| token.into())
                }
                Extractor::Refresh => {
                    extracting(outer, inner, place, handler, |RefreshToken(token)| token.into())
                }
                Extractor::Any => extracting(outer, inner, place, handler, |AnyToken(token)| token.into()),
                Extractor::Optional => extracting(outer, inner, place, handler, |OptionalToken(token)| {
                    Seen { token, ..Seen::default() }
                }),
                Extractor::User => extracting(outer, inner, place, handler, |CurrentUser::<Value>(user)| {
                    Seen { user: Some(user), ..Seen::default() }
                }),
                Extractor::WrongUser => {
                    extracting(outer, inner, place, handler, |CurrentUser::<String>(_)| Seen::default())
                }
                Extractor::Admin => {
                    extracting(outer, inner, place, handler, |TokenFor::<Admin>(token, _)| token.into())
                }
                Extractor::AtSource => {
                    extracting(outer, inner, place, handler, |TokenFor::<AtSource>(token, _)| token.into())
                }
                Extractor::OfPartner => {
                    extracting(outer, inner, place, handler, |TokenFor::<OfPartner>(token, _)| token.into())
                }
                Extractor::Listed(number) => with_listed!(number, |P| {
                    extracting(outer, inner, place, handler, |TokenFor::<P>(token, _)| token.into())
                }),
                Extractor::Typed => {
                    extracting(outer, inner, place, handler, |AccessToken::<Profile>(token)| Seen {
                        profile: Some(token.extra().clone()),
                        ..Seen::default()
                    })
                }
            }
        }
    }
}

fn extracting<T: Extract + 'static>(
    outer: Option<&Protect<Policy>>,
    inner: &Protect<Extractor>,
    place: BoxedFilter<()>,
    handler: Handler,
    see: fn(T) -> Seen,
) -> BoxedFilter<(Response,)> {
    let handle = move |extracted: T| answer(&handler, &see(extracted));
    match outer {
        None => guard(&inner.jwt, |token| place.and(token).map(handle)),
        Some(Protect { jwt, demand }) => guard_with(jwt, demand.clone(), |authenticated| {
            guard(&inner.jwt, |token| {
                let guarded = place.and(authenticated).map(|_: Authenticated| ()).untuple_one();
                guarded.and(token).map(handle)
            })
        }),
    }
}

/// Matches exactly this path. warp's own `path!("a")` also matches `/a/`.
fn path(path: &str) -> BoxedFilter<()> {
    let path: Arc<str> = path.into();
    let is_it = warp::path::full().and_then(move |full: FullPath| {
        let matches = full.as_str() == &*path;
        async move { if matches { Ok(()) } else { Err(warp::reject::not_found()) } }
    });
    is_it.untuple_one().boxed()
}

fn methods(route: &Route) -> BoxedFilter<()> {
    let one = |method: &http::Method| match method.as_str() {
        "GET" => warp::get().or(warp::head()).unify().boxed(),
        "POST" => warp::post().boxed(),
        "PUT" => warp::put().boxed(),
        "PATCH" => warp::patch().boxed(),
        "DELETE" => warp::delete().boxed(),
        "OPTIONS" => warp::options().boxed(),
        other => panic!("{other} is not served in tests"),
    };
    let either =
        |one: BoxedFilter<()>, other: BoxedFilter<()>| -> BoxedFilter<()> { one.or(other).unify().boxed() };
    route.methods.iter().map(one).reduce(either).expect("a method")
}

async fn session(auth: &Auth, verb: Verb, body: &[u8]) -> Result<Response, Rejected> {
    use_auth!(auth, verb, body, |answer| answer.into_response(), |json| warp::reply::json(json)
        .into_response())
}

fn answer(handler: &Handler, seen: &Seen) -> Response {
    handler(seen).into_response()
}
