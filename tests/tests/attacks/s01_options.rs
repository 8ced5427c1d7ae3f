//! `OPTIONS` ran the handlers behind a guard without a token.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::{App, HttpResponse, test, web};
use axum::Router;
use axum::routing::{any, get, on_service};
use http::Method;
use jwt_core::{Authenticated, Config, Extract, JwtManager, Policy, TokenPolicy};
use tower::Layer as _;
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::{Filter, Reply as _};

use crate::Attack;
use crate::direct::{ask_actix, ask_axum, ask_service, ask_warp, block_on, request};
use crate::support::{SECRET, manager};

pub(crate) const ATTACK: Attack = Attack {
    name: "S1",
    tried: "every registered method and invented ones without a token, through every form of guard and extractor",
    on: "axum, actix-web, warp",
    run,
};

/// IANA's registry of methods, without `*`, and others.
const METHODS: [&str; 56] = [
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "OPTIONS",
    "ORDERPATCH",
    "PATCH",
    "POST",
    "PRI",
    "PROPFIND",
    "PROPPATCH",
    "PUT",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
    "FOO",
    "get",
    "head",
    "options",
    "Options",
    "OPTIONS2",
    "XOPTIONS",
    "OPTION",
    "PURGE",
    "SUBSCRIBE",
    "X",
    "trace",
    "connect",
    "!",
    "M-SEARCH",
    "post",
];

/// A manager, and a count of how often a handler ran.
#[derive(Clone)]
struct Guarded {
    jwt: JwtManager,
    runs: Arc<AtomicUsize>,
}

impl Guarded {
    fn new(jwt: JwtManager) -> Self {
        Self { jwt, runs: Arc::default() }
    }

    fn run(&self) -> &'static str {
        self.runs.fetch_add(1, Ordering::SeqCst);
        "secret"
    }

    /// Takes the number of runs.
    fn take(&self) -> usize {
        self.runs.swap(0, Ordering::SeqCst)
    }
}

struct Own;

impl TokenPolicy for Own {
    const POLICY: Policy = Policy::access();
}

/// A user, who is never found, because there is no token.
type User = ();

fn run() {
    // The preset exempts `OPTIONS` with a setter of its own, which can be turned off.
    let closed = Config::flask_compatible().insecure_exempt_options(false);
    let closed = JwtManager::builder(closed).secret(SECRET).build().unwrap();
    let users = JwtManager::builder(Config::default()).secret(SECRET);
    let users = users.user_lookup_loader(|_| async { Some::<User>(()) }).build().unwrap();
    for jwt in [manager(), closed, users] {
        let guarded = Guarded::new(jwt);
        block_on(async {
            on_axum(&guarded).await;
            on_actix(&guarded).await;
            on_warp(&guarded).await;
        });
    }
    // With the setter, guards exempt it, but extractors still do not.
    let exempting = Config::default().insecure_exempt_options(true);
    let guarded = Guarded::new(JwtManager::builder(exempting).secret(SECRET).build().unwrap());
    block_on(async {
        for (name, app) in axum_extractors(&guarded) {
            ask_axum(&app, request("OPTIONS", "/x", &[])).await;
            assert_eq!(guarded.take(), 0, "axum, {name}");
        }
        for (name, routes) in warp_extractors(&guarded) {
            ask_warp(&routes, request("OPTIONS", "/x", &[])).await;
            assert_eq!(guarded.take(), 0, "warp, {name}");
        }
    });
}

async fn on_axum(guarded: &Guarded) {
    let Guarded { jwt, .. } = guarded;
    let guard = || jwt_axum::require(jwt, Policy::access());
    let handler = |guarded: &Guarded| {
        let guarded = guarded.clone();
        move || {
            let answer = guarded.run();
            async move { answer }
        }
    };
    let h = || handler(guarded);
    let x = || Router::new().route("/x", any(h()));
    let service = || on_service(axum::routing::MethodFilter::OPTIONS, any(h()));
    let forms: Vec<(&str, Router)> = vec![
        ("route_layer", x().route_layer(guard())),
        ("layer", x().layer(guard())),
        (
            "route_layer of a method router",
            Router::new().route("/x", get(h()).options(h()).route_layer(guard())),
        ),
        ("layer of a method router", Router::new().route("/x", any(h()).layer(guard()))),
        ("a fallback of a method router", Router::new().route("/x", get(h()).fallback(h()).layer(guard()))),
        ("a fallback", Router::new().fallback(h()).layer(guard())),
        ("a fallback behind routes", x().fallback(h()).layer(guard())),
        (
            "other methods",
            Router::new().route("/x", get(h())).method_not_allowed_fallback(h()).layer(guard()),
        ),
        ("nested below a path", Router::new().nest("/a", x()).route_layer(guard())),
        ("a guarded router, nested", Router::new().nest("/a", x().route_layer(guard()))),
        ("a nested fallback", Router::new().nest("/a", Router::new().fallback(h())).layer(guard())),
        ("a nested service", Router::new().nest_service("/a", x()).route_layer(guard())),
        ("merged", Router::new().merge(x().route_layer(guard()))),
        ("a service", Router::new().route_service("/x", service()).route_layer(guard())),
        ("a service of any method", Router::new().route_service("/x", any(h())).layer(guard())),
        (
            "an optional guard inside",
            x().route_layer(jwt_axum::require(jwt, Policy::access().optional())).layer(guard()),
        ),
        ("a guard of any kind", x().route_layer(jwt_axum::require(jwt, Policy::any()))),
    ];
    for (name, app) in forms.into_iter().chain(axum_extractors(guarded)) {
        for method in METHODS {
            for path in ["/x", "/a/x", "/a", "/nowhere"] {
                ask_axum(&app, request(method, path, &[])).await;
                assert_eq!(guarded.take(), 0, "axum, {name}: {method} {path}");
            }
        }
        let token = format!("Bearer {}", jwt.access_token("alice").fresh().encode().unwrap());
        let fields = [("authorization", &*token)];
        let mut ran = 0;
        for path in ["/x", "/a/x"] {
            ask_axum(&app, request("OPTIONS", path, &fields)).await;
            ran += guarded.take();
        }
        assert!(
            ran > 0 || name.contains("refresh") || name.contains("user"),
            "axum, {name}: nothing is served"
        );
    }
}

fn axum_extractors(guarded: &Guarded) -> Vec<(&'static str, Router)> {
    use jwt_axum::{AccessToken, AnyToken, CurrentUser, FreshToken, RefreshToken, TokenFor};

    fn form<T>(guarded: &Guarded) -> Router
    where
        T: axum::extract::FromRequestParts<JwtManager> + Send + 'static,
    {
        let one = guarded.clone();
        let handler = move |_: T| {
            let answer = one.run();
            async move { answer }
        };
        Router::new().route("/x", any(handler)).with_state(guarded.jwt.clone())
    }

    vec![
        ("AccessToken", form::<AccessToken>(guarded)),
        ("FreshToken", form::<FreshToken>(guarded)),
        ("a refresh token", form::<RefreshToken>(guarded)),
        ("AnyToken", form::<AnyToken>(guarded)),
        ("TokenFor", form::<TokenFor<Own>>(guarded)),
        ("the user", form::<CurrentUser<User>>(guarded)),
    ]
}

async fn on_actix(guarded: &Guarded) {
    use jwt_actix::{AccessToken, AnyToken, CurrentUser, FreshToken, RefreshToken, TokenFor};

    let Guarded { jwt, .. } = guarded;
    let guard = || jwt_actix::require(jwt, Policy::access());
    let h = || {
        let guarded = guarded.clone();
        move || {
            let answer = guarded.run();
            async move { answer }
        }
    };
    macro_rules! form {
        ($name:expr, $app:expr) => {
            let app = test::init_service($app).await;
            for method in METHODS {
                for path in ["/x", "/a/x", "/a", "/nowhere"] {
                    ask_actix!(&app, request(method, path, &[]));
                    assert_eq!(guarded.take(), 0, "actix-web, {}: {method} {path}", $name);
                }
            }
            let token = format!("Bearer {}", jwt.access_token("alice").fresh().encode().unwrap());
            let mut ran = 0;
            for path in ["/x", "/a/x"] {
                ask_actix!(&app, request("OPTIONS", path, &[("authorization", &token)]));
                ran += guarded.take();
            }
            let other = $name.contains("refresh") || $name.contains("user");
            assert!(ran > 0 || other, "actix-web, {}: nothing is served", $name);
        };
    }
    form!("around the App", App::new().service(web::resource("/x").to(h())).wrap(guard()));
    form!("around the App, a route", App::new().route("/x", web::to(h())).wrap(guard()));
    form!("around the App, the default", App::new().default_service(web::to(h())).wrap(guard()));
    form!(
        "around a scope",
        App::new().service(web::scope("/a").wrap(guard()).service(web::resource("/x").to(h())))
    );
    form!(
        "around a scope, a route",
        App::new().service(web::scope("/a").route("/x", web::to(h())).wrap(guard()))
    );
    form!(
        "around a scope, the default",
        App::new().service(web::scope("/a").default_service(web::to(h())).wrap(guard()))
    );
    form!(
        "around an outer scope",
        App::new().service(web::scope("/a").wrap(guard()).service(web::scope("").route("/x", web::to(h()))))
    );
    form!("around a resource", App::new().service(web::resource("/x").wrap(guard()).to(h())));
    form!(
        "around a resource with methods",
        App::new().service(web::resource("/x").wrap(guard()).get(h()).default_service(web::to(h())))
    );
    form!("around a route", App::new().route("/x", web::to(h()).wrap(guard())));
    form!("around a route of any method", App::new().route("/x", web::route().to(h()).wrap(guard())));
    form!(
        "around two",
        App::new()
            .service(web::resource("/x").wrap(jwt_actix::require(jwt, Policy::any().optional())).to(h()))
            .wrap(guard())
    );
    macro_rules! extractor {
        ($name:expr, $type:ty) => {
            let one = guarded.clone();
            let handler = move |_: $type| {
                let answer = one.run();
                async move { HttpResponse::Ok().body(answer) }
            };
            form!(
                $name,
                App::new().app_data(web::Data::new(jwt.clone())).service(web::resource("/x").to(handler))
            );
        };
    }
    extractor!("AccessToken", AccessToken);
    extractor!("FreshToken", FreshToken);
    extractor!("a refresh token", RefreshToken);
    extractor!("AnyToken", AnyToken);
    extractor!("TokenFor", TokenFor<Own>);
    extractor!("the user", CurrentUser<User>);
}

fn warp_extractors(guarded: &Guarded) -> Vec<(&'static str, BoxedFilter<(Response,)>)> {
    use jwt_warp::{AccessToken, AnyToken, CurrentUser, FreshToken, RefreshToken, TokenFor};

    fn form<T: Extract + 'static>(guarded: &Guarded) -> BoxedFilter<(Response,)> {
        let one = guarded.clone();
        jwt_warp::guard(&guarded.jwt, |token| {
            warp::path!("x").and(token).map(move |_: T| one.run().into_response())
        })
    }

    vec![
        ("AccessToken", form::<AccessToken>(guarded)),
        ("FreshToken", form::<FreshToken>(guarded)),
        ("a refresh token", form::<RefreshToken>(guarded)),
        ("AnyToken", form::<AnyToken>(guarded)),
        ("TokenFor", form::<TokenFor<Own>>(guarded)),
        ("the user", form::<CurrentUser<User>>(guarded)),
        ("Authenticated", form::<Authenticated>(guarded)),
    ]
}

async fn on_warp(guarded: &Guarded) {
    use jwt_warp::{AccessToken, JwtLayer, guard, guard_with};

    let Guarded { jwt, .. } = guarded;
    let policy = || Policy::access();
    let h = || {
        let guarded = guarded.clone();
        move |_: Authenticated| guarded.run().into_response()
    };
    let nested = guard_with(jwt, Policy::any(), |outer| {
        guard_with(jwt, policy(), |token| {
            let place = warp::path!("x").and(outer).map(|_: Authenticated| ()).untuple_one();
            place.and(token).map(h())
        })
    });
    let reply = guarded.clone();
    let forms: Vec<(&str, BoxedFilter<(Response,)>)> = vec![
        ("the token after the path", guard_with(jwt, policy(), |token| warp::path!("x").and(token).map(h()))),
        ("the token alone", guard_with(jwt, policy(), |token| warp::any().and(token).map(h()))),
        ("the token first", guard_with(jwt, policy(), |token| token.and(warp::path!("x")).map(h()))),
        (
            "the token after a method",
            guard_with(jwt, policy(), |token| warp::path!("x").and(warp::options()).and(token).map(h())),
        ),
        (
            "several methods",
            guard_with(jwt, policy(), |token| {
                let methods = warp::get().or(warp::options()).unify();
                warp::path!("x").and(methods).and(token).map(h())
            }),
        ),
        ("a guard in a guard", nested),
        (
            "a body",
            guard(jwt, |token| {
                warp::path!("x")
                    .and(token)
                    .and(warp::body::bytes())
                    .map(move |_: AccessToken, _: bytes::Bytes| reply.run().into_response())
            }),
        ),
    ];
    for (name, routes) in forms.into_iter().chain(warp_extractors(guarded)) {
        for layered in [false, true] {
            let ask = async |method: &str, path: &str, fields: &[(&str, &str)]| {
                let request = request(method, path, fields);
                if layered {
                    ask_service(JwtLayer::new(jwt).layer(warp::service(routes.clone())), request).await
                } else {
                    ask_warp(&routes, request).await
                }
            };
            for method in METHODS {
                for path in ["/x", "/nowhere"] {
                    ask(method, path, &[]).await;
                    assert_eq!(guarded.take(), 0, "warp, {name}, a layer: {layered}: {method} {path}");
                }
            }
            let token = format!("Bearer {}", jwt.access_token("alice").fresh().encode().unwrap());
            ask(Method::OPTIONS.as_str(), "/x", &[("authorization", &token)]).await;
            let served = guarded.take() > 0 || name.contains("refresh") || name.contains("user");
            assert!(served, "warp, {name}, a layer: {layered}: nothing is served");
        }
    }
}
