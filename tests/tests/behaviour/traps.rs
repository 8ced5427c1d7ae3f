//! Pitfalls that are specific to each framework.

use actix_web::middleware::DefaultHeaders;
use actix_web::{App as Actix, HttpResponse, test as actix, web};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::Request;
use jwt_core::{Config, JwtManager, Policy, Token};
use jwt_tests::{App, Ask, Extractor, Route};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tower_http::cors::CorsLayer;
use warp::Filter as _;

use crate::support::{builder, expired, manager, on_every};

#[test]
fn a_current_user_of_the_wrong_type_or_without_a_loader_is_a_bare_500() {
    let without = manager();
    let with = builder().user_lookup_loader(|_: Token| async { Some(json!({})) }).build().unwrap();
    let app = || {
        App::new([
            Route::get("/without").extracting(&without, Extractor::User),
            Route::get("/wrong").extracting(&with, Extractor::WrongUser),
        ])
    };
    let token = with.access_token("alice").encode().unwrap();
    on_every(app, |server, framework| {
        for path in ["/without", "/wrong"] {
            let answer = server.ask(Ask::get(path).bearer(&token));
            assert_eq!(answer.status, 500, "{path} on {framework:?}");
            assert_eq!(answer.text(), r#"{"msg":"Internal Server Error"}"#, "{path} on {framework:?}");
            assert_eq!(server.ask(Ask::get(path)).status, 401, "{path} on {framework:?}");
        }
    });
}

#[actix_web::test]
async fn actix_makes_an_option_of_every_error_and_optional_token_does_not() {
    let jwt = manager();
    async fn swallowed(token: Option<jwt_actix::AccessToken>) -> HttpResponse {
        HttpResponse::Ok().body(if token.is_some() { "somebody" } else { "nobody" })
    }
    async fn kept(token: jwt_actix::OptionalToken) -> HttpResponse {
        HttpResponse::Ok().body(if token.0.is_some() { "somebody" } else { "nobody" })
    }
    let app = Actix::new()
        .app_data(web::Data::new(jwt.clone()))
        .route("/swallowed", web::get().to(swallowed))
        .route("/kept", web::get().to(kept));
    let app = actix::init_service(app).await;
    let ask =
        |path: &str| actix::TestRequest::get().uri(path).insert_header(("authorization", "Bearer forged"));
    let swallowed = actix::call_service(&app, ask("/swallowed").to_request()).await;
    assert_eq!(swallowed.status(), 200, "a forged token counts as none");
    let kept = actix::call_service(&app, ask("/kept").to_request()).await;
    assert_eq!(kept.status(), 422);
    let absent = actix::call_service(&app, actix::TestRequest::get().uri("/kept").to_request()).await;
    assert_eq!(actix::read_body(absent).await, "nobody");
}

#[actix_web::test]
async fn actix_finds_its_manager_with_and_without_data_and_says_when_there_is_none() {
    let jwt = manager();
    async fn handler(_: jwt_actix::AccessToken) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let app = Actix::new()
        .service(web::resource("/plain").app_data(web::Data::new(jwt.clone())).to(handler))
        .service(web::resource("/data").app_data(web::Data::new(jwt.clone())).to(handler))
        .service(web::resource("/none").to(handler));
    let app = actix::init_service(app).await;
    let token = jwt.access_token("alice").encode().unwrap();
    for (path, status) in [("/plain", 200), ("/data", 200), ("/none", 500)] {
        let bearer = ("authorization", format!("Bearer {token}"));
        let ask = actix::TestRequest::get().uri(path).insert_header(bearer).to_request();
        assert_eq!(actix::call_service(&app, ask).await.status(), status, "{path}");
    }
}

#[actix_web::test]
async fn actix_takes_the_manager_of_the_nearest_scope() {
    let outer = manager();
    let other = JwtManager::builder(Config::default())
        .secret("FoJusTeKuDFmi7ZCPvmW0QdpaJD6oCzfV1NIuk8Io5yaGKbX")
        .build()
        .unwrap();
    async fn handler(_: jwt_actix::AccessToken) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let scope =
        web::scope("/inner").app_data(web::Data::new(other.clone())).route("/", web::get().to(handler));
    let app = Actix::new()
        .app_data(web::Data::new(outer.clone()))
        .service(scope)
        .route("/", web::get().to(handler));
    let app = actix::init_service(app).await;
    for (path, jwt, status) in
        [("/", &outer, 200), ("/", &other, 422), ("/inner/", &other, 200), ("/inner/", &outer, 422)]
    {
        let bearer = ("authorization", format!("Bearer {}", jwt.access_token("alice").encode().unwrap()));
        let ask = actix::TestRequest::get().uri(path).insert_header(bearer).to_request();
        assert_eq!(actix::call_service(&app, ask).await.status(), status, "{path}");
    }
}

#[actix_web::test]
async fn actix_guards_answer_through_the_middleware_around_them() {
    let jwt = manager();
    let ok = || async { HttpResponse::Ok().finish() };
    let scope =
        web::scope("/api").wrap(jwt_actix::require(&jwt, Policy::access())).route("/", web::get().to(ok));
    let app = Actix::new().wrap(DefaultHeaders::new().add(("x-outer", "seen"))).service(scope);
    let app = actix::init_service(app).await;
    let refused = actix::call_service(&app, actix::TestRequest::get().uri("/api/").to_request()).await;
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.headers().get("x-outer").unwrap(), "seen");
    // As the documentation of `require` says, the guard of a scope also runs for unknown paths in it.
    let unknown = actix::call_service(&app, actix::TestRequest::get().uri("/api/nowhere").to_request()).await;
    assert_eq!(unknown.status(), 401);
    let outside = actix::call_service(&app, actix::TestRequest::get().uri("/nowhere").to_request()).await;
    assert_eq!(outside.status(), 404);
}

async fn ask(app: Router, path: &str, token: Option<&str>) -> (u16, Option<String>, Value) {
    let mut request = Request::builder().uri(path).header("origin", "https://app.example");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let cors = response.headers().get("access-control-allow-origin");
    let cors = cors.map(|origin| origin.to_str().unwrap().to_owned());
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, cors, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn axum_guards_keep_404_as_route_layer_and_let_cors_see_their_answer() {
    let jwt = manager();
    let guard = jwt_axum::require(&jwt, Policy::access());
    let routes = || Router::new().route("/", get(|| async {}));
    let by_route_layer = || routes().route_layer(guard.clone()).layer(CorsLayer::permissive());
    assert_eq!(ask(by_route_layer(), "/nowhere", None).await.0, 404);
    let (status, cors, _) = ask(by_route_layer(), "/", None).await;
    assert_eq!((status, cors.as_deref()), (401, Some("*")));
    // The documentation of `require` says this.
    assert_eq!(ask(routes().layer(guard.clone()), "/nowhere", None).await.0, 401);
}

#[tokio::test]
async fn axum_takes_an_option_of_a_token_and_still_refuses_a_bad_one() {
    async fn feed(token: Option<jwt_axum::AccessToken>) -> axum::Json<Value> {
        axum::Json(json!({"identity": token.map(|jwt_axum::AccessToken(token)| token.identity().to_owned())}))
    }
    let jwt = manager();
    let app = || Router::new().route("/", get(feed)).with_state(jwt.clone());
    let good = jwt.access_token("alice").encode().unwrap();
    assert_eq!(ask(app(), "/", None).await, (200, None, json!({"identity": null})));
    assert_eq!(ask(app(), "/", Some(&good)).await, (200, None, json!({"identity": "alice"})));
    assert_eq!(ask(app(), "/", Some("a.b.c")).await.0, 422);
    assert_eq!(ask(app(), "/", Some(&expired(&jwt))).await.0, 401);
}

#[tokio::test]
async fn axum_handlers_may_take_the_rejection_and_decide_for_themselves() {
    async fn lenient(token: Result<jwt_axum::AccessToken, jwt_axum::Rejected>) -> String {
        match token {
            Ok(_) => "welcome".into(),
            Err(rejected) => format!("{:?}: {rejected}", rejected.kind()),
        }
    }
    let app = Router::new().route("/", get(lenient)).with_state(manager());
    let request = Request::builder().uri("/").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    assert_eq!(body, "Some(Unauthorized): request has no token");
}

#[tokio::test]
async fn warp_guards_do_not_fall_through_to_a_later_public_route() {
    let jwt = manager();
    let guarded = jwt_warp::guard(&jwt, |token| {
        warp::path!("r").and(warp::get()).and(token).map(|_: jwt_warp::AccessToken| "guarded")
    });
    let public = warp::path!("r").and(warp::get()).map(|| "public");
    let elsewhere = warp::path!("elsewhere").and(warp::get()).map(|| "elsewhere");
    let routes = guarded.or(public).or(elsewhere);
    let service = warp::service(routes);
    let ask = async |method: &str, path: &str, token: Option<String>| {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
        service.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    let token = jwt.access_token("alice").encode().unwrap();
    assert_eq!(ask("GET", "/r", None).await, 401);
    assert_eq!(ask("GET", "/r", Some("forged".into())).await, 422);
    assert_eq!(ask("GET", "/r", Some(token)).await, 200);
    assert_eq!(ask("GET", "/elsewhere", None).await, 200);
    assert_eq!(ask("GET", "/nowhere", None).await, 404);
    assert_eq!(ask("POST", "/r", None).await, 405);
}

#[tokio::test]
async fn warp_guards_leave_the_handlers_own_rejections_alone() {
    let jwt = manager();
    let guarded = jwt_warp::guard(&jwt, |token| {
        warp::path!("users" / u32).and(warp::post()).and(token).and(warp::body::json()).then(
            |id: u32, jwt_warp::AccessToken(token): jwt_warp::AccessToken, note: Value| async move {
                format!("{id} {} {note}", token.identity())
            },
        )
    });
    let service = warp::service(guarded);
    let token = jwt.access_token("alice").encode().unwrap();
    let ask = async |token: &str, body: &'static str| {
        let request = Request::post("/users/7").header("authorization", format!("Bearer {token}"));
        let body = http_body_util::Full::new(bytes::Bytes::from_static(body.as_bytes()));
        service.clone().oneshot(request.body(body).unwrap()).await.unwrap().status().as_u16()
    };
    assert_eq!(ask(&token, "{}").await, 200);
    assert_eq!(ask(&token, "no json").await, 400);
    assert_eq!(ask("forged", "no json").await, 422);
}

#[tokio::test]
async fn a_token_that_cannot_be_issued_is_a_bare_500_on_every_framework() {
    let body = r#"{"msg":"Internal Server Error"}"#;
    let jwt = manager();
    let issue = move || jwt.access_token("alice").claim("sub", "mallory").encode();

    let reply = axum::response::IntoResponse::into_response(jwt_axum::Rejected::from(issue().unwrap_err()));
    assert_eq!(reply.status(), 500);
    assert_eq!(axum::body::to_bytes(reply.into_body(), 1 << 20).await.unwrap(), body);

    let reply = actix_web::ResponseError::error_response(&jwt_actix::Rejected::from(issue().unwrap_err()));
    assert_eq!(reply.status(), 500);
    assert_eq!(actix_web::body::to_bytes(reply.into_body()).await.unwrap(), body);

    let route = warp::any().map(move || issue().map_err(jwt_warp::Rejected::from));
    let request = Request::new(http_body_util::Empty::<bytes::Bytes>::new());
    let reply = warp::service(route).oneshot(request).await.unwrap();
    assert_eq!(reply.status(), 500);
    let collected = http_body_util::BodyExt::collect(reply.into_body()).await.unwrap();
    assert_eq!(collected.to_bytes(), body);
}
