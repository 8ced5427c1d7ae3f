//! warp tries routes one after another, so each route has its own port here.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Result;
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use jwt_warp::{AccessToken, JwtLayer, JwtManager, guard};
use tower_layer::Layer as _;
use tower_service::Service;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

use super::decode::Decoder;
use super::floor::{FloorLayer, Subject};
use super::{BODY, listen, ready, runtime};
use crate::tokens::{Place, manager};

pub(super) fn serve(workers: usize) -> Result<()> {
    let (jwt, cookies) = (manager(Place::Header)?, manager(Place::Cookie)?);
    let open = warp::path!("open").and(warp::get()).map(|| BODY);
    let floor =
        warp::path!("floor").and(warp::get()).and(warp::ext::get::<Subject>()).map(|Subject(name)| {
            std::hint::black_box(name);
            BODY
        });
    let decode = decode(Decoder::new()?);

    runtime(workers)?.block_on(async {
        ready([
            ("open", spawn(warp::service(open))?),
            ("plain", spawn(warp::service(guarded(&jwt, "plain")))?),
            ("guarded", spawn(JwtLayer::new(&jwt).layer(warp::service(guarded(&jwt, "guarded"))))?),
            ("cookie", spawn(JwtLayer::new(&cookies).layer(warp::service(guarded(&cookies, "cookie"))))?),
            ("floor", spawn(FloorLayer::new().layer(warp::service(floor)))?),
            ("decode", spawn(warp::service(decode))?),
        ])?;
        std::future::pending().await
    })
}

fn guarded(
    jwt: &JwtManager,
    route: &'static str,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    guard(jwt, |token| {
        warp::path(route).and(warp::path::end()).and(warp::get()).and(token).map(
            |AccessToken(token): AccessToken| {
                std::hint::black_box(token.identity());
                BODY
            },
        )
    })
}

#[derive(Debug)]
struct Refused;

impl warp::reject::Reject for Refused {}

/// Extracts the token as an application would do it itself.
fn decode(decoder: Decoder) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let decoder = Arc::new(decoder);
    let claims = warp::header::optional::<String>("authorization").and_then(move |value: Option<String>| {
        let claims = value.as_deref().and_then(|value| decoder.decode(value.strip_prefix("Bearer ")?));
        async { claims.ok_or_else(|| warp::reject::custom(Refused)) }
    });
    let route = warp::path!("decode").and(warp::get()).and(claims).map(|claims: super::decode::Claims| {
        claims.read();
        BODY
    });
    route.recover(async |rejection: Rejection| match rejection.find::<Refused>() {
        Some(Refused) => Ok(warp::reply::with_status("invalid token", StatusCode::UNAUTHORIZED)),
        None => Err(rejection),
    })
}

/// Serves like `warp::serve`, which does not take layers.
fn spawn<S>(service: S) -> Result<u16>
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let (listener, port) = listen()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            // The client decides when to close a connection, so ignore errors.
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Ok(port)
}
