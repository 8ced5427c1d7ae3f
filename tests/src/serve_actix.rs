use std::net::TcpListener;

use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Condition;
use actix_web::{App as Actix, FromRequest, HttpRequest, HttpResponse, HttpServer, Responder as _, web};
use bytes::Bytes;
use jwt_actix::{
    AccessToken, AnyToken, Auth, CurrentUser, FreshToken, OptionalToken, RefreshToken, Rejected, TokenFor,
    View, renew, require, resource_metadata,
};
use serde_json::Value;

use crate::app::{Admin, AtSource, Handler, OfPartner, Profile, use_auth};
use crate::authorization::policies::with_listed;
use crate::server::Ready;
use crate::{App, Cors, Extractor, Protect, Route, Seen, Verb};

pub(crate) fn run(app: App, listener: TcpListener, ready: Ready) {
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            let routes = |config: &mut web::ServiceConfig| {
                if let Some(jwt) = &app.metadata {
                    config.service(resource_metadata(jwt).expect("a resource"));
                }
                for path in app.paths() {
                    register(config, &path, app.routes.iter().filter(|route| route.path == path));
                }
            };
            let cors = app.cors.as_ref().map(Cors::for_actix).unwrap_or_default();
            let server = Actix::new().configure(|config| match &app.renewal {
                Some(Protect { jwt, demand }) => {
                    config.service(web::scope("").wrap(renew(jwt, *demand)).configure(routes));
                }
                None => routes(config),
            });
            server.wrap(Condition::new(app.cors.is_some(), cors))
        });
        let server = server.workers(1).disable_signals().listen(listener).expect("a socket").run();
        let handle = server.handle();
        let stop = Box::new(move || drop(handle.stop(false)));
        ready.send(stop).expect("somebody waits");
        server.await.expect("a server");
    });
}

/// Creates one resource for all routes with a path. With two resources for one path, actix never tries the second one.
fn register<'a>(config: &mut web::ServiceConfig, path: &str, routes: impl Iterator<Item = &'a Route>) {
    let mut resource = web::resource(path);
    for route in routes {
        if let Some(Protect { jwt, .. }) = &route.extract {
            resource = resource.app_data(web::Data::new(jwt.clone()));
        }
        if let Some(Protect { jwt, .. }) = &route.verb {
            resource = resource.app_data(web::Data::new(jwt.clone()));
        }
        let get = route.methods.contains(&http::Method::GET);
        for method in route.methods.iter().chain(get.then_some(&http::Method::HEAD)) {
            let method = method.as_str().parse().expect("a method");
            // Wrap the route and not the resource. Otherwise, other methods would get a 401 instead of a 405.
            resource = resource.route(match &route.guard {
                Some(guard) => handle(method, route).wrap(require(&guard.jwt, guard.demand.clone())),
                None => handle(method, route),
            });
        }
    }
    config.service(resource);
}

fn handle(method: Method, route: &Route) -> actix_web::Route {
    let handler = route.handler.clone();
    if let Some(Protect { demand, .. }) = &route.verb {
        let verb = *demand;
        return web::method(method).to(move |auth: Auth, request: HttpRequest, body: Bytes| async move {
            session(&auth, verb, &request, &body).await
        });
    }
    let Some(Protect { demand, .. }) = &route.extract else {
        let guard = route.guard.as_ref().map(|guard| guard.jwt.clone());
        return web::method(method).to(move |request: HttpRequest| {
            let guarded = guard.as_ref().and_then(|jwt| jwt.guarded(&View(&request)));
            let response = answer(&handler, &Seen::guarded(guarded));
            async move { response }
        });
    };
    match demand {
        Extractor::Access => extracting(method, handler, |AccessToken(token)| token.into()),
        Extractor::Fresh => extracting(method, handler, |FreshToken(token)| token.into()),
        Extractor::Refresh => extracting(method, handler, |RefreshToken(token)| token.into()),
        Extractor::Any => extracting(method, handler, |AnyToken(token)| token.into()),
        Extractor::Optional => {
            extracting(method, handler, |OptionalToken(token)| Seen { token, ..Seen::default() })
        }
        Extractor::User => extracting(method, handler, |CurrentUser::<Value>(user)| Seen {
            user: Some(user),
            ..Seen::default()
        }),
        Extractor::WrongUser => extracting(method, handler, |CurrentUser::<String>(_)| Seen::default()),
        Extractor::Admin => extracting(method, handler, |TokenFor::<Admin>(token, _)| token.into()),
        Extractor::AtSource => extracting(method, handler, |TokenFor::<AtSource>(token, _)| token.into()),
        Extractor::OfPartner => extracting(method, handler, |TokenFor::<OfPartner>(token, _)| token.into()),
        Extractor::Listed(number) => {
            with_listed!(*number, |P| extracting(method, handler, |TokenFor::<P>(token, _)| token.into()))
        }
        Extractor::Typed => extracting(method, handler, |AccessToken::<Profile>(token)| Seen {
            profile: Some(token.extra().clone()),
            ..Seen::default()
        }),
    }
}

fn extracting<T>(method: Method, handler: Handler, see: fn(T) -> Seen) -> actix_web::Route
where
    T: FromRequest + 'static,
{
    web::method(method).to(move |extracted: T| {
        let response = answer(&handler, &see(extracted));
        async move { response }
    })
}

async fn session(
    auth: &Auth,
    verb: Verb,
    request: &HttpRequest,
    body: &[u8],
) -> Result<HttpResponse, Rejected> {
    use_auth!(auth, verb, body, |answer| answer.respond_to(request), |json| HttpResponse::Ok().json(json))
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
