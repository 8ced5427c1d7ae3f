//! Streams end with the tokens that they belong to.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full};
use jwt_tower::session::MemorySessions;
use jwt_tower::{Config, Guarded, JwtLayer, JwtManager, Policy};
use tokio::time::{Instant, Interval, interval, timeout};
use tokio_stream::{Pending, pending};
use tonic::transport::Server;
use tonic::{Code, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::support::{builder, get};
use crate::tonic_support::{channel, with};

const LIFETIME: Duration = Duration::from_secs(60);

/// Sends an event per second, or as many as the client takes, until it is dropped.
struct Events {
    ticks: Option<Interval>,
    _alive: Arc<()>,
}

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = || Some(Ok(Frame::data(Bytes::from_static(b"data: tick\n\n"))));
        match &mut self.ticks {
            Some(ticks) => ticks.poll_tick(context).map(|_| frame()),
            None => Poll::Ready(frame()),
        }
    }
}

fn manager() -> JwtManager {
    let started = (Instant::now(), SystemTime::now());
    let config = Config::default().access_token_expires(LIFETIME);
    let builder = builder(config).clock(move || started.1 + started.0.elapsed());
    builder.session_store(MemorySessions::new()).build().unwrap()
}

type Change = fn(JwtLayer) -> JwtLayer;

/// Logs in and requests a stream. Returns the token, the body, and what lives as long as the producer of the body.
async fn request(
    jwt: &JwtManager,
    content_type: &'static str,
    waits: bool,
    change: Change,
) -> (String, Pin<Box<Guarded<Events>>>, Arc<()>) {
    let token = jwt.log_in("alice").await.unwrap().access().to_owned();
    let mut request = get("/");
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    let alive = Arc::new(());
    let theirs = Arc::clone(&alive);
    let service = service_fn(move |_: Request<Full<Bytes>>| {
        let ticks = waits.then(|| interval(Duration::from_secs(1)));
        let body = Events { ticks, _alive: Arc::clone(&theirs) };
        let response = Response::builder().header("content-type", content_type).body(body).unwrap();
        async move { Ok::<_, Infallible>(response) }
    });
    let layer = change(JwtLayer::new(jwt, Policy::access()).unwrap());
    let response = layer.layer(service).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    (token, Box::pin(response.into_body()), alive)
}

/// Reads until the stream ends. Returns how long it lasted, and the `grpc-status` in the trailers.
async fn read(body: &mut Pin<Box<Guarded<Events>>>, limit: Duration) -> Option<(Duration, Option<String>)> {
    let started = Instant::now();
    let mut status = None;
    let reading = async {
        while let Some(frame) = body.frame().await {
            if let Ok(trailers) = frame.unwrap().into_trailers() {
                status = trailers.get("grpc-status").map(|status| status.to_str().unwrap().to_owned());
            }
            // A producer that never waits must not keep the others from running.
            tokio::task::yield_now().await;
        }
    };
    timeout(limit, reading).await.ok()?;
    Some((started.elapsed(), status))
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_token_expires() {
    let jwt = manager();
    for (content_type, status) in [
        ("text/event-stream", None),
        ("Text/Event-Stream; charset=utf-8", None),
        ("application/grpc", Some("16")),
        ("application/grpc+proto", Some("16")),
        ("application/grpc-web+proto", None),
        ("application/grpc-web-text", None),
    ] {
        let (_, mut body, alive) = request(&jwt, content_type, true, |layer| layer).await;
        assert_eq!(Arc::strong_count(&alive), 2);
        let (after, found) = read(&mut body, LIFETIME * 2).await.expect(content_type);
        assert!(after > LIFETIME - Duration::from_secs(2) && after <= LIFETIME, "{content_type}: {after:?}");
        assert_eq!(found.as_deref(), status, "{content_type}");
        // The producer is gone, although the body is not.
        assert_eq!(Arc::strong_count(&alive), 1, "{content_type}");
        assert!(body.is_end_stream());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_after_a_logout_although_it_never_waits() {
    for waits in [true, false] {
        let jwt = manager();
        let (token, mut body, _) = request(&jwt, "text/event-stream", waits, |layer| layer).await;
        let token = jwt.decode(&token).unwrap();
        for _ in 0..10 {
            body.frame().await.unwrap().unwrap();
        }
        jwt.log_out(&token).await.unwrap();
        let (after, _) = read(&mut body, LIFETIME / 2).await.expect("the stream goes on");
        assert!(after < Duration::from_secs(1), "{after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_last_as_long_as_the_session_or_forever() {
    let jwt = manager();
    let (token, mut body, _) =
        request(&jwt, "text/event-stream", true, JwtLayer::streams_end_with_session).await;
    assert!(read(&mut body, LIFETIME * 10).await.is_none());
    jwt.log_out(&jwt.decode_allow_expired(&token).unwrap()).await.unwrap();
    assert!(read(&mut body, LIFETIME).await.is_some());

    let (token, mut body, _) =
        request(&jwt, "text/event-stream", true, JwtLayer::insecure_endless_streams).await;
    jwt.log_out(&jwt.decode(&token).unwrap()).await.unwrap();
    assert!(read(&mut body, LIFETIME * 10).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_is_not_a_stream_is_sent_to_its_end() {
    let jwt = manager();
    for content_type in ["application/json", "text/event-streams", "application/grpcs", "video/mp4"] {
        let (_, mut body, _) = request(&jwt, content_type, true, |layer| layer).await;
        assert!(read(&mut body, LIFETIME * 3).await.is_none(), "{content_type}");
    }
}

/// A service whose stream never has a message.
struct Silent;

#[tonic::async_trait]
impl Health for Silent {
    type WatchStream = Pending<Result<HealthCheckResponse, Status>>;

    async fn check(
        &self,
        _: tonic::Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<HealthCheckResponse>, Status> {
        Ok(tonic::Response::new(HealthCheckResponse::default()))
    }

    async fn watch(
        &self,
        _: tonic::Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<Self::WatchStream>, Status> {
        Ok(tonic::Response::new(pending()))
    }
}

#[tokio::test]
async fn a_grpc_client_learns_that_its_call_has_ended() {
    let jwt = builder(Config::default()).session_store(MemorySessions::new()).build().unwrap();
    let layer = JwtLayer::new(&jwt, Policy::access()).unwrap();
    let channel = channel(Server::builder().layer(layer).add_service(HealthServer::new(Silent))).await;
    let pair = jwt.log_in("alice").await.unwrap();
    let authorization = format!("Bearer {}", pair.access());
    let call = || with(HealthCheckRequest::default(), &[("authorization", &authorization)]);
    let mut client = HealthClient::new(channel);
    let mut messages = client.watch(call()).await.unwrap().into_inner();
    client.check(call()).await.unwrap();
    jwt.log_out(&jwt.decode(pair.access()).unwrap()).await.unwrap();
    let status = messages.message().await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unauthenticated, "Token has been revoked"));
}
