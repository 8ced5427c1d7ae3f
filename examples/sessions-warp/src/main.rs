//! Sessions on warp: log in on two devices, log out of one, exchange a refresh token, catch a thief with a stolen one,
//! log out everywhere.
//!
//! ```sh
//! cargo run -p sessions-warp
//! ```
//!
//! It serves the routes below on a free port, plays that story with them, prints each step with its answer, and ends. The
//! exit code is 0 if every answer was as told. The story is in `../sessions-shared`, the same for every framework.

use std::io;
use std::net::TcpListener;
use std::process::ExitCode;

use jwt_warp::{AccessToken, Auth, JwtManager, auth, guard};
use sessions_shared::Device;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

fn app(jwt: &JwtManager) -> impl Filter<Extract = (impl Reply + use<>,), Error = Rejection> + Clone + use<> {
    let login = warp::path!("login").and(warp::post()).and(auth(jwt)).and(warp::body::json()).then(login);
    let hello = guard(jwt, |token| {
        warp::path!("hello")
            .and(warp::get())
            .and(token)
            .map(|AccessToken(token): AccessToken| warp::reply::json(&sessions_shared::hello(&token)))
    });
    let refresh = warp::path!("refresh").and(warp::post()).and(auth(jwt)).then(refresh);
    let logout = warp::path!("logout").and(warp::post()).and(auth(jwt)).then(logout);
    let logout_all = warp::path!("logout-all").and(warp::post()).and(auth(jwt)).then(logout_all);
    let sessions =
        guard(jwt, |token| warp::path!("sessions").and(warp::get()).and(auth(jwt)).and(token).then(sessions));
    login.or(hello).or(refresh).or(logout).or(logout_all).or(sessions)
}

async fn login(auth: Auth, device: Device) -> Response {
    auth.log_in(device.log_in(auth.jwt())).await
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
        Ok(sessions) => warp::reply::json(&sessions).into_response(),
        Err(error) => auth.refuse(error),
    }
}

#[tokio::main]
async fn serve(jwt: &JwtManager, listener: TcpListener) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    warp::serve(app(jwt)).incoming(listener).run().await;
    Ok(())
}

fn main() -> ExitCode {
    sessions_shared::play("warp", serve)
}
