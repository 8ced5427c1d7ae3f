//! The axum quickstart, with sessions in a persistent store.
//!
//! ```sh
//! cargo run -p stores -- --store sqlite:sessions.db
//! cargo run -p stores -- --store postgres://USER:PASSWORD@HOST/DATABASE
//! cargo run -p stores -- --store redis://USER:PASSWORD@HOST/NUMBER # encrypted: rediss://
//! ```
//!
//! It prints `curl` commands to paste. Several processes with the same `JWT_SECRET_KEY` can share PostgreSQL or Redis.
//! With Redis and `--replicated`, access tokens are looked up in an in-memory copy. `store.rs` opens each store; the
//! rest is as in `../quickstart`.

mod store;
mod walkthrough;

use std::io::Write as _;
use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, error::Error, io};

use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser;
use jwt_axum::keys::Secret;
use jwt_axum::session::Session;
use jwt_axum::{
    AccessToken, Auth, Config, ErrorHandlers, ErrorResponse, JwtManager, LoggedIn, Refusal, Rejected,
};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Store, StoreParser};
use tokio::net::TcpListener;

const USERNAME: &str = "test";
const PASSWORD: &str = "test";

/// Login, a protected route, refresh, and logout, with JSON Web Tokens in sessions, in a persistent store.
///
/// The secret comes from the environment variable JWT_SECRET_KEY. If it is not set, a random secret is generated.
#[derive(Debug, Parser)]
struct Options {
    /// The port on 127.0.0.1; 0 chooses a free port.
    #[arg(long, value_name = "N", default_value_t = 5000)]
    port: u16,

    /// How long access tokens are valid; at least 1.
    #[arg(long, value_name = "SECONDS", default_value = "900")]
    token_lifetime: NonZeroU32,

    /// The session store: memory, sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE, or
    /// redis://USER:PASSWORD@HOST/NUMBER. Sessions in memory are lost when the program ends. Several programs can share
    /// PostgreSQL or Redis.
    #[arg(long, value_name = "STORE", default_value = "memory", value_parser = StoreParser)]
    store: Store,

    /// With Redis: look up access tokens in an in-memory copy, which learns of logouts on other nodes within 5 seconds.
    #[arg(long)]
    replicated: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = serve(Options::parse()).await else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn serve(Options { port, token_lifetime, store, replicated }: Options) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!("port {port} is in use: choose another with --port N"),
        _ => format!("cannot listen on port {port}: {error}"),
    })?;

    let config = Config::default().access_token_expires(Duration::from_secs(token_lifetime.get().into()));
    let builder = JwtManager::builder(config).secret(secret()?).error_handlers(Answers);
    let jwt = store.open(replicated, builder).await?.build();
    let jwt = jwt.map_err(|error| format!("JWT_SECRET_KEY cannot be used: {error}"))?;

    let url = format!("http://{}", listener.local_addr()?);
    let lines = walkthrough::walkthrough(&jwt, &url).await?;
    // Not println!, which panics if the reader of a pipe is gone.
    io::stdout().write_all(format!("listening on {url}\n\n{lines}\n").as_bytes())?;
    Ok(axum::serve(listener, app(jwt)).await?)
}

fn secret() -> Result<Secret, Box<dyn Error>> {
    match env::var("JWT_SECRET_KEY") {
        Ok(text) => Ok(text.into()),
        Err(env::VarError::NotPresent) => {
            eprintln!("JWT_SECRET_KEY is not set: using a random secret; tokens become invalid on restart");
            let mut bytes = [0; 48];
            getrandom::fill(&mut bytes)?;
            Ok(bytes.into())
        }
        // The value is a secret, so do not print it.
        Err(_) => Err("JWT_SECRET_KEY is not UTF-8: make one with `openssl rand -base64 48`".into()),
    }
}

/// Custom responses to rejected tokens. All other errors keep the default response.
struct Answers;

impl ErrorHandlers for Answers {
    fn expired_token(&self, _: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::json(401, &json!({ "code": "401", "err": "token 已过期" }))
    }

    fn unauthorized(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::json(401, &json!({ "err": refusal.reason() }))
    }
}

fn app(jwt: JwtManager) -> Router {
    Router::new()
        .route("/login", post(login))
        .route("/protected", get(protected))
        .route("/refresh", post(async |auth: Auth| auth.rotate().await))
        .route("/logout", post(async |auth: Auth| auth.log_out().await))
        .route("/logout-all", post(async |auth: Auth| auth.log_out_everywhere().await))
        .route("/sessions", get(sessions))
        .with_state(jwt)
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
    device: Option<String>,
}

async fn login(auth: Auth, headers: HeaderMap, Json(body): Json<Credentials>) -> Result<LoggedIn, Rejected> {
    // A real application looks up the user and verifies a password hash. It takes the same time for unknown users.
    if (&*body.username, &*body.password) != (USERNAME, PASSWORD) {
        return Err(ErrorResponse::json(401, &json!({ "err": "Bad username or password" })).into());
    }
    let user_agent = headers.get("user-agent").and_then(|value| value.to_str().ok());
    let mut log_in = auth.log_in(&body.username);
    if let Some(label) = body.device.as_deref().or(user_agent) {
        // The store keeps the label, and clients can send any, so limit its length.
        log_in = log_in.label(label.chars().take(100).collect::<String>());
    }
    log_in.await
}

async fn protected(AccessToken(token): AccessToken) -> Json<Value> {
    Json(json!({ "hello": token.identity() }))
}

async fn sessions(auth: Auth, AccessToken(token): AccessToken) -> Result<Json<Value>, Rejected> {
    let seconds = |moment: SystemTime| moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let listed = |session: &Session| {
        json!({
            "id": session.id, "label": session.label, "current": token.session() == Some(&session.id),
            "created": seconds(session.started_at), "last_used": seconds(session.last_used_at),
        })
    };
    let sessions = auth.list_sessions(&token).await?;
    let sessions: Vec<_> = sessions.iter().map(listed).collect();
    Ok(Json(json!({ "sessions": sessions })))
}
