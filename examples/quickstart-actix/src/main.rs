//! Login, a protected route and refresh on actix-web.
//!
//! ```sh
//! cargo run -p quickstart-actix # options, after --: --port N, --token-lifetime SECONDS, --cookies
//!
//! curl -i -X POST http://127.0.0.1:5000/login -H 'Content-Type: application/json' -d '{"username":"test","password":"test"}'
//! curl -i http://127.0.0.1:5000/protected
//! curl -i http://127.0.0.1:5000/protected -H 'Authorization: Bearer ACCESS_TOKEN'
//! curl -i -X POST http://127.0.0.1:5000/refresh -H 'Authorization: Bearer REFRESH_TOKEN'
//! ```
//!
//! It prints such lines with real tokens in them; with `--cookies`, lines for tokens in cookies. What is the same on
//! every framework is in `../quickstart-shared`: the manager with its custom answers, and how tokens are issued.

use std::process::ExitCode;

use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use jwt_actix::{AccessToken, NotIssued, RefreshToken, with_cookies};
use quickstart_shared::{Credentials, Error, Issued, Options, Quickstart};
use serde_json::Value;

fn app(quickstart: Quickstart) -> impl FnOnce(&mut ServiceConfig) {
    // Resources answer other methods with 405; routes put on the application itself answer 404.
    |config| {
        config
            // For the extractors.
            .app_data(Data::new(quickstart.jwt().clone()))
            .app_data(Data::new(quickstart))
            .service(web::resource("/login").post(login))
            .service(web::resource("/protected").get(protected))
            .service(web::resource("/refresh").post(refresh));
    }
}

async fn login(
    quickstart: Data<Quickstart>,
    credentials: Json<Credentials>,
) -> Result<HttpResponse, NotIssued> {
    let Some(user) = credentials.user() else {
        return Ok(HttpResponse::Unauthorized().json(quickstart_shared::bad_credentials()));
    };
    respond(&quickstart.log_in(user)?)
}

async fn protected(AccessToken(token): AccessToken) -> Json<Value> {
    Json(quickstart_shared::hello(token.identity()))
}

async fn refresh(
    quickstart: Data<Quickstart>,
    RefreshToken(token): RefreshToken,
) -> Result<HttpResponse, NotIssued> {
    respond(&quickstart.renew(token.identity())?)
}

fn respond(issued: &Issued<'_>) -> Result<HttpResponse, NotIssued> {
    let response = HttpResponse::Ok().json(issued.body());
    match issued.cookies() {
        Some(cookies) => with_cookies(&cookies, response),
        None => Ok(response),
    }
}

#[actix_web::main]
async fn main() -> ExitCode {
    quickstart_shared::exit_code(serve(&Options::from_command_line()).await)
}

async fn serve(options: &Options) -> Result<(), Error> {
    let listener = quickstart_shared::listen(options)?;
    let quickstart = Quickstart::new(options)?;
    quickstart_shared::print_walkthrough(&quickstart, &listener)?;
    let server = HttpServer::new(move || App::new().configure(app(quickstart.clone()))).listen(listener)?;
    Ok(server.run().await?)
}
