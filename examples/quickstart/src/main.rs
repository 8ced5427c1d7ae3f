//! Login, a protected route and refresh on axum.
//!
//! ```sh
//! cargo run -p quickstart # options: --port N, --token-lifetime SECONDS
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

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use jwt_axum::{AccessToken, JwtManager, NotIssued, RefreshToken};
use quickstart_shared::{Credentials, Error, Options};
use serde_json::Value;

fn app(jwt: JwtManager) -> Router {
    Router::new()
        .route("/login", post(login))
        .route("/protected", get(protected))
        .route("/refresh", post(refresh))
        .with_state(jwt)
}

async fn login(
    State(jwt): State<JwtManager>,
    Json(credentials): Json<Credentials>,
) -> Result<(StatusCode, Json<Value>), NotIssued> {
    let Some(user) = credentials.user() else {
        return Ok((StatusCode::UNAUTHORIZED, Json(quickstart_shared::bad_credentials())));
    };
    let access = jwt.access_token(user).fresh().encode()?;
    let refresh = jwt.refresh_token(user).encode()?;
    Ok((StatusCode::OK, Json(quickstart_shared::new_tokens(&access, &refresh))))
}

async fn protected(AccessToken(token): AccessToken) -> Json<Value> {
    Json(quickstart_shared::hello(token.identity()))
}

async fn refresh(
    State(jwt): State<JwtManager>,
    RefreshToken(token): RefreshToken,
) -> Result<Json<Value>, NotIssued> {
    // Not fresh: nobody has given a password just now.
    let access = jwt.access_token(token.identity()).encode()?;
    Ok(Json(quickstart_shared::new_access_token(&access)))
}

#[tokio::main]
async fn main() -> ExitCode {
    quickstart_shared::exit_code(serve(&Options::from_command_line()).await)
}

async fn serve(options: &Options) -> Result<(), Error> {
    let listener = quickstart_shared::listen(options)?;
    let jwt = quickstart_shared::manager(options)?;
    quickstart_shared::print_walkthrough(&jwt, &listener)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    Ok(axum::serve(listener, app(jwt)).await?)
}
