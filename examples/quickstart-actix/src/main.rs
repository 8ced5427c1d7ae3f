//! Login, a protected route, refresh and logout on actix-web, with sessions.
//!
//! ```sh
//! cargo run -p quickstart-actix # options, after --: --port N, --token-lifetime SECONDS, --cookies,
//!                    # --store memory|sqlite:FILE|postgres://…|redis://…, --replicated
//!
//! curl -i -X POST http://127.0.0.1:5000/login -H 'Content-Type: application/json' -d '{"username":"test","password":"test"}'
//! curl -i http://127.0.0.1:5000/protected
//! curl -i http://127.0.0.1:5000/protected -H 'Authorization: Bearer ACCESS_TOKEN'
//! curl -i http://127.0.0.1:5000/sessions -H 'Authorization: Bearer ACCESS_TOKEN'
//! curl -i -X POST http://127.0.0.1:5000/refresh -H 'Authorization: Bearer REFRESH_TOKEN'
//! curl -i -X POST http://127.0.0.1:5000/logout -H 'Authorization: Bearer ACCESS_TOKEN'
//! curl -i -X POST http://127.0.0.1:5000/logout-all -H 'Authorization: Bearer ACCESS_TOKEN'
//! ```
//!
//! It prints such lines with real tokens in them; with `--cookies`, lines for tokens in cookies. A session is labelled with
//! the `User-Agent`, or with the `device` of the login's body.
//!
//! With `--store`, sessions survive the program: in a file of SQLite, in PostgreSQL
//! (`postgres://USER:PASSWORD@HOST/DATABASE`) or in Redis (`redis://USER:PASSWORD@HOST/NUMBER`, encrypted with `rediss://`).
//! Several programs can share the last two, if they have the same `JWT_SECRET_KEY`. With Redis and `--replicated`, access
//! tokens are looked up in a copy in memory.
//!
//! What is the same on every framework is in `../quickstart-shared`: the manager with its store and its custom answers, who
//! may log in, and the bodies.

use std::process::ExitCode;

use actix_web::http::header::USER_AGENT;
use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use jwt_actix::{AccessToken, Auth, JwtManager};
use quickstart_shared::{Credentials, Error, Options};
use serde_json::Value;

fn app(jwt: JwtManager) -> impl FnOnce(&mut ServiceConfig) {
    // Resources answer other methods with 405; routes put on the application itself answer 404.
    |config| {
        config
            .app_data(Data::new(jwt))
            .service(web::resource("/login").post(login))
            .service(web::resource("/protected").get(protected))
            .service(web::resource("/refresh").post(refresh))
            .service(web::resource("/logout").post(logout))
            .service(web::resource("/logout-all").post(logout_all))
            .service(web::resource("/sessions").get(sessions));
    }
}

async fn login(auth: Auth, request: HttpRequest, credentials: Json<Credentials>) -> HttpResponse {
    let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    match credentials.log_in(auth.jwt(), user_agent) {
        Some(log_in) => auth.log_in(log_in).await,
        None => HttpResponse::Unauthorized().json(quickstart_shared::bad_credentials()),
    }
}

async fn protected(AccessToken(token): AccessToken) -> Json<Value> {
    Json(quickstart_shared::hello(token.identity()))
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
    match quickstart_shared::sessions(auth.jwt(), &token).await {
        Ok(sessions) => HttpResponse::Ok().json(sessions),
        Err(error) => auth.refuse(error),
    }
}

#[actix_web::main]
async fn main() -> ExitCode {
    quickstart_shared::exit_code(serve(&Options::from_command_line()).await)
}

async fn serve(options: &Options) -> Result<(), Error> {
    let listener = quickstart_shared::listen(options)?;
    let jwt = quickstart_shared::manager(options).await?;
    quickstart_shared::print_walkthrough(options, &jwt, &listener).await?;
    let server = HttpServer::new(move || App::new().configure(app(jwt.clone()))).listen(listener)?;
    Ok(server.run().await?)
}
