//! Sessions on axum: log in on two devices, log out of one, exchange a refresh token, catch a thief with a stolen one,
//! log out everywhere.
//!
//! ```sh
//! cargo run -p sessions
//! ```
//!
//! It serves the routes below on a free port, plays that story with them, prints each step with its answer, and ends. The
//! exit code is 0 if every answer was as told. The story is in `../sessions-shared`, the same for every framework.

use std::io;
use std::net::TcpListener;
use std::process::ExitCode;

use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jwt_axum::{AccessToken, Auth, JwtManager};
use serde_json::Value;
use sessions_shared::Device;

fn app(jwt: JwtManager) -> Router {
    Router::new()
        .route("/login", post(login))
        .route("/hello", get(hello))
        .route("/refresh", post(refresh))
        .route("/logout", post(logout))
        .route("/logout-all", post(logout_all))
        .route("/sessions", get(sessions))
        .with_state(jwt)
}

async fn login(auth: Auth, Json(device): Json<Device>) -> Response {
    auth.log_in(device.log_in(auth.jwt())).await
}

async fn hello(AccessToken(token): AccessToken) -> Json<Value> {
    Json(sessions_shared::hello(&token))
}

async fn refresh(auth: Auth) -> Response {
    auth.rotate().await
}

async fn logout(auth: Auth) -> Response {
    auth.log_out().await
}

async fn logout_all(auth: Auth) -> Response {
    auth.log_out_everywhere().await
}

async fn sessions(auth: Auth, AccessToken(token): AccessToken) -> Response {
    match sessions_shared::sessions(auth.jwt(), &token).await {
        Ok(sessions) => Json(sessions).into_response(),
        Err(error) => auth.refuse(error),
    }
}

#[tokio::main]
async fn serve(jwt: &JwtManager, listener: TcpListener) -> io::Result<()> {
    axum::serve(tokio::net::TcpListener::from_std(listener)?, app(jwt.clone())).await
}

fn main() -> ExitCode {
    sessions_shared::play("axum", serve)
}
