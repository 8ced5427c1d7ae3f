use std::net::TcpListener;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use jwt_core::{Authenticated, Extract, Policy};
use jwt_warp::{
    AccessToken, AnyToken, CurrentUser, FreshToken, JwtLayer, OptionalToken, RefreshToken, TokenFor, guard,
    guard_with,
};
use serde_json::Value;
use tower_layer::Layer as _;
use warp::filters::BoxedFilter;
use warp::path::FullPath;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::app::{Admin, Handler, Profile};
use crate::server::{Ready, block_on};
use crate::{App, Extractor, Protect, Route, Seen};

pub(crate) fn run(app: App, listener: TcpListener, ready: Ready) {
    listener.set_nonblocking(true).expect("a socket");
    block_on(ready, async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
        let routes = routes(&app);
        match &app.layer {
            None => warp::serve(routes).incoming(listener).run().await,
            Some(jwt) => {
                let service = TowerToHyperService::new(JwtLayer::new(jwt).layer(warp::service(routes)));
                loop {
                    let (stream, _) = listener.accept().await.expect("a connection");
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service.clone());
                    tokio::spawn(connection);
                }
            }
        }
    });
}

fn routes(app: &App) -> BoxedFilter<(Response,)> {
    let nothing = warp::any().and_then(async || Err::<Response, _>(warp::reject::not_found())).boxed();
    app.routes.iter().rev().fold(nothing, |later, one| route(one).or(later).unify().boxed())
}

fn route(route: &Route) -> BoxedFilter<(Response,)> {
    let place = path(&route.path).and(methods(route)).boxed();
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
                Extractor::Typed => {
                    extracting(outer, inner, place, handler, |AccessToken::<Profile>(token)| Seen {
                        profile: Some(token.custom().clone()),
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

/// The very path: warp's own `path!("a")` takes `/a/`, too.
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

fn answer(handler: &Handler, seen: &Seen) -> Response {
    handler(seen).into_response()
}
