//! Login, a protected route and refresh on axum.
//!
//! ```sh
//! cargo run -p quickstart # options, after --: --port N, --token-lifetime SECONDS, --cookies
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

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jwt_axum::{AccessToken, JwtManager, NotIssued, RefreshToken, with_cookies};
use quickstart_shared::{Credentials, Error, Issued, Options, Quickstart};
use serde_json::Value;

/// The state of the routes. The extractors need the manager in it.
#[derive(Clone)]
struct AppState(Quickstart);

impl FromRef<AppState> for JwtManager {
    fn from_ref(AppState(quickstart): &AppState) -> Self {
        quickstart.jwt().clone()
    }
}

fn app(quickstart: Quickstart) -> Router {
    Router::new()
        .route("/login", post(login))
        .route("/protected", get(protected))
        .route("/refresh", post(refresh))
        .with_state(AppState(quickstart))
}

async fn login(
    State(AppState(quickstart)): State<AppState>,
    Json(credentials): Json<Credentials>,
) -> Result<Response, NotIssued> {
    let Some(user) = credentials.user() else {
        return Ok((StatusCode::UNAUTHORIZED, Json(quickstart_shared::bad_credentials())).into_response());
    };
    respond(&quickstart.log_in(user)?)
}

async fn protected(AccessToken(token): AccessToken) -> Json<Value> {
    Json(quickstart_shared::hello(token.identity()))
}

async fn refresh(
    State(AppState(quickstart)): State<AppState>,
    RefreshToken(token): RefreshToken,
) -> Result<Response, NotIssued> {
    respond(&quickstart.renew(token.identity())?)
}

fn respond(issued: &Issued<'_>) -> Result<Response, NotIssued> {
    let body = Json(issued.body());
    match issued.cookies() {
        Some(cookies) => with_cookies(&cookies, body),
        None => Ok(body.into_response()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    quickstart_shared::exit_code(serve(&Options::from_command_line()).await)
}

async fn serve(options: &Options) -> Result<(), Error> {
    let listener = quickstart_shared::listen(options)?;
    let quickstart = Quickstart::new(options)?;
    quickstart_shared::print_walkthrough(&quickstart, &listener)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    Ok(axum::serve(listener, app(quickstart)).await?)
}
