//! WebSockets that end when their tokens do, on axum, in a single file.
//!
//! `cargo run -p websocket` prints `curl` commands to paste, and the address of a page; `-- --help` lists the options.

#[cfg(test)]
mod tests;

use std::time::{Duration, UNIX_EPOCH};
use std::{error::Error, io, io::Write as _, num::NonZeroU32, process::ExitCode};

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::response::{Html, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use clap::Parser;
use jwt_axum::keys::Secret;
use jwt_axum::session::MemorySessions;
use jwt_axum::{
    AccessToken, Auth, Config, Ends, ErrorKind, ErrorResponse, JwtManager, JwtManagerBuilder, Location,
    LoggedIn, Policy, Rejected, require,
};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// The most bytes of a message. A longer one ends the connection. Tokens have at most 16 KiB (`max_token_bytes`).
const LONGEST_MESSAGE: usize = 32 * 1024;
/// The time for a client to send its token, or to respond to a close frame.
const PATIENCE: Duration = Duration::from_secs(5);

/// The close code for a token that is not valid. `EndReason::close_code` returns it, too.
const UNAUTHORIZED: u16 = 3000;

/// WebSockets that end when their tokens do.
#[derive(Parser)]
struct Options {
    /// The port on 127.0.0.1; 0 chooses a free port.
    #[arg(long, value_name = "N", default_value_t = 5000)]
    port: u16,
    /// How long access tokens are valid; at least 1.
    #[arg(long, value_name = "SECONDS", default_value = "900")]
    token_lifetime: NonZeroU32,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = serve(Options::parse()).await else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn serve(Options { port, token_lifetime }: Options) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let lifetime = Duration::from_secs(token_lifetime.get().into());
    // In an application, the secret comes from the configuration, and the sessions are in a database.
    let builder = manager(Config::default().access_token_expires(lifetime), &Secret::generate()?);
    let jwt = builder.session_store(MemorySessions::new()).build()?;
    print_walkthrough(&jwt, &format!("http://{}", listener.local_addr()?)).await?;
    Ok(axum::serve(listener, app(jwt)).await?)
}

/// The page opens its socket with `new WebSocket(url, ["bearer", token])`, because it cannot set `Authorization`.
fn manager(config: Config, secret: &Secret) -> JwtManagerBuilder {
    JwtManager::builder(config.token_location([Location::Header, Location::WebSocketProtocol])).secret(secret)
}

fn app(jwt: JwtManager) -> Router {
    Router::new()
        .route("/socket", any(socket))
        // Only for the route above.
        .route_layer(require(&jwt, Policy::access()))
        .route("/first", any(first))
        .route("/login", post(login))
        .route("/logout", post(async |auth: Auth| auth.log_out().await))
        .route("/logout-all", post(async |auth: Auth| auth.log_out_everywhere().await))
        .route("/", get(Html(PAGE)))
        .with_state(jwt)
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

async fn login(auth: Auth, Json(body): Json<Credentials>) -> Result<LoggedIn, Rejected> {
    // A real application looks up the user and verifies a password hash. It takes the same time for unknown users.
    if (&*body.username, &*body.password) != ("test", "test") {
        return Err(ErrorResponse::json(401, &json!({ "err": "Bad username or password" })).into());
    }
    auth.log_in(&body.username).await
}

/// The token is in the handshake. The guard has checked it, and names the protocol `bearer` in the response.
async fn socket(
    State(jwt): State<JwtManager>,
    AccessToken(token): AccessToken,
    upgrade: WebSocketUpgrade,
) -> Response {
    let ends = jwt.ends(&token);
    bounded(upgrade).on_upgrade(|socket| echo(socket, ends))
}

/// The token is the first message. Nobody has checked anything before.
async fn first(State(jwt): State<JwtManager>, upgrade: WebSocketUpgrade) -> Response {
    bounded(upgrade).on_upgrade(async move |mut socket| {
        let Ok(Some(text)) = timeout(PATIENCE, first_text(&mut socket)).await else {
            return close(socket, close_code::POLICY, "The first message must be a token").await;
        };
        match jwt.verify(&text, &Policy::access()).await {
            Ok(authenticated) => echo(socket, authenticated.ends()).await,
            Err(error) => {
                let is_outage = error.kind() == ErrorKind::Unavailable;
                let code = if is_outage { close_code::AGAIN } else { UNAUTHORIZED };
                close(socket, code, &error.reason()).await;
            }
        }
    })
}

fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade.max_message_size(LONGEST_MESSAGE).max_frame_size(LONGEST_MESSAGE)
}

async fn first_text(socket: &mut WebSocket) -> Option<Utf8Bytes> {
    loop {
        match socket.recv().await?.ok()? {
            Message::Text(text) => return Some(text),
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Binary(_) | Message::Close(_) => return None,
        }
    }
}

/// Returns all texts, until the client leaves or the token ends.
async fn echo(mut socket: WebSocket, ends: Ends) {
    // This includes sending, which waits for a client that does not read. The end of the token does not wait for it.
    let echo = async {
        while let Some(Ok(message)) = socket.recv().await {
            if matches!(message, Message::Text(_)) && socket.send(message).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = echo => {}
        reason = ends => close(socket, reason.close_code(), &reason.to_string()).await,
    }
}

/// Closes a socket, and waits for the client to do the same.
async fn close(mut socket: WebSocket, code: u16, reason: &str) {
    // A close frame has at most 125 bytes, of which the code takes two (RFC 6455, 5.5).
    let reason = if reason.len() <= 123 { reason } else { "" };
    let frame = CloseFrame { code, reason: reason.into() };
    let closing = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            // If messages were left unread, the connection would be reset, and the client might not see the frame.
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    // A client that neither reads nor leaves is disconnected.
    let _ = timeout(PATIENCE, closing).await;
}

/// Prints commands to paste into a shell, each with a comment that says what it shows.
async fn print_walkthrough(jwt: &JwtManager, url: &str) -> Result<(), Box<dyn Error>> {
    let token = jwt.log_in("test").await?;
    let expired = jwt.access_token("test").expires_at(UNIX_EPOCH).encode()?;
    let steps = STEPS.replace("{handshake}", HANDSHAKE).replace("{login}", LOGIN).replace("{url}", url);
    let steps = steps.replace("{access}", token.access()).replace("{expired}", &expired);
    let steps = steps.replace("# ", "\n# ").replace(" | ", "\n");
    // Not println!, which panics if the reader of a pipe is gone.
    Ok(io::stdout().write_all(format!("listening on {url}\n{steps}\n\n{LAST} {url}/\n").as_bytes())?)
}

const LOGIN: &str =
    r#"{url}/login -H 'Content-Type: application/json' -d '{"username":"test","password":"test"}'"#;
const HANDSHAKE: &str = "{url}/socket -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='";
const STEPS: &str = r#"# log in: 200, an access token and a refresh token | curl -i -X POST {login}
# a handshake without a token: 401 | curl -i {handshake}
# with an expired token: 401 {"msg":"Token has expired"} | curl -i {handshake} -H 'Sec-WebSocket-Protocol: bearer, {expired}'
# with a valid token: 101, the socket is open, with the protocol "bearer"; curl leaves after a second | curl -i -m 1 {handshake} -H 'Sec-WebSocket-Protocol: bearer, {access}'
# log out, which also closes the sockets: 200 {"logout":true} | curl -i -X POST {url}/logout -H 'Authorization: Bearer {access}'
# with the same token, which is now revoked: 401 {"msg":"Token has been revoked"} | curl -i {handshake} -H 'Sec-WebSocket-Protocol: bearer, {access}'"#;
const LAST: &str = "To open sockets, and to see how they are closed, open this page in a browser:";

const PAGE: &str = r#"<!doctype html>
<title>WebSocket</title>
<button id="login">Log in</button> <button id="connect">Open a socket</button>
<button id="everywhere">Log out everywhere</button>
<pre id="log"></pre>
<script>
const show = line => document.getElementById('log').append(line + '\n');
const on = (id, action) => { document.getElementById(id).onclick = action; };
let token = '';
on('login', async () => {
  const body = JSON.stringify({username: 'test', password: 'test'});
  const response = await fetch('/login', {method: 'POST', headers: {'Content-Type': 'application/json'}, body});
  token = (await response.json()).access_token;
  show(`login: ${response.status}`);
});
on('connect', () => {
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/socket', ['bearer', token]);
  socket.onopen = () => { show(`open: ${socket.protocol}`); socket.send('hello'); };
  socket.onmessage = event => show(`message: ${event.data}`);
  socket.onclose = event => show(`closed: ${event.code} ${event.reason}`);
});
on('everywhere', async () => {
  const response = await fetch('/logout-all', {method: 'POST', headers: {Authorization: `Bearer ${token}`}});
  show(`logout: ${response.status}`);
});
</script>
"#;
