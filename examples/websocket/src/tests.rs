//! What a real client sees of the example, over the loopback interface.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails with a panic"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::{SinkExt as _, StreamExt as _};
use jwt_axum::keys::Secret;
use jwt_axum::session::MemorySessions;
use jwt_axum::{Config, EndReason, JwtManager};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, pause, resume, sleep, timeout};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An interval between checks. What ends a socket sooner was not a check.
const HALF_AN_HOUR: Duration = Duration::from_secs(30 * 60);
/// Only a test that fails waits for this long.
const LONG: Duration = Duration::from_secs(60);

/// The example's server, on a free port. Its clock is that of Tokio's timers. It ends with the test.
struct Server {
    address: SocketAddr,
    jwt: JwtManager,
}

impl Server {
    async fn start() -> Self {
        Self::with(HALF_AN_HOUR, &Secret::generate().unwrap(), Arc::default()).await
    }

    /// Starts a server that asks its store about open sockets once per interval.
    async fn with(interval: Duration, secret: &Secret, sessions: Arc<MemorySessions>) -> Self {
        let config =
            Config::default().connection_check_interval(interval).connection_outage_limit(HALF_AN_HOUR * 2);
        let (now, start) = (SystemTime::now(), Instant::now());
        let jwt = crate::manager(config, secret)
            .session_store(sessions)
            .clock(move || now + start.elapsed())
            .build()
            .unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = crate::app(jwt.clone());
        tokio::spawn(async { axum::serve(listener, app).await });
        Self { address, jwt }
    }

    async fn log_in(&self) -> String {
        self.jwt.log_in("test").await.unwrap().access().to_owned()
    }

    /// Opens a socket, offering these protocols.
    async fn connect(&self, path: &str, protocols: &str) -> Result<(Socket, Option<String>), Error> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        if !protocols.is_empty() {
            let protocols = HeaderValue::from_str(protocols).unwrap();
            request.headers_mut().insert("sec-websocket-protocol", protocols);
        }
        let (socket, response) = connect_async(request).await?;
        let protocol = response.headers().get("sec-websocket-protocol");
        Ok((socket, protocol.map(|name| name.to_str().unwrap().to_owned())))
    }

    /// Opens a socket with a token, and shows that it works.
    async fn open(&self, token: &str) -> Socket {
        let (mut socket, protocol) = self.connect("/socket", &format!("bearer, {token}")).await.unwrap();
        assert_eq!(protocol.as_deref(), Some("bearer"));
        assert_eq!(echo(&mut socket, "hello").await, "hello");
        socket
    }

    /// Returns the status and the body of a rejected handshake.
    async fn rejection(&self, protocols: &str) -> (u16, String) {
        match self.connect("/socket", protocols).await {
            Err(Error::Http(response)) => {
                let (parts, body) = response.into_parts();
                (parts.status.as_u16(), String::from_utf8(body.unwrap_or_default()).unwrap())
            }
            outcome => panic!("{outcome:?}"),
        }
    }

    /// Opens a socket, and sends this as its first message.
    async fn first(&self, message: impl Into<Message>) -> Socket {
        let (mut socket, _) = self.connect("/first", "").await.unwrap();
        // The server may leave while the client is still sending.
        let _ = socket.send(message.into()).await;
        socket
    }

    /// Calls a route over HTTP, and returns the response.
    async fn post(&self, path: &str, token: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        response
    }
}

async fn echo(socket: &mut Socket, text: &str) -> String {
    socket.send(text.into()).await.unwrap();
    let message = timeout(LONG, socket.next()).await.expect("an echo");
    message.unwrap().unwrap().into_text().unwrap().to_string()
}

/// Waits until the server closes the socket. Returns the code and the reason, or `None` if it sent neither.
async fn closed(mut socket: Socket) -> Option<(u16, String)> {
    loop {
        match timeout(LONG, socket.next()).await.expect("the end of the socket")? {
            Ok(Message::Close(frame)) => {
                return frame.map(|frame| (frame.code.into(), frame.reason.to_string()));
            }
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

fn with_reason(code: u16, reason: &str) -> Option<(u16, String)> {
    Some((code, reason.to_owned()))
}

#[tokio::test]
async fn a_rejected_handshake_gets_the_response_of_the_handlers() {
    let server = Server::start().await;
    let token = server.log_in().await;
    let expired = server.jwt.access_token("test").expires_at(UNIX_EPOCH).encode().unwrap();
    let missing = "Missing token in 'Sec-WebSocket-Protocol' header";
    let repeated = "Request must not have more than one token";
    for (protocols, status, reason) in [
        ("", 401, missing),
        ("chat", 401, missing),
        (&*"chat,".repeat(10_000), 401, missing),
        (&*format!("bearer, {expired}"), 401, "Token has expired"),
        ("bearer, chat", 422, "Not enough segments"),
        (&*format!("bearer, {token}, bearer, {token}"), 400, repeated),
    ] {
        let rejection = server.rejection(protocols).await;
        assert_eq!(rejection.0, status, "{protocols:.100}");
        assert!(rejection.1.contains(reason), "{protocols:.100}: {}", rejection.1);
    }
}

#[tokio::test]
async fn a_socket_closes_when_its_token_expires() {
    let server = Server::start().await;
    let token = server.log_in().await;
    let socket = server.open(&token).await;
    let ends = server.jwt.ends(&server.jwt.decode(&token).unwrap());
    // Time jumps to the next timer while all tasks wait. The next check would be half an hour later.
    pause();
    assert_eq!(timeout(Duration::from_secs(15 * 60 + 1), ends).await, Ok(EndReason::Expired));
    resume();
    assert_eq!(closed(socket).await, with_reason(3000, "Token has expired"));
}

#[tokio::test]
async fn a_logout_closes_the_sockets_of_the_session() {
    let server = Server::start().await;
    let [token, other] = [server.log_in().await, server.log_in().await];
    let sockets = [server.open(&token).await, server.open(&token).await, server.first(&*token).await];
    let mut stays = server.open(&other).await;
    assert!(server.post("/logout", &token).await.ends_with(r#"{"logout":true}"#));
    for socket in sockets {
        assert_eq!(closed(socket).await, with_reason(3000, "Token has been revoked"));
    }
    assert_eq!(echo(&mut stays, "still here").await, "still here");
    assert!(server.post("/logout-all", &other).await.ends_with(r#"{"logout":true}"#));
    assert_eq!(closed(stays).await, with_reason(3000, "Token has been revoked"));
}

#[tokio::test]
async fn a_logout_on_another_node_closes_them_at_the_next_check() {
    let (secret, sessions) = (Secret::generate().unwrap(), Arc::new(MemorySessions::new()));
    let server = Server::with(Duration::from_millis(100), &secret, Arc::clone(&sessions)).await;
    let other = Server::with(HALF_AN_HOUR, &secret, sessions).await;
    let token = server.log_in().await;
    let socket = server.open(&token).await;
    assert!(other.post("/logout", &token).await.ends_with(r#"{"logout":true}"#));
    assert_eq!(closed(socket).await, with_reason(3000, "Token has been revoked"));
}

#[tokio::test]
async fn the_first_message_is_a_token() {
    let server = Server::start().await;
    let token = server.log_in().await;
    let mut socket = server.first(&*token).await;
    assert_eq!(echo(&mut socket, "hello").await, "hello");
    socket.close(None).await.unwrap();

    // Clients can send pings at any time.
    let mut socket = server.first(Message::Ping("ping".into())).await;
    socket.send((&*token).into()).await.unwrap();
    let pong = timeout(LONG, socket.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(pong, Message::Pong("ping".into()));
    assert_eq!(echo(&mut socket, "hello").await, "hello");

    let refresh = server.jwt.refresh_token("test").encode().unwrap();
    let no_token = with_reason(1008, "The first message must be a token");
    for (message, end) in [
        (Message::text("hello"), with_reason(3000, "Not enough segments")),
        (Message::text(&*refresh), with_reason(3000, "Only non-refresh tokens are allowed")),
        (Message::text("t".repeat(16 * 1024 + 1)), with_reason(3000, "Token is too large")),
        (Message::binary(token.clone()), no_token),
    ] {
        assert_eq!(closed(server.first(message).await).await, end);
    }
    let too_long = server.first("t".repeat(crate::LONGEST_MESSAGE + 1)).await;
    assert_ne!(closed(too_long).await, with_reason(3000, "Token is too large"));
}

#[tokio::test]
async fn a_client_that_sends_nothing_is_disconnected() {
    let server = Server::start().await;
    let (socket, _) = server.connect("/first", "").await.unwrap();
    pause();
    sleep(crate::PATIENCE * 2).await;
    resume();
    assert_eq!(closed(socket).await, with_reason(1008, "The first message must be a token"));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_disconnected_when_its_token_ends() {
    let server = Server::start().await;
    let token = server.log_in().await;
    let mut socket = server.open(&token).await;
    let text = "x".repeat(crate::LONGEST_MESSAGE);
    // The server waits for the client to read, so at some point it does not read, either.
    pause();
    let mut waited = 0;
    while waited < 10 {
        let sent = timeout(Duration::from_secs(1), socket.send((&*text).into())).await;
        waited = if sent.is_ok() { 0 } else { waited + 1 };
    }
    resume();
    assert!(server.post("/logout", &token).await.ends_with(r#"{"logout":true}"#));
    pause();
    let left = async { while socket.send((&*text).into()).await.is_ok() {} };
    timeout(LONG, left).await.expect("the end of the connection");
}
