//! Bodies that arrive in many frames, with trailers, or with an error. A guard that reads a body keeps its bytes, not
//! its frames, and the handler gets everything that the client sent.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::dev::Payload;
use actix_web::{App as Actix, HttpResponse, test as actix, web};
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use bytes::{Buf, Bytes};
use futures_util::stream::{self, Stream, StreamExt as _};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use jwt_core::{Config, JwtManager, Location, Policy};
use tower::{ServiceExt as _, service_fn};
use tower_layer::Layer as _;
use warp::Filter as _;

use crate::support::SECRET;

const LIMIT: usize = 16 * 1024;

fn manager() -> JwtManager {
    manager_up_to(LIMIT)
}

fn manager_up_to(limit: usize) -> JwtManager {
    let config = Config::default().token_location([Location::Header, Location::Json]).buffered_body(limit);
    JwtManager::builder(config).secret(SECRET).build().unwrap()
}

/// A part of a body that a client sends.
#[derive(Clone, Debug)]
enum Part {
    /// Bytes in one frame.
    Whole(Vec<u8>),
    /// Bytes in frames of one byte.
    Single(Vec<u8>),
    /// The connection breaks.
    Broken,
}

/// Counts the frames that exist.
#[derive(Default)]
struct Frames {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// The bytes of a frame.
struct Counted(Vec<u8>, Arc<Frames>);

impl Counted {
    fn bytes(data: &[u8], frames: &Arc<Frames>) -> Bytes {
        let now = frames.now.fetch_add(1, Ordering::SeqCst) + 1;
        frames.most.fetch_max(now, Ordering::SeqCst);
        Bytes::from_owner(Self(data.to_vec(), Arc::clone(frames)))
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.now.fetch_sub(1, Ordering::SeqCst);
    }
}

type Chunk = Result<Bytes, io::Error>;

type Chunks = stream::Iter<Box<dyn Iterator<Item = Chunk> + Send + Sync>>;

/// The frames of these parts, each of which is created when it is read.
fn chunks(parts: Vec<Part>, frames: &Arc<Frames>) -> Chunks {
    let frames = Arc::clone(frames);
    let all = parts.into_iter().flat_map(move |part| {
        let frames = Arc::clone(&frames);
        let (data, size) = match part {
            Part::Broken => return Box::new([Err(io::Error::other("gone"))].into_iter()) as Box<_>,
            Part::Whole(data) => (data.clone(), data.len().max(1)),
            Part::Single(data) => (data, 1),
        };
        let starts = (0..data.len().max(1)).step_by(size);
        let chunks =
            starts.map(move |start| Ok(Counted::bytes(&data[start..data.len().min(start + size)], &frames)));
        Box::new(chunks) as Box<dyn Iterator<Item = Chunk> + Send + Sync>
    });
    stream::iter(Box::new(all) as Box<dyn Iterator<Item = Chunk> + Send + Sync>)
}

/// What the handler received, or the status if the request was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Handled { data: Vec<u8>, broken: bool },
    Rejected(u16),
}

/// Reads a body in a handler, up to the first error.
async fn read<B: Buf, E>(body: impl Stream<Item = Result<B, E>>) -> (Vec<u8>, bool) {
    let (mut body, mut data) = (pin!(body), Vec::new());
    while let Some(chunk) = body.next().await {
        let Ok(mut chunk) = chunk else {
            return (data, true);
        };
        data.extend_from_slice(&chunk.copy_to_bytes(chunk.remaining()));
    }
    (data, false)
}

fn answer((data, broken): (Vec<u8>, bool)) -> Response<Vec<u8>> {
    Response::builder().header("x-broken", broken.to_string()).body(data).unwrap()
}

fn seen(status: u16, broken: Option<&[u8]>, data: &[u8]) -> Seen {
    match status {
        200 => Seen::Handled { data: data.to_vec(), broken: broken == Some(b"true") },
        status => Seen::Rejected(status),
    }
}

fn request<B>(token: Option<&str>, body: B) -> Request<B> {
    let mut request = Request::post("/").header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(body).unwrap()
}

async fn on_axum(jwt: &JwtManager, token: Option<&str>, chunks: Chunks) -> Seen {
    let handler = async |body: Body| answer(read(body.into_data_stream()).await).map(Body::from);
    let app = Router::new().route("/", post(handler)).route_layer(jwt_axum::require(jwt, Policy::access()));
    let answer = app.oneshot(request(token, Body::from_stream(chunks))).await.unwrap();
    let (parts, body) = answer.into_parts();
    let broken = parts.headers.get("x-broken").map(HeaderValue::as_bytes);
    seen(parts.status.as_u16(), broken, &body.collect().await.unwrap().to_bytes())
}

async fn on_actix(jwt: &JwtManager, token: Option<&str>, chunks: Chunks) -> Seen {
    async fn handler(body: web::Payload) -> HttpResponse {
        let (data, broken) = read(body).await;
        HttpResponse::Ok().insert_header(("x-broken", broken.to_string())).body(data)
    }
    let guarded = web::post().to(handler).wrap(jwt_actix::require(jwt, Policy::access()));
    let app = actix::init_service(Actix::new().route("/", guarded)).await;
    let mut request = actix::TestRequest::post().uri("/").insert_header(("content-type", "application/json"));
    if let Some(token) = token {
        request = request.insert_header(("authorization", format!("Bearer {token}")));
    }
    let body = chunks.map(|chunk| chunk.map_err(Into::into));
    let payload: Payload = Payload::Stream { payload: Box::pin(body) };
    let (request, _) = request.to_request().replace_payload(payload);
    let answer = actix::call_service(&app, request).await;
    let broken = answer.headers().get("x-broken").cloned();
    let status = answer.status().as_u16();
    seen(status, broken.as_ref().map(|value| value.as_bytes()), &actix::read_body(answer).await)
}

async fn on_warp(jwt: &JwtManager, token: Option<&str>, chunks: Chunks) -> Seen {
    let routes = jwt_warp::guard(jwt, |token| {
        warp::path::end().and(warp::post()).and(token).and(warp::body::stream()).then(
            async |_: jwt_warp::AccessToken, body| {
                answer(read(body).await).map(warp::hyper::body::Bytes::from)
            },
        )
    });
    let body = StreamBody::new(chunks.map(|chunk| chunk.map(Frame::data)));
    let service = jwt_warp::JwtLayer::new(jwt).layer(warp::service(routes));
    let answer = service.oneshot(request(token, body)).await.unwrap();
    let (parts, body) = answer.into_parts();
    let broken = parts.headers.get("x-broken").map(HeaderValue::as_bytes);
    seen(parts.status.as_u16(), broken, &body.collect().await.unwrap().to_bytes())
}

/// Sends a request to a guarded route on each framework. Returns what all of them did, and the most frames that existed
/// at a time.
async fn everywhere(jwt: &JwtManager, token: Option<&str>, parts: &[Part]) -> (Seen, usize) {
    let frames = Arc::new(Frames::default());
    let chunks = || chunks(parts.to_vec(), &frames);
    let axum = on_axum(jwt, token, chunks()).await;
    assert_eq!(axum, on_actix(jwt, token, chunks()).await, "axum and actix");
    assert_eq!(axum, on_warp(jwt, token, chunks()).await, "axum and warp");
    assert_eq!(frames.now.load(Ordering::SeqCst), 0);
    (axum, frames.most.load(Ordering::SeqCst))
}

/// A JSON text of this length.
fn json(length: usize) -> Vec<u8> {
    let (start, end) = (r#"{"note":""#, r#""}"#);
    format!("{start}{}{end}", "x".repeat(length - start.len() - end.len())).into_bytes()
}

#[actix_web::test]
async fn a_guard_keeps_bytes_and_not_frames() {
    let jwt = manager();
    let token = jwt.access_token("alice").encode().unwrap();
    for length in [LIMIT, LIMIT + 1, 3 * LIMIT] {
        let body = json(length);
        let (seen, most) = everywhere(&jwt, Some(&token), &[Part::Single(body.clone())]).await;
        assert!(seen == Seen::Handled { data: body, broken: false }, "{length}");
        assert!(most <= 2, "{most} frames of {length} existed at a time");
    }
    // Before authentication, for anyone.
    for (length, status) in [(LIMIT, 401), (LIMIT + 1, 413), (3 * LIMIT, 413)] {
        let (seen, most) = everywhere(&jwt, None, &[Part::Single(json(length))]).await;
        assert_eq!(seen, Seen::Rejected(status), "{length}");
        assert!(most <= 2, "{most} frames of {length} existed at a time");
    }
}

#[test]
fn a_client_cannot_make_a_guard_allocate_more_than_the_limit() {
    let limit = 256 * 1024;
    let (jwt, system) = (manager_up_to(limit), actix_web::rt::System::new());
    let allocated = |name: &str, answer: Pin<Box<dyn Future<Output = Seen> + '_>>| {
        let mut seen = None;
        let allocated = allocation_counter::measure(|| seen = Some(system.block_on(answer)));
        assert_eq!(seen, Some(Seen::Rejected(401)), "{name}");
        // The buffer grows, the body is parsed, and the framework has some fixed costs.
        assert!(allocated.bytes_max < 3 * limit as u64, "{name}: {} bytes", allocated.bytes_max);
    };
    let chunks = || chunks(vec![Part::Single(json(limit))], &Arc::default());
    allocated("axum", Box::pin(on_axum(&jwt, None, chunks())));
    allocated("actix", Box::pin(on_actix(&jwt, None, chunks())));
    allocated("warp", Box::pin(on_warp(&jwt, None, chunks())));
}

#[actix_web::test]
async fn the_handler_gets_everything_in_order() {
    use Part::{Broken, Single, Whole};
    let jwt = manager();
    let token = jwt.access_token("alice").encode().unwrap();
    let (long, tail) = (json(LIMIT), b"the end".to_vec());
    let all = [long.clone(), tail.clone()].concat();
    for parts in [
        vec![Whole(all.clone())],
        vec![Whole(long.clone()), Whole(Vec::new()), Whole(tail.clone())],
        vec![Single(long.clone()), Whole(tail.clone())],
        vec![Whole(all[..9].into()), Whole(all[9..].into())],
        vec![Whole(all[..9].into()), Single(all[9..LIMIT].into()), Whole(all[LIMIT..].into())],
    ] {
        let (seen, _) = everywhere(&jwt, Some(&token), &parts).await;
        assert!(seen == Seen::Handled { data: all.clone(), broken: false });
        assert_eq!(everywhere(&jwt, None, &parts).await.0, Seen::Rejected(413));
    }
    for parts in [vec![], vec![Whole(Vec::new())]] {
        let (seen, _) = everywhere(&jwt, Some(&token), &parts).await;
        assert_eq!(seen, Seen::Handled { data: Vec::new(), broken: false });
    }
    // After the limit, the error is for the handler.
    let (seen, _) = everywhere(&jwt, Some(&token), &[Whole(all.clone()), Single(tail.clone()), Broken]).await;
    assert!(seen == Seen::Handled { data: [&*all, &*tail].concat(), broken: true });
    for (parts, data) in [
        (vec![Broken], Vec::new()),
        (vec![Single(tail.clone()), Broken], tail.clone()),
        (vec![Whole(long.clone()), Broken, Whole(tail)], long),
    ] {
        assert_eq!(everywhere(&jwt, None, &parts).await.0, Seen::Rejected(400), "{}", data.len());
        let (seen, _) = everywhere(&jwt, Some(&token), &parts).await;
        assert!(seen == Seen::Handled { data, broken: true });
    }
}

#[actix_web::test]
async fn the_size_and_the_trailers_are_those_of_the_client() {
    type Sent = StreamBody<stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>>>;
    type Told = (Vec<u8>, Option<HeaderMap>, u64, Option<u64>);
    async fn told(body: impl http_body::Body<Data = Bytes, Error: std::fmt::Debug>) -> Told {
        let (least, most) = (body.size_hint().lower(), body.size_hint().upper());
        let body = body.collect().await.unwrap();
        let trailers = body.trailers().cloned();
        (body.to_bytes().to_vec(), trailers, least, most)
    }
    let jwt = manager();
    let token = jwt.access_token("alice").encode().unwrap();
    let trailers: HeaderMap =
        [("x-sum".parse().unwrap(), HeaderValue::from_static("5"))].into_iter().collect();
    for length in [LIMIT, LIMIT + 1] {
        let sent = json(length);
        let body = || -> Sent {
            let frames = sent.chunks(1000).map(|chunk| Ok(Frame::data(Bytes::copy_from_slice(chunk))));
            let frames = frames.chain([Ok(Frame::trailers(trailers.clone()))]).collect::<Vec<_>>();
            StreamBody::new(stream::iter(frames))
        };
        let (sender, receiver) = std::sync::mpsc::channel();

        let axum = sender.clone();
        let handler = async move |body: Body| axum.send(told(body).await).unwrap();
        let app =
            Router::new().route("/", post(handler)).route_layer(jwt_axum::require(&jwt, Policy::access()));
        let answer = app.oneshot(request(Some(&token), Body::new(body()))).await.unwrap();
        assert_eq!(answer.status(), 200);

        let service = service_fn(move |request: Request<jwt_warp::LayerBody<Sent>>| {
            let sender = sender.clone();
            async move {
                sender.send(told(request.into_body()).await).unwrap();
                Ok::<_, Infallible>(warp::reply::Response::default())
            }
        });
        let service = jwt_warp::JwtLayer::new(&jwt).layer(service);
        service.oneshot(request(Some(&token), body())).await.unwrap();

        let told: Vec<Told> = receiver.iter().collect();
        assert_eq!(told.len(), 2);
        for (data, fields, least, most) in told {
            assert!(data == sent, "{length}");
            assert_eq!(fields.as_ref(), Some(&trailers), "{length}");
            let (is_whole, length) = (length <= LIMIT, length as u64);
            assert!(least <= length && most.is_none_or(|most| length <= most), "{least} {most:?}");
            assert!(!is_whole || (least, most) == (length, Some(length)), "{least} {most:?}");
        }
    }
}
