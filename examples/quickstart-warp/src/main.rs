//! Login, a protected route, refresh, and logout on warp, with sessions, in a single file.
//!
//! `cargo run -p quickstart-warp` prints `curl` commands to paste; `-- --help` lists the options.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, error::Error, io, io::Write as _, num::NonZeroU32, process::ExitCode};

use clap::Parser;
use jwt_warp::keys::Secret;
use jwt_warp::session::{MemorySessions, Session};
use jwt_warp::{
    AccessToken, Auth, Config, ErrorHandlers, ErrorResponse, JwtManager, Location, LoggedIn, Refusal,
    Rejected, auth, guard,
};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use warp::filters::{BoxedFilter, body, header, method, path};
use warp::http::HeaderMap;
use warp::reply;
use warp::{Filter as _, Reply};

/// Login, a protected route, refresh, and logout, with JSON Web Tokens in sessions.
///
/// The secret comes from the environment variable JWT_SECRET_KEY. If it is not set, a random secret is generated.
#[derive(Parser)]
struct Options {
    /// The port on 127.0.0.1; 0 chooses a free port.
    #[arg(long, value_name = "N", default_value_t = 5000)]
    port: u16,
    /// How long access tokens are valid; at least 1.
    #[arg(long, value_name = "SECONDS", default_value = "900")]
    token_lifetime: NonZeroU32,
    /// Use cookies for tokens, as browsers need, instead of bodies and the Authorization header.
    #[arg(long)]
    cookies: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = serve(Options::parse()).await else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn serve(Options { port, token_lifetime, cookies }: Options) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!("port {port} is in use: choose another with --port N"),
        _ => format!("cannot listen on port {port}: {error}"),
    })?;

    let mut config = Config::default().access_token_expires(Duration::from_secs(token_lifetime.get().into()));
    if cookies {
        // Browsers send the refresh token only to the route that needs it. `Secure` is off because this example uses
        // plain HTTP, and curl and some browsers do not send `Secure` cookies over it. Never turn it off in production:
        // anyone on the network could read the tokens.
        config =
            config.token_location([Location::Cookie]).refresh_cookie_path("/refresh").cookie_secure(false);
    }
    let builder = JwtManager::builder(config).secret(secret()?).session_store(MemorySessions::new());
    let jwt = builder.error_handlers(Answers).build();
    let jwt = jwt.map_err(|error| format!("JWT_SECRET_KEY cannot be used: {error}"))?;

    print_walkthrough(&jwt, &format!("http://{}", listener.local_addr()?), cookies).await?;
    warp::serve(app(&jwt)).incoming(listener).run().await;
    Ok(())
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

fn app(jwt: &JwtManager) -> BoxedFilter<(impl Reply + use<>,)> {
    let get = |name| path::path(name).and(path::end()).and(method::get());
    let post = |name| path::path(name).and(path::end()).and(method::post()).and(auth(jwt));
    // Warp does not limit the length of a body.
    let body = body::content_length_limit(16 * 1024).and(body::json());
    let login = post("login").and(header::headers_cloned()).and(body).then(login);
    let protected = guard(jwt, |token| get("protected").and(token).map(protected));
    let refresh = post("refresh").then(async |auth: Auth| auth.rotate().await);
    let logout = post("logout").then(async |auth: Auth| auth.log_out().await);
    let logout_all = post("logout-all").then(async |auth: Auth| auth.log_out_everywhere().await);
    let sessions = guard(jwt, |token| get("sessions").and(auth(jwt)).and(token).then(sessions));
    login.or(protected).or(refresh).or(logout).or(logout_all).or(sessions).boxed()
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
    device: Option<String>,
}

async fn login(auth: Auth, headers: HeaderMap, body: Credentials) -> Result<LoggedIn, Rejected> {
    // A real application looks up the user and verifies a password hash. It takes the same time for unknown users.
    if (&*body.username, &*body.password) != ("test", "test") {
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

fn protected(AccessToken(token): AccessToken) -> reply::Json {
    reply::json(&json!({ "hello": token.identity() }))
}

async fn sessions(auth: Auth, AccessToken(token): AccessToken) -> Result<reply::Json, Rejected> {
    let seconds = |moment: SystemTime| moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let listed = |session: &Session| {
        json!({
            "id": session.id, "label": session.label, "current": token.session() == Some(&session.id),
            "created": seconds(session.started_at), "last_used": seconds(session.last_used_at),
        })
    };
    let sessions = auth.list_sessions(&token).await?;
    let sessions: Vec<_> = sessions.iter().map(listed).collect();
    Ok(reply::json(&json!({ "sessions": sessions })))
}

/// Prints commands to paste into a shell, each with a comment that says what it shows.
async fn print_walkthrough(jwt: &JwtManager, url: &str, cookies: bool) -> Result<(), Box<dyn Error>> {
    let mut steps = if cookies { WITH_COOKIES } else { WITH_HEADERS }.replace("{login}", LOGIN);
    if !cookies {
        let laptop = jwt.log_in("test").label("laptop").await?;
        let phone = jwt.log_in("test").label("phone").await?;
        steps = steps.replace("{access}", laptop.access()).replace("{refresh}", laptop.refresh());
        steps = steps.replace("{phone}", phone.access());
    }
    let expired = jwt.access_token("test").expires_at(UNIX_EPOCH).encode()?;
    let steps = steps.replace("{expired}", &expired).replace("{url}", url);
    let steps = steps.replace("# ", "\n# ").replace(" | ", "\n");
    // Not println!, which panics if the reader of a pipe is gone.
    Ok(io::stdout().write_all(format!("listening on {url}\n{steps}\n").as_bytes())?)
}

const LOGIN: &str =
    r#"{url}/login -H 'Content-Type: application/json' -d '{"username":"test","password":"test"}'"#;
const WITH_HEADERS: &str = r#"# log in: 200, an access token and a refresh token | curl -i -X POST {login}
# no token: 401 {"err":"Missing Authorization Header"} | curl -i {url}/protected
# an expired token: 401 {"code":"401","err":"token 已过期"} | curl -i {url}/protected -H 'Authorization: Bearer {expired}'
# a valid access token, from a session on a laptop: 200 {"hello":"test"} | curl -i {url}/protected -H 'Authorization: Bearer {access}'
# the user's sessions: 200, on the laptop, on a phone, and from the login above | curl -i {url}/sessions -H 'Authorization: Bearer {access}'
# the laptop's refresh token, which works once: 200, a new access token and a new refresh token | curl -i -X POST {url}/refresh -H 'Authorization: Bearer {refresh}'
# log out on the laptop: 200 {"logout":true} | curl -i -X POST {url}/logout -H 'Authorization: Bearer {access}'
# the laptop's access token, which is now revoked: 401 {"msg":"Token has been revoked"} | curl -i {url}/protected -H 'Authorization: Bearer {access}'
# log out everywhere, from the phone: 200 {"logout":true} | curl -i -X POST {url}/logout-all -H 'Authorization: Bearer {phone}'"#;
// curl keeps its cookies in the jar. awk reads the CSRF values from it, as a script on a page would.
const WITH_COOKIES: &str = r#"# log in, which stores the tokens in cookies: 200 {"login":true} | jar=$(mktemp) && curl -i -c "$jar" -X POST {login}
# no cookie: 401 {"err":"Missing cookie \"access_token_cookie\""} | curl -i {url}/protected
# an expired token: 401 {"code":"401","err":"token 已过期"} | curl -i {url}/protected -b 'access_token_cookie={expired}'
# the access cookie: 200 {"hello":"test"} | curl -i -b "$jar" {url}/protected
# the user's sessions: 200, this one | curl -i -b "$jar" {url}/sessions
# the refresh cookie without its CSRF value: 401 {"err":"Missing CSRF token"} | curl -i -b "$jar" -X POST {url}/refresh
# the refresh cookie with its CSRF value, which sets new cookies: 200 {"refresh":true} | curl -i -b "$jar" -c "$jar" -X POST {url}/refresh -H "X-CSRF-TOKEN: $(awk '$6 == "csrf_refresh_token" { print $7 }' "$jar")"
# log out, which tells browsers to remove the cookies: 200 {"logout":true} | curl -i -b "$jar" -X POST {url}/logout -H "X-CSRF-TOKEN: $(awk '$6 == "csrf_access_token" { print $7 }' "$jar")"
# the old access cookie, which is still in the jar: 401 {"msg":"Token has been revoked"} | curl -i -b "$jar" {url}/protected
# log in again: 200 {"login":true} | curl -i -c "$jar" -X POST {login}
# log out everywhere: 200 {"logout":true} | curl -i -b "$jar" -X POST {url}/logout-all -H "X-CSRF-TOKEN: $(awk '$6 == "csrf_access_token" { print $7 }' "$jar")""#;
