use std::net::TcpListener;

use axum::Router;
use axum::body::Body;
use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use http::request::Parts;
use jwt_axum::{
    AccessToken, AnyToken, Auth, CurrentUser, FreshToken, OptionalToken, RefreshToken, Rejected, TokenFor,
    renew, require, resource_metadata,
};
use jwt_core::JwtManager;
use serde_json::Value;

use crate::app::{Admin, AtSource, Handler, OfPartner, Profile, use_auth};
use crate::authorization::policies::with_listed;
use crate::server::{Ready, block_on};
use crate::{App, Extractor, Protect, Route, Seen, Verb};

pub(crate) fn run(app: App, listener: TcpListener, ready: Ready) {
    listener.set_nonblocking(true).expect("a socket");
    block_on(ready, async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
        axum::serve(listener, router(app)).await.expect("a server");
    });
}

fn router(app: App) -> Router {
    let mut router = Router::new();
    for path in app.paths() {
        let mut methods = MethodRouter::new();
        for route in app.routes.iter().filter(|route| route.path == path) {
            methods = methods.merge(method_router(route));
        }
        router = router.route(&path, methods);
    }
    if let Some(jwt) = &app.metadata {
        let metadata = resource_metadata(jwt).expect("a resource");
        router = router.route_service(metadata.path(), metadata.clone());
    }
    if let Some(Protect { jwt, demand }) = &app.renewal {
        router = router.layer(renew(jwt, *demand));
    }
    match &app.cors {
        Some(cors) => router.layer(cors.for_axum()),
        None => router,
    }
}

fn method_router(route: &Route) -> MethodRouter {
    let methods =
        route.methods.iter().map(|method| MethodFilter::try_from(method.clone()).expect("a method"));
    let methods = methods.reduce(MethodFilter::or).expect("a method");
    let handler = route.handler.clone();
    let router = match (&route.extract, &route.verb) {
        (_, Some(Protect { jwt, demand })) => {
            let verb = *demand;
            on(methods, move |auth: Auth, body: Bytes| async move { session(&auth, verb, &body).await })
                .with_state(jwt.clone())
        }
        (None, None) => {
            let guard = route.guard.as_ref().map(|guard| guard.jwt.clone());
            on(methods, move |parts: Parts| async move {
                answer(&handler, &Seen::guarded(guard.and_then(|jwt| jwt.guarded(&parts))))
            })
        }
        (Some(Protect { jwt, demand }), None) => match demand {
            Extractor::Access => extracting(jwt, methods, handler, |AccessToken(token)| token.into()),
            Extractor::Fresh => extracting(jwt, methods, handler, |FreshToken(token)| token.into()),
            Extractor::Refresh => extracting(jwt, methods, handler, |RefreshToken(token)| token.into()),
            Extractor::Any => extracting(jwt, methods, handler, |AnyToken(token)| token.into()),
            Extractor::Optional => {
                extracting(jwt, methods, handler, |OptionalToken(token)| Seen { token, ..Seen::default() })
            }
            Extractor::User => extracting(jwt, methods, handler, |CurrentUser::<Value>(user)| Seen {
                user: Some(user),
                ..Seen::default()
            }),
            Extractor::WrongUser => {
                extracting(jwt, methods, handler, |CurrentUser::<String>(_)| Seen::default())
            }
            Extractor::Admin => extracting(jwt, methods, handler, |TokenFor::<Admin>(token, _)| token.into()),
            Extractor::AtSource => {
                extracting(jwt, methods, handler, |TokenFor::<AtSource>(token, _)| token.into())
            }
            Extractor::OfPartner => {
                extracting(jwt, methods, handler, |TokenFor::<OfPartner>(token, _)| token.into())
            }
            Extractor::Listed(number) => with_listed!(*number, |P| {
                extracting(jwt, methods, handler, |TokenFor::<P>(token, _)| token.into())
            }),
            Extractor::Typed => extracting(jwt, methods, handler, |AccessToken::<Profile>(token)| Seen {
                profile: Some(token.extra().clone()),
                ..Seen::default()
            }),
        },
    };
    match &route.guard {
        Some(guard) => router.route_layer(require(&guard.jwt, guard.demand.clone())),
        None => router,
    }
}

fn extracting<T>(
    jwt: &JwtManager,
    methods: MethodFilter,
    handler: Handler,
    see: fn(T) -> Seen,
) -> MethodRouter
where
    T: FromRequestParts<JwtManager> + Send + 'static,
{
    let extracting = move |extracted: T| async move { answer(&handler, &see(extracted)) };
    on(methods, extracting).with_state(jwt.clone())
}

async fn session(auth: &Auth, verb: Verb, body: &[u8]) -> Result<Response, Rejected> {
    use_auth!(auth, verb, body, |answer| answer.into_response(), |json| axum::Json(json).into_response())
}

fn answer(handler: &Handler, seen: &Seen) -> Response {
    handler(seen).map(Body::from).into_response()
}
