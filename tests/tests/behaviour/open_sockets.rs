//! Open WebSockets on every framework: they end when their tokens do. `websockets` has the handshakes.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use axum::extract::ws::{self, WebSocketUpgrade};
use bytes::Bytes;
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use jwt_core::session::MemorySessions;
use jwt_core::{Config, Ends, JwtManager, Location, Policy};
use jwt_tower::{JwtLayer, authenticated};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};
use tokio_tungstenite::{WebSocketStream, connect_async};
use tower::service_fn;
use tower_layer::Layer as _;
use warp::Filter as _;

use crate::support::SECRET;

/// Only a test that fails waits for this long.
const LONG: Duration = Duration::from_secs(60);

/// Serves one route, with a guard, which echoes what it receives. The server ends with the runtime of the test.
#[derive(Clone, Copy, Debug)]
enum Framework {
    Axum,
    Actix,
    Warp,
    Hyper,
}

impl Framework {
    fn serve(self, jwt: JwtManager) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        match self {
            Self::Actix => actix(jwt, listener),
            other => {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                match other {
                    Self::Axum => drop(tokio::spawn(axum(jwt, listener))),
                    Self::Warp => drop(tokio::spawn(warp(jwt, listener))),
                    _ => drop(tokio::spawn(hyper(jwt, listener))),
                }
            }
        }
        address
    }
}

/// Sends every message back, until the client leaves or the token ends.
async fn echo<S, M, E>(mut socket: S, mut ends: Ends, close: fn(u16, String) -> M)
where
    S: Stream<Item = Result<M, E>> + Sink<M> + Unpin,
{
    loop {
        tokio::select! {
            reason = &mut ends => {
                let _ = socket.send(close(reason.close_code(), reason.to_string())).await;
                return;
            }
            message = socket.next() => {
                let Some(Ok(message)) = message else { return };
                if socket.send(message).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn axum(jwt: JwtManager, listener: tokio::net::TcpListener) {
    let guard = jwt_axum::require(&jwt, Policy::access());
    let handler = async move |jwt_axum::AccessToken(token): jwt_axum::AccessToken,
                              upgrade: WebSocketUpgrade| {
        let ends = jwt.ends(&token);
        upgrade.on_upgrade(|socket| {
            echo(socket, ends, |code, reason| {
                ws::Message::Close(Some(ws::CloseFrame { code, reason: reason.into() }))
            })
        })
    };
    let router = axum::Router::new().route("/", axum::routing::any(handler)).layer(guard);
    axum::serve(listener, router).await.unwrap();
}

async fn warp(jwt: JwtManager, listener: tokio::net::TcpListener) {
    let manager = jwt.clone();
    let route = jwt_warp::guard(&jwt, |token| {
        warp::path::end().and(token).and(warp::ws()).map(
            move |token: jwt_warp::AccessToken, ws: warp::ws::Ws| {
                let ends = manager.ends(&token.0);
                ws.on_upgrade(|socket| echo(socket, ends, warp::ws::Message::close_with))
            },
        )
    });
    warp::serve(route).incoming(listener).run().await;
}

async fn hyper(jwt: JwtManager, listener: tokio::net::TcpListener) {
    let layer = JwtLayer::new(&jwt, Policy::access()).unwrap();
    let handler = async |mut request: Request<Incoming>| {
        let ends = authenticated(request.extensions()).expect("a layer").ends();
        let accept = derive_accept_key(request.headers()[SEC_WEBSOCKET_KEY].as_bytes());
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let stream = TokioIo::new(upgrade.await.unwrap());
            let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
            echo(socket, ends, |code, reason| {
                Message::Close(Some(CloseFrame { code: code.into(), reason: reason.into() }))
            })
            .await;
        });
        let mut response = Response::new(Empty::<Bytes>::new());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
        response.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
        response.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, accept.parse().unwrap());
        Ok::<_, Infallible>(response)
    };
    let service = TowerToHyperService::new(layer.layer(service_fn(handler)));
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service.clone())
            .with_upgrades();
        tokio::spawn(connection);
    }
}

fn actix(jwt: JwtManager, listener: TcpListener) {
    async fn handler(
        jwt_actix::AccessToken(token): jwt_actix::AccessToken,
        jwt: web::Data<JwtManager>,
        request: HttpRequest,
        body: web::Payload,
    ) -> actix_web::Result<HttpResponse> {
        let (response, mut session, mut messages) = actix_ws::handle(&request, body)?;
        let mut ends = jwt.ends(&token);
        actix_web::rt::spawn(async move {
            loop {
                tokio::select! {
                    reason = &mut ends => {
                        let reason = (reason.close_code().into(), reason.to_string()).into();
                        return session.close(Some(reason)).await;
                    }
                    message = messages.recv() => match message {
                        Some(Ok(actix_ws::Message::Text(text))) => session.text(text).await?,
                        _ => return Ok(()),
                    },
                }
            }
        });
        Ok(response)
    }
    let server = HttpServer::new(move || {
        let guard = jwt_actix::require(&jwt, Policy::access());
        App::new()
            .app_data(web::Data::new(jwt.clone()))
            .service(web::resource("/").wrap(guard).route(web::get().to(handler)))
    });
    drop(tokio::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run()));
}

/// Opens a socket on each framework, does something, and waits until all sockets are closed with the same reason.
async fn all_end(interval: Duration, reason: &str, end: impl AsyncFn(&JwtManager, &str, &AtomicU64)) {
    for framework in [Framework::Axum, Framework::Actix, Framework::Warp, Framework::Hyper] {
        let passed = Arc::new(AtomicU64::new(0));
        let time = Arc::clone(&passed);
        let config = Config::default()
            .token_location([Location::Header, Location::WebSocketProtocol])
            .connection_check_interval(interval)
            .connection_outage_limit(Duration::from_secs(60 * 60));
        let jwt = JwtManager::builder(config)
            .secret(SECRET)
            .session_store(MemorySessions::new())
            .clock(move || SystemTime::now() + Duration::from_secs(time.load(Ordering::SeqCst)))
            .build()
            .unwrap();
        let token = jwt.log_in("alice").await.unwrap().access().to_owned();
        let mut request = format!("ws://{}/", framework.serve(jwt.clone())).into_client_request().unwrap();
        let protocols = format!("bearer, {token}").parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocols);
        let (mut socket, response) = connect_async(request.clone()).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "bearer", "{framework:?}");
        socket.send("hello".into()).await.unwrap();
        let message = timeout(LONG, socket.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(message, Message::text("hello"), "{framework:?}");

        end(&jwt, &token, &passed).await;
        let message = timeout(LONG, socket.next()).await.expect("an end").unwrap().unwrap();
        let frame = CloseFrame { code: 3000.into(), reason: reason.into() };
        assert_eq!(message, Message::Close(Some(frame)), "{framework:?}");
        assert!(connect_async(request).await.is_err(), "{framework:?}");
    }
}

#[tokio::test]
async fn a_socket_ends_when_its_token_expires() {
    let interval = Duration::from_millis(100);
    all_end(interval, "Token has expired", async |_, _, passed| passed.store(15 * 60, Ordering::SeqCst))
        .await;
}

#[tokio::test]
async fn a_socket_ends_at_a_logout() {
    let interval = Duration::from_secs(30 * 60);
    all_end(interval, "Token has been revoked", async |jwt, token, _| {
        jwt.log_out(&jwt.decode(token).unwrap()).await.unwrap();
    })
    .await;
}
