//! Over HTTP/2, a request has no `Host` field, so the page of the site itself was rejected, or the host was not compared.

use actix_web::{App, HttpResponse, test, web};
use axum::Router;
use axum::routing::post;
use jwt_core::session::MemorySessions;
use jwt_core::{Config, JwtManager, Location, Policy};
use warp::{Filter as _, Reply as _};

use crate::Attack;
use crate::direct::{ask_actix, ask_axum, ask_warp, block_on, request};
use crate::support::SECRET;

pub(crate) const ATTACK: Attack = Attack {
    name: "S16",
    tried: "the host of HTTP/2, which is the authority of the target, in guards and in Auth",
    on: "axum, actix-web, warp",
    run,
};

fn run() {
    let config = Config::default().token_location([Location::Cookie]).csrf_check_origin(true);
    let builder = JwtManager::builder(config).secret(SECRET).session_store(MemorySessions::new());
    let jwt = builder.build().unwrap();
    block_on(async {
        let axum = Router::new()
            .route("/guard", post(|| async {}).route_layer(jwt_axum::require(&jwt, Policy::access())))
            .route("/auth", post(async |auth: jwt_axum::Auth| auth.log_out().await))
            .with_state(jwt.clone());
        let handler = || async { HttpResponse::Ok().finish() };
        let log_out = |auth: jwt_actix::Auth| async move { auth.log_out().await };
        let actix = App::new()
            .app_data(web::Data::new(jwt.clone()))
            .route("/guard", web::post().to(handler).wrap(jwt_actix::require(&jwt, Policy::access())))
            .route("/auth", web::post().to(log_out));
        let actix = test::init_service(actix).await;
        let guard = jwt_warp::guard(&jwt, |token| {
            warp::path!("guard").and(token).map(|_: jwt_warp::AccessToken| warp::reply().into_response())
        });
        let log_out = async |auth: jwt_warp::Auth| auth.log_out().await;
        let auth = warp::path!("auth").and(jwt_warp::auth(&jwt)).then(log_out);
        let warp = guard.or(auth);

        for (path, origin, host, status) in [
            ("/guard", "https://evil.example", None, 401),
            ("/auth", "https://evil.example", None, 401),
            ("/guard", "https://api.example:8443", None, 401),
            ("/guard", "https://api.example", None, 200),
            ("/guard", "https://api.example", Some("api.example"), 200),
            ("/auth", "https://api.example", None, 200),
        ] {
            for framework in ["axum", "actix-web", "warp"] {
                let pair = jwt.log_in("alice").await.unwrap();
                let csrf = jwt.decode(pair.access()).unwrap().csrf().unwrap();
                let cookie = format!("access_token_cookie={}", pair.access());
                let mut fields = vec![("cookie", &*cookie), ("x-csrf-token", &*csrf), ("origin", origin)];
                fields.extend(host.map(|host| ("host", host)));
                let asking = request("POST", &format!("https://api.example{path}"), &fields);
                let reply = match framework {
                    "axum" => ask_axum(&axum, asking).await,
                    "actix-web" => ask_actix!(&actix, asking),
                    _ => ask_warp(&warp, asking).await,
                };
                assert_eq!(reply.status, status, "{framework}: {path} {origin} {host:?}");
            }
        }
        // Without a host, a browser's request cannot be compared, and is rejected.
        let token = jwt.access_token("alice").encode().unwrap();
        let csrf = jwt.decode(&token).unwrap().csrf().unwrap();
        let cookie = format!("access_token_cookie={token}");
        let fields = [("cookie", &*cookie), ("x-csrf-token", &*csrf), ("origin", "https://api.example")];
        let asking = || request("POST", "/guard", &fields);
        assert_eq!(ask_axum(&axum, asking()).await.status, 401);
        assert_eq!(ask_actix!(&actix, asking()).status, 401);
        assert_eq!(ask_warp(&warp, asking()).await.status, 401);
    });
}
