//! Tokens and CSRF values in bodies: the guard reads the body, and the handler reads it again with its framework's
//! extractors.

use std::collections::HashMap;

use actix_web::{App as Actix, HttpResponse, test as actix, web};
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use jwt_core::{Config, ErrorHandlers, ErrorResponse, JwtManager, Location, Policy, Refusal};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tower_layer::Layer as _;
use warp::Filter as _;

use crate::support::SECRET;

const LIMIT: usize = 1024;

fn config() -> Config {
    Config::default()
        .token_location([Location::Header, Location::Cookie, Location::Json])
        .csrf_check_form(true)
        .buffered_body(LIMIT)
}

fn manager() -> JwtManager {
    JwtManager::builder(config()).secret(SECRET).build().unwrap()
}

/// A POST request, before it is converted to a framework's type.
#[derive(Clone, Debug)]
struct Post {
    path: &'static str,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Post {
    fn json(path: &'static str, body: &Value) -> Self {
        let fields = vec![("content-type", "application/json".into())];
        Self { path, fields, body: body.to_string().into_bytes() }
    }

    fn form(path: &'static str, body: &str) -> Self {
        let fields = vec![("content-type", "application/x-www-form-urlencoded".into())];
        Self { path, fields, body: body.into() }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    fn request<B: From<Vec<u8>>>(&self) -> Request<B> {
        let mut request = Request::post(self.path);
        for (name, value) in &self.fields {
            request = request.header(*name, value);
        }
        request.body(B::from(self.body.clone())).unwrap()
    }
}

type Answer = (u16, String);

async fn on_axum(jwt: &JwtManager, post_: &Post) -> Answer {
    use axum::Json;
    use axum::extract::Form;
    use jwt_axum::AccessToken;
    let app = Router::new()
        .route("/json", post(async |AccessToken(_): AccessToken, Json(body): Json<Value>| body.to_string()))
        .route(
            "/form",
            post(async |AccessToken(_): AccessToken, Form(form): Form<HashMap<String, String>>| {
                form["note"].clone()
            }),
        )
        .route("/bytes", post(async |AccessToken(_): AccessToken, body: Bytes| body))
        .route_layer(jwt_axum::require(jwt, Policy::access()))
        .route("/unguarded", post(async |AccessToken(_): AccessToken| "never"))
        .route("/public", post(async |body: Bytes| body))
        .with_state(jwt.clone());
    let answer = app.oneshot(post_.request::<Body>()).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn on_actix(jwt: &JwtManager, post: &Post) -> Answer {
    use jwt_actix::AccessToken;
    async fn json(_: AccessToken, body: web::Json<Value>) -> String {
        body.to_string()
    }
    async fn form(_: AccessToken, form: web::Form<HashMap<String, String>>) -> String {
        form["note"].clone()
    }
    async fn bytes(_: AccessToken, body: web::Bytes) -> web::Bytes {
        body
    }
    async fn public(body: web::Bytes) -> web::Bytes {
        body
    }
    async fn unguarded(_: AccessToken) -> HttpResponse {
        HttpResponse::Ok().body("never")
    }
    let guard = || jwt_actix::require(jwt, Policy::access());
    let app = Actix::new()
        .app_data(web::Data::new(jwt.clone()))
        .route("/json", web::post().to(json).wrap(guard()))
        .route("/form", web::post().to(form).wrap(guard()))
        .route("/bytes", web::post().to(bytes).wrap(guard()))
        .route("/unguarded", web::post().to(unguarded))
        .route("/public", web::post().to(public));
    let app = actix::init_service(app).await;
    let mut request = actix::TestRequest::post().uri(post.path).set_payload(post.body.clone());
    for (name, value) in &post.fields {
        request = request.append_header((*name, value.as_str()));
    }
    let answer = actix::call_service(&app, request.to_request()).await;
    let status = answer.status().as_u16();
    (status, String::from_utf8(actix::read_body(answer).await.to_vec()).unwrap())
}

async fn on_warp(jwt: &JwtManager, post: &Post, layered: bool) -> Answer {
    use jwt_warp::{AccessToken, JwtLayer, guard};
    let at = |path: &'static str| warp::path(path).and(warp::path::end()).and(warp::post());
    let json = guard(jwt, |token| {
        at("json").and(token).and(warp::body::json()).map(|_: AccessToken, body: Value| body.to_string())
    });
    let form = guard(jwt, |token| {
        at("form")
            .and(token)
            .and(warp::body::form())
            .map(|_: AccessToken, form: HashMap<String, String>| form["note"].clone())
    });
    let bytes = guard(jwt, |token| {
        at("bytes")
            .and(token)
            .and(warp::body::bytes())
            .map(|_: AccessToken, body: Bytes| String::from_utf8(body.to_vec()).unwrap())
    });
    let public =
        at("public").and(warp::body::bytes()).map(|body: Bytes| String::from_utf8(body.to_vec()).unwrap());
    let service = warp::service(json.or(form).or(bytes).or(public));
    let request = post.request::<Full<Bytes>>();
    let answer = if layered {
        JwtLayer::new(jwt).layer(service).oneshot(request).await.unwrap()
    } else {
        service.oneshot(request).await.unwrap()
    };
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn everywhere(jwt: &JwtManager, post: &Post) -> Answer {
    let answers = [on_axum(jwt, post).await, on_actix(jwt, post).await, on_warp(jwt, post, true).await];
    let [first, second, third] = answers;
    assert_eq!(first, second, "axum and actix: {post:?}");
    assert_eq!(first, third, "axum and warp: {post:?}");
    first
}

/// A token and its CSRF value.
fn issue(jwt: &JwtManager) -> (String, String) {
    let token = jwt.access_token("alice").encode().unwrap();
    let csrf = jwt.decode(&token).unwrap().claims()["csrf"].as_str().unwrap().to_owned();
    (token, csrf)
}

#[actix_web::test]
async fn a_body_with_a_token_is_still_there_for_the_handler() {
    let jwt = manager();
    let (token, _) = issue(&jwt);
    let body = json!({"access_token": token, "note": "hello"});
    for path in ["/json", "/bytes"] {
        let (status, answer) = everywhere(&jwt, &Post::json(path, &body)).await;
        assert_eq!((status, serde_json::from_str(&answer).unwrap()), (200, body.clone()), "{path}");
    }
    let (status, answer) = everywhere(&jwt, &Post::json("/json", &json!({"access_token": "rubbish"}))).await;
    assert_eq!((status, &*answer), (422, r#"{"msg":"Not enough segments"}"#));
    let (status, answer) = everywhere(&jwt, &Post::json("/json", &json!({"note": "hello"}))).await;
    assert_eq!(status, 401, "{answer}");
    assert!(answer.contains(r#"Missing \"access_token\" key in json data."#), "{answer}");
}

#[actix_web::test]
async fn a_form_with_a_csrf_value_is_still_there_for_the_handler() {
    let jwt = manager();
    let (token, csrf) = issue(&jwt);
    let cookie = format!("access_token_cookie={token}");
    let ask = async |body: &str| everywhere(&jwt, &Post::form("/form", body).with("cookie", &cookie)).await;
    assert_eq!(ask(&format!("csrf_token={csrf}&note=a%20b")).await, (200, "a b".into()));
    let (status, answer) = ask("csrf_token=wrong&note=a").await;
    assert_eq!((status, &*answer), (401, r#"{"msg":"CSRF double submit tokens do not match"}"#));
    let (status, answer) = ask("note=a").await;
    assert_eq!((status, &*answer), (401, r#"{"msg":"Missing CSRF token"}"#));
}

#[actix_web::test]
async fn a_body_over_the_limit_is_read_only_where_it_must_be() {
    struct Named;
    impl ErrorHandlers for Named {
        fn invalid_request(&self, refusal: &Refusal<'_>) -> ErrorResponse {
            let body = json!({"code": refusal.default_status().as_u16(), "why": refusal.reason()});
            ErrorResponse::json(refusal.default_status(), &body)
        }
    }
    let jwt = JwtManager::builder(config()).secret(SECRET).error_handlers(Named).build().unwrap();
    let (token, csrf) = issue(&jwt);
    let long = json!({"access_token": token, "note": "x".repeat(LIMIT)});
    let (status, answer) = everywhere(&jwt, &Post::json("/json", &long)).await;
    assert_eq!((status, &*answer), (413, r#"{"code":413,"why":"Request body is too large"}"#));
    let form = Post::form("/form", &format!("csrf_token={csrf}&note={}", "x".repeat(LIMIT)));
    let form = form.with("cookie", format!("access_token_cookie={token}"));
    assert_eq!(everywhere(&jwt, &form).await.0, 413);

    // If the token is in an earlier location, the body could have a second one, but the request does not depend on it.
    // The handler gets all of it.
    let bearer = Post::json("/json", &long).with("authorization", format!("Bearer {token}"));
    let (status, answer) = everywhere(&jwt, &bearer).await;
    assert_eq!((status, serde_json::from_str(&answer).unwrap()), (200, long.clone()));
    assert_eq!(on_warp(&jwt, &bearer, false).await.0, 200);
    let bad = Post::json("/json", &long).with("authorization", "Bearer rubbish");
    assert_eq!(everywhere(&jwt, &bad).await.0, 422);
    let bytes = Post { fields: vec![("cookie", format!("access_token_cookie={token}"))], ..bearer }
        .with("x-csrf-token", csrf)
        .with("content-type", "application/octet-stream");
    assert_eq!(everywhere(&jwt, &Post { path: "/bytes", ..bytes }).await.0, 200);
    // Public routes accept any body.
    for body in [json!({"any": "thing"}), long] {
        let public = Post::json("/public", &body);
        assert_eq!(everywhere(&jwt, &public).await, (200, body.to_string()));
    }
}

/// A JSON body that arrives in chunks, without a `Content-Length`.
fn in_pieces(path: &str, pieces: Vec<std::io::Result<String>>) -> Request<Pieces> {
    let frames = pieces.into_iter().map(|piece| piece.map(|text| http_body::Frame::data(text.into())));
    let body = http_body_util::StreamBody::new(futures_util::stream::iter(frames.collect::<Vec<_>>()));
    Request::post(path).header("content-type", "application/json").body(body).unwrap()
}

type Pieces = http_body_util::StreamBody<
    futures_util::stream::Iter<std::vec::IntoIter<std::io::Result<http_body::Frame<Bytes>>>>,
>;

#[actix_web::test]
async fn warps_layer_hands_on_what_it_has_not_read_to_the_end() {
    let jwt = manager();
    let guarded = jwt_warp::guard(&jwt, |token| {
        warp::path!("guarded").and(warp::post()).and(token).map(|_: jwt_warp::AccessToken| "in")
    });
    let public = warp::path!("public").and(warp::post()).and(warp::body::bytes());
    let public = public.map(|body: Bytes| String::from_utf8(body.to_vec()).unwrap());
    let ask = async |path, pieces| {
        let service = warp::service(guarded.clone().or(public));
        let answer =
            jwt_warp::JwtLayer::new(&jwt).layer(service).oneshot(in_pieces(path, pieces)).await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.into_body().collect().await.unwrap().to_bytes())
    };
    let long = || vec![Ok("x".repeat(LIMIT)), Ok("y".into()), Ok("z".repeat(LIMIT))];
    let (status, body) = ask("/public", long()).await;
    assert_eq!((status, body.len(), body[LIMIT]), (200, 2 * LIMIT + 1, b'y'));
    assert_eq!(ask("/guarded", long()).await.0, 413);
    let broken = || vec![Ok("{".into()), Err(std::io::Error::other("gone"))];
    let (status, body) = ask("/guarded", broken()).await;
    assert_eq!((status, &*body), (400, &br#"{"msg":"Request body is unreadable"}"#[..]));
    assert_ne!(ask("/public", broken()).await.0, 200);
}

#[actix_web::test]
async fn without_a_guard_nothing_is_let_in() {
    let jwt = manager();
    let (token, _) = issue(&jwt);
    let body = json!({"access_token": token});
    let post = Post::json("/unguarded", &body);
    for (status, answer) in [on_axum(&jwt, &post).await, on_actix(&jwt, &post).await] {
        assert_eq!(status, 401, "anyone can send such a request");
        assert!(answer.contains("The request body was not read"), "{answer}");
    }
    let (status, _) = on_warp(&jwt, &Post::json("/json", &body), false).await;
    assert_eq!(status, 401, "without the layer");
    // A body that cannot contain a token is rejected as usual.
    let bytes = Post { fields: Vec::new(), ..post };
    assert_eq!(on_axum(&jwt, &bytes).await.0, 401);
    assert_eq!(on_actix(&jwt, &bytes).await.0, 401);
}

#[actix_web::test]
async fn a_body_that_breaks_off_is_a_bad_request() {
    let jwt = manager();
    let broken = http_body_util::StreamBody::new(futures_util::stream::iter([
        Ok(http_body::Frame::data(Bytes::from_static(b"{\"access_token\""))),
        Err(std::io::Error::other("gone")),
    ]));
    let app = Router::new()
        .route("/", post(async || "never"))
        .route_layer(jwt_axum::require(&jwt, Policy::access()))
        .with_state(jwt.clone());
    let request =
        Request::post("/").header("content-type", "application/json").body(Body::new(broken)).unwrap();
    let answer = app.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 400);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, r#"{"msg":"Request body is unreadable"}"#);
}
