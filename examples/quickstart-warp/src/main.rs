//! Login, a protected route, refresh and logout on warp, with sessions.
//!
//! ```sh
//! cargo run -p quickstart-warp # options, after --: --port N, --token-lifetime SECONDS, --cookies,
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

use jwt_warp::{AccessToken, Auth, JwtManager, auth, guard};
use quickstart_shared::{Credentials, Error, Options};
use warp::http::StatusCode;
use warp::http::header::{HeaderMap, USER_AGENT};
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

/// Warp itself reads a body of any length.
const MAX_LOGIN_BYTES: u64 = 16 * 1024;

fn app(jwt: &JwtManager) -> impl Filter<Extract = (impl Reply + use<>,), Error = Rejection> + Clone + use<> {
    let login = warp::path!("login")
        .and(warp::post())
        .and(auth(jwt))
        .and(warp::header::headers_cloned())
        .and(warp::body::content_length_limit(MAX_LOGIN_BYTES))
        .and(warp::body::json())
        .then(login);
    let protected = guard(jwt, |token| {
        warp::path!("protected").and(warp::get()).and(token).map(|AccessToken(token): AccessToken| {
            warp::reply::json(&quickstart_shared::hello(token.identity()))
        })
    });
    let refresh = warp::path!("refresh").and(warp::post()).and(auth(jwt)).then(refresh);
    let logout = warp::path!("logout").and(warp::post()).and(auth(jwt)).then(logout);
    let logout_all = warp::path!("logout-all").and(warp::post()).and(auth(jwt)).then(logout_all);
    let sessions =
        guard(jwt, |token| warp::path!("sessions").and(warp::get()).and(auth(jwt)).and(token).then(sessions));
    login.or(protected).or(refresh).or(logout).or(logout_all).or(sessions)
}

async fn login(auth: Auth, headers: HeaderMap, credentials: Credentials) -> Response {
    let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    match credentials.log_in(auth.jwt(), user_agent) {
        Some(log_in) => auth.log_in(log_in).await,
        None => {
            let body = warp::reply::json(&quickstart_shared::bad_credentials());
            warp::reply::with_status(body, StatusCode::UNAUTHORIZED).into_response()
        }
    }
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
    match quickstart_shared::sessions(auth.jwt(), &token).await {
        Ok(sessions) => warp::reply::json(&sessions).into_response(),
        Err(error) => auth.refuse(error),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    quickstart_shared::exit_code(serve(&Options::from_command_line()).await)
}

async fn serve(options: &Options) -> Result<(), Error> {
    let listener = quickstart_shared::listen(options)?;
    let jwt = quickstart_shared::manager(options).await?;
    quickstart_shared::print_walkthrough(options, &jwt, &listener).await?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    warp::serve(app(&jwt)).incoming(listener).run().await;
    Ok(())
}
