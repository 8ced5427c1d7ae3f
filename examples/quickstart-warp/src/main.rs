//! Login, a protected route and refresh on warp.
//!
//! ```sh
//! cargo run -p quickstart-warp # options: --port N, --token-lifetime SECONDS
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

use jwt_warp::{AccessToken, JwtManager, NotIssued, RefreshToken, guard};
use quickstart_shared::{Credentials, Error, Options};
use serde_json::Value;
use warp::http::StatusCode;
use warp::{Filter, Rejection, Reply};

/// Warp itself reads a body of any length.
const MAX_LOGIN_BYTES: u64 = 16 * 1024;

fn app(jwt: &JwtManager) -> impl Filter<Extract = (impl Reply + use<>,), Error = Rejection> + Clone + use<> {
    let for_login = jwt.clone();
    let login = warp::path!("login")
        .and(warp::post())
        .and(warp::body::content_length_limit(MAX_LOGIN_BYTES))
        .and(warp::body::json())
        .map(move |credentials: Credentials| login(&for_login, &credentials));
    let protected = guard(jwt, |token| {
        warp::path!("protected").and(warp::get()).and(token).map(|AccessToken(token): AccessToken| {
            warp::reply::json(&quickstart_shared::hello(token.identity()))
        })
    });
    let for_refresh = jwt.clone();
    let refresh = guard(jwt, |token| {
        warp::path!("refresh")
            .and(warp::post())
            .and(token)
            .map(move |token: RefreshToken| refresh(&for_refresh, &token))
    });
    login.or(protected).or(refresh)
}

fn login(jwt: &JwtManager, credentials: &Credentials) -> Result<impl Reply + use<>, NotIssued> {
    let Some(user) = credentials.user() else {
        return Ok(reply(StatusCode::UNAUTHORIZED, &quickstart_shared::bad_credentials()));
    };
    let access = jwt.access_token(user).fresh().encode()?;
    let refresh = jwt.refresh_token(user).encode()?;
    Ok(reply(StatusCode::OK, &quickstart_shared::new_tokens(&access, &refresh)))
}

fn refresh(jwt: &JwtManager, RefreshToken(token): &RefreshToken) -> Result<impl Reply + use<>, NotIssued> {
    // Not fresh: nobody has given a password just now.
    let access = jwt.access_token(token.identity()).encode()?;
    Ok(reply(StatusCode::OK, &quickstart_shared::new_access_token(&access)))
}

fn reply(status: StatusCode, body: &Value) -> impl Reply + use<> {
    warp::reply::with_status(warp::reply::json(body), status)
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
    warp::serve(app(&jwt)).incoming(listener).run().await;
    Ok(())
}
