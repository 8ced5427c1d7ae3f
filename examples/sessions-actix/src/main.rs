//! Sessions on actix-web: log in on two devices, log out of one, exchange a refresh token, catch a thief with a stolen one,
//! log out everywhere.
//!
//! ```sh
//! cargo run -p sessions-actix
//! ```
//!
//! It serves the routes below on a free port, plays that story with them, prints each step with its answer, and ends. The
//! exit code is 0 if every answer was as told. The story is in `../sessions-shared`, the same for every framework.

use std::io;
use std::net::TcpListener;
use std::process::ExitCode;

use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use jwt_actix::{AccessToken, Auth, JwtManager};
use serde_json::Value;
use sessions_shared::Device;

fn app(jwt: JwtManager) -> impl FnOnce(&mut ServiceConfig) {
    |config| {
        config
            .app_data(Data::new(jwt))
            .service(web::resource("/login").post(login))
            .service(web::resource("/hello").get(hello))
            .service(web::resource("/refresh").post(refresh))
            .service(web::resource("/logout").post(logout))
            .service(web::resource("/logout-all").post(logout_all))
            .service(web::resource("/sessions").get(sessions));
    }
}

async fn login(auth: Auth, device: Json<Device>) -> HttpResponse {
    auth.log_in(device.log_in(auth.jwt())).await
}

async fn hello(AccessToken(token): AccessToken) -> Json<Value> {
    Json(sessions_shared::hello(&token))
}

async fn refresh(auth: Auth) -> HttpResponse {
    auth.rotate().await
}

async fn logout(auth: Auth) -> HttpResponse {
    auth.log_out().await
}

async fn logout_all(auth: Auth) -> HttpResponse {
    auth.log_out_everywhere().await
}

async fn sessions(auth: Auth, AccessToken(token): AccessToken) -> HttpResponse {
    match sessions_shared::sessions(auth.jwt(), &token).await {
        Ok(sessions) => HttpResponse::Ok().json(sessions),
        Err(error) => auth.refuse(error),
    }
}

#[actix_web::main]
async fn serve(jwt: &JwtManager, listener: TcpListener) -> io::Result<()> {
    let jwt = jwt.clone();
    HttpServer::new(move || App::new().configure(app(jwt.clone()))).listen(listener)?.run().await
}

fn main() -> ExitCode {
    sessions_shared::play("actix-web", serve)
}
