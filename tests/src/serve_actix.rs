use std::net::TcpListener;

use actix_web::http::{Method, StatusCode};
use actix_web::{App as Actix, FromRequest, HttpRequest, HttpResponse, HttpServer, Resource, web};
use bytes::Bytes;
use jwt_actix::{
    AccessToken, AnyToken, CurrentUser, FreshToken, OptionalToken, RefreshToken, TokenFor, View, require,
};
use serde_json::Value;

use crate::app::{Admin, Handler, Profile};
use crate::server::Ready;
use crate::{App, Extractor, Protect, Route, Seen};

pub(crate) fn run(app: App, listener: TcpListener, ready: Ready) {
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            Actix::new().configure(|config| {
                for route in &app.routes {
                    register(config, route);
                }
            })
        });
        let server = server.workers(1).disable_signals().listen(listener).expect("a socket").run();
        let handle = server.handle();
        let stop = Box::new(move || drop(handle.stop(false)));
        ready.send(stop).expect("somebody waits");
        server.await.expect("a server");
    });
}

fn register(config: &mut web::ServiceConfig, route: &Route) {
    let mut resource = web::resource(route.path.clone());
    if let Some(Protect { jwt, .. }) = &route.extract {
        resource = resource.app_data(jwt.clone());
    }
    for method in &route.methods {
        resource = add(resource, method.as_str().parse().expect("a method"), route);
    }
    match &route.guard {
        Some(guard) => config.service(resource.wrap(require(&guard.jwt, guard.demand.clone()))),
        None => config.service(resource),
    };
}

fn add(resource: Resource, method: Method, route: &Route) -> Resource {
    let handler = route.handler.clone();
    let Some(Protect { demand, .. }) = &route.extract else {
        let guard = route.guard.as_ref().map(|guard| guard.jwt.clone());
        return resource.route(web::method(method).to(move |request: HttpRequest| {
            let guarded = guard.as_ref().and_then(|jwt| jwt.guarded(&View(&request)));
            let response = answer(&handler, &Seen::guarded(guarded));
            async move { response }
        }));
    };
    match demand {
        Extractor::Access => extracting(resource, method, handler, |AccessToken(token)| token.into()),
        Extractor::Fresh => extracting(resource, method, handler, |FreshToken(token)| token.into()),
        Extractor::Refresh => extracting(resource, method, handler, |RefreshToken(token)| token.into()),
        Extractor::Any => extracting(resource, method, handler, |AnyToken(token)| token.into()),
        Extractor::Optional => {
            extracting(resource, method, handler, |OptionalToken(token)| Seen { token, ..Seen::default() })
        }
        Extractor::User => extracting(resource, method, handler, |CurrentUser::<Value>(user)| Seen {
            user: Some(user),
            ..Seen::default()
        }),
        Extractor::WrongUser => {
            extracting(resource, method, handler, |CurrentUser::<String>(_)| Seen::default())
        }
        Extractor::Admin => extracting(resource, method, handler, |TokenFor::<Admin>(token, _)| token.into()),
        Extractor::Typed => extracting(resource, method, handler, |AccessToken::<Profile>(token)| Seen {
            profile: Some(token.custom().clone()),
            ..Seen::default()
        }),
    }
}

fn extracting<T>(resource: Resource, method: Method, handler: Handler, see: fn(T) -> Seen) -> Resource
where
    T: FromRequest + 'static,
{
    resource.route(web::method(method).to(move |extracted: T| {
        let response = answer(&handler, &see(extracted));
        async move { response }
    }))
}

fn answer(handler: &Handler, seen: &Seen) -> HttpResponse {
    let response: http::Response<Bytes> = handler(seen);
    let status = StatusCode::from_u16(response.status().as_u16()).expect("a status");
    let mut builder = HttpResponse::build(status);
    for (name, value) in response.headers() {
        builder.append_header((name.as_str(), value.as_bytes()));
    }
    builder.body(response.into_body())
}
