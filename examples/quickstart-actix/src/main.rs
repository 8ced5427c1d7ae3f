//! Login, a protected route and refresh on actix-web.
//!
//! ```sh
//! cargo run -p quickstart-actix # options: --port N, --token-lifetime SECONDS
//!
//! curl -i -X POST http://127.0.0.1:5000/login -H 'Content-Type: application/json' -d '{"username":"test","password":"test"}'
//! curl -i http://127.0.0.1:5000/protected
//! curl -i http://127.0.0.1:5000/protected -H 'Authorization: Bearer ACCESS_TOKEN'
//! curl -i -X POST http://127.0.0.1:5000/refresh -H 'Authorization: Bearer REFRESH_TOKEN'
//! ```
//!
//! It prints such lines with real tokens in them. The manager and its custom answers, which are the same on every
//! framework, are in `../quickstart-shared`.

use std::process::ExitCode;

use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use jwt_actix::{AccessToken, JwtManager, NotIssued, RefreshToken};
use quickstart_shared::{Credentials, Error, Options};
use serde_json::Value;

fn app(jwt: JwtManager) -> impl FnOnce(&mut ServiceConfig) {
    // Resources answer other methods with 405; routes put on the application itself answer 404.
    |config| {
        config
            .app_data(Data::new(jwt))
            .service(web::resource("/login").post(login))
            .service(web::resource("/protected").get(protected))
            .service(web::resource("/refresh").post(refresh));
    }
}

async fn login(jwt: Data<JwtManager>, credentials: Json<Credentials>) -> Result<HttpResponse, NotIssued> {
    let Some(user) = credentials.user() else {
        return Ok(HttpResponse::Unauthorized().json(quickstart_shared::bad_credentials()));
    };
    let access = jwt.access_token(user).fresh().encode()?;
    let refresh = jwt.refresh_token(user).encode()?;
    Ok(HttpResponse::Ok().json(quickstart_shared::new_tokens(&access, &refresh)))
}

async fn protected(AccessToken(token): AccessToken) -> Json<Value> {
    Json(quickstart_shared::hello(token.identity()))
}

async fn refresh(jwt: Data<JwtManager>, RefreshToken(token): RefreshToken) -> Result<Json<Value>, NotIssued> {
    // Not fresh: nobody has given a password just now.
    let access = jwt.access_token(token.identity()).encode()?;
    Ok(Json(quickstart_shared::new_access_token(&access)))
}

#[actix_web::main]
async fn main() -> ExitCode {
    quickstart_shared::exit_code(serve(&Options::from_command_line()).await)
}

async fn serve(options: &Options) -> Result<(), Error> {
    let listener = quickstart_shared::listen(options)?;
    let jwt = quickstart_shared::manager(options)?;
    quickstart_shared::print_walkthrough(&jwt, &listener)?;
    let server = HttpServer::new(move || App::new().configure(app(jwt.clone()))).listen(listener)?;
    Ok(server.run().await?)
}
