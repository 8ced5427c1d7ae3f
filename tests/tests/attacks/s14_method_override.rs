//! A middleware between a guard and an extractor turned a safe method into one that requires a CSRF value.

use actix_web::dev::Service as _;
use actix_web::{App, HttpResponse, test, web};
use axum::Router;
use axum::routing::any;
use http::{Method, Request};
use jwt_core::{Config, JwtManager, Location, Policy};
use tower::Layer as _;
use warp::Filter as _;

use crate::Attack;
use crate::direct::{ask_actix, ask_axum, ask_service, block_on, request};
use crate::support::SECRET;

pub(crate) const ATTACK: Attack = Attack {
    name: "S14",
    tried: "a method override behind the guard: GET with a cookie becomes POST, which an extractor accepts",
    on: "axum, actix-web, warp with its layer",
    run,
};

fn run() {
    let config = Config::default().token_location([Location::Cookie]);
    let jwt = JwtManager::builder(config).secret(SECRET).build().unwrap();
    let token = jwt.access_token("alice").encode().unwrap();
    let csrf = jwt.decode(&token).unwrap().csrf().unwrap();
    let cookie = format!("access_token_cookie={token}");
    let get = || request("GET", "/x", &[("cookie", &cookie)]);
    let with_value = || request("GET", "/x", &[("cookie", &cookie), ("x-csrf-token", &csrf)]);
    block_on(async {
        async fn axum_handler(method: Method, _: jwt_axum::AccessToken) -> String {
            method.to_string()
        }
        async fn to_post(
            mut request: axum::extract::Request,
            next: axum::middleware::Next,
        ) -> axum::response::Response {
            *request.method_mut() = Method::POST;
            next.run(request).await
        }
        let app = Router::new()
            .route("/x", any(axum_handler))
            .layer(axum::middleware::from_fn(to_post))
            .layer(jwt_axum::require(&jwt, Policy::access()))
            .with_state(jwt.clone());
        assert_eq!(ask_axum(&app, get()).await.status, 401);
        assert_eq!(ask_axum(&app, with_value()).await.body, "POST");

        let handler = |request: actix_web::HttpRequest, _: jwt_actix::AccessToken| async move {
            HttpResponse::Ok().body(request.method().to_string())
        };
        let app = App::new()
            .app_data(web::Data::new(jwt.clone()))
            .service(web::resource("/x").to(handler))
            .wrap_fn(|mut request, inner| {
                request.head_mut().method = actix_web::http::Method::POST;
                inner.call(request)
            })
            .wrap(jwt_actix::require(&jwt, Policy::access()));
        let app = test::init_service(app).await;
        assert_eq!(ask_actix!(&app, get()).status, 401);
        assert_eq!(ask_actix!(&app, with_value()).body, "POST");

        // Filters cannot change a request, but a tower service between the layer and the guards can.
        let routes = jwt_warp::guard(&jwt, |token| {
            let place = warp::path!("x").and(warp::method());
            place.and(token).map(|method: Method, _: jwt_warp::AccessToken| method.to_string())
        });
        let to_post = tower::util::MapRequestLayer::new(|mut request: Request<_>| {
            *request.method_mut() = Method::POST;
            request
        });
        let service = || jwt_warp::JwtLayer::new(&jwt).layer(to_post.layer(warp::service(routes.clone())));
        assert_eq!(ask_service(service(), get()).await.status, 401);
        assert_eq!(ask_service(service(), with_value()).await.body, "POST");
    });
}
