//! Login, a protected route and refresh on warp.
//!
//! ```sh
//! cargo run -p quickstart-warp # options, after --: --port N, --token-lifetime SECONDS, --cookies
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

use jwt_warp::{AccessToken, NotIssued, RefreshToken, guard, with_cookies};
use quickstart_shared::{Credentials, Error, Issued, Options, Quickstart};
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

/// Warp itself reads a body of any length.
const MAX_LOGIN_BYTES: u64 = 16 * 1024;

fn app(
    quickstart: &Quickstart,
) -> impl Filter<Extract = (impl Reply + use<>,), Error = Rejection> + Clone + use<> {
    let jwt = quickstart.jwt();
    let for_login = quickstart.clone();
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
    let for_refresh = quickstart.clone();
    let refresh = guard(jwt, |token| {
        warp::path!("refresh")
            .and(warp::post())
            .and(token)
            .map(move |token: RefreshToken| refresh(&for_refresh, &token))
    });
    login.or(protected).or(refresh)
}

fn login(quickstart: &Quickstart, credentials: &Credentials) -> Result<Response, NotIssued> {
    let Some(user) = credentials.user() else {
        let body = warp::reply::json(&quickstart_shared::bad_credentials());
        return Ok(warp::reply::with_status(body, StatusCode::UNAUTHORIZED).into_response());
    };
    respond(&quickstart.log_in(user)?)
}

fn refresh(quickstart: &Quickstart, RefreshToken(token): &RefreshToken) -> Result<Response, NotIssued> {
    respond(&quickstart.renew(token.identity())?)
}

fn respond(issued: &Issued<'_>) -> Result<Response, NotIssued> {
    let body = warp::reply::json(&issued.body());
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
    warp::serve(app(&quickstart)).incoming(listener).run().await;
    Ok(())
}
