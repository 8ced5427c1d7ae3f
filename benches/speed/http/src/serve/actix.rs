use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::error::ErrorUnauthorized;
use actix_web::http::header::AUTHORIZATION;
use actix_web::rt::System;
use actix_web::web::{self, Data};
use actix_web::{App, Error, HttpMessage as _, HttpResponse, HttpServer};
use actix_web_httpauth::extractors::bearer::BearerAuth;
use actix_web_httpauth::middleware::HttpAuthentication;
use anyhow::Result;
use bench_common::floor::Floor;
use futures_util::TryFutureExt as _;
use futures_util::future::{Either, MapOk, Ready, ready as now};
use jwt_actix::{AccessToken, Policy, require};

use super::decode::Decoder;
use super::floor::{floor, subject};
use super::{BODY, listen, ready};
use crate::tokens::{Place, manager};

pub(super) fn serve(workers: usize) -> Result<()> {
    let (jwt, cookies) = (manager(Place::Header)?, manager(Place::Cookie)?);
    let (floor, decoder) = (Arc::new(floor()), Arc::new(Decoder::new()?));
    System::new().block_on(async move {
        let (listener, port) = listen()?;
        let server = HttpServer::new(move || {
            let guard = |jwt| require(jwt, Policy::access());
            let decoder = Arc::clone(&decoder);
            let peer = HttpAuthentication::bearer(move |request, bearer| {
                decoded(Arc::clone(&decoder), request, bearer)
            });
            App::new()
                .app_data(Data::new(jwt.clone()))
                .route("/open", web::get().to(open))
                .route("/guarded", web::get().to(open).wrap(guard(&jwt)))
                .route("/cookie", web::get().to(open).wrap(guard(&cookies)))
                .route("/both", web::get().to(named).wrap(guard(&jwt)))
                .route("/extractor", web::get().to(named))
                .route("/floor", web::get().to(open).wrap(ByHand(Arc::clone(&floor))))
                .route("/decode", web::get().to(open).wrap(peer))
        });
        let server = server.workers(workers).disable_signals().listen(listener)?.run();
        ready(
            ["open", "guarded", "cookie", "both", "extractor", "floor", "decode"].map(|route| (route, port)),
        )?;
        Ok(server.await?)
    })
}

async fn open() -> &'static str {
    BODY
}

async fn named(AccessToken(token): AccessToken) -> &'static str {
    std::hint::black_box(token.identity());
    BODY
}

async fn decoded(
    decoder: Arc<Decoder>,
    request: ServiceRequest,
    bearer: BearerAuth,
) -> Result<ServiceRequest, (Error, ServiceRequest)> {
    match decoder.decode(bearer.token()) {
        Some(claims) => {
            request.extensions_mut().insert(claims);
            Ok(request)
        }
        None => Err((ErrorUnauthorized("invalid token"), request)),
    }
}

/// The minimal implementation as actix middleware.
struct ByHand(Arc<Floor>);

impl<S, B> Transform<S, ServiceRequest> for ByHand
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = ByHandService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        now(Ok(ByHandService { floor: Arc::clone(&self.0), inner }))
    }
}

struct ByHandService<S> {
    floor: Arc<Floor>,
    inner: S,
}

type Answer<B> = ServiceResponse<EitherBody<B>>;

impl<S, B> Service<ServiceRequest> for ByHandService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = Answer<B>;
    type Error = Error;
    type Future =
        Either<MapOk<S::Future, fn(ServiceResponse<B>) -> Answer<B>>, Ready<Result<Answer<B>, Error>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let value = request.headers().get(AUTHORIZATION).map(|value| value.as_bytes());
        match subject(&self.floor, value) {
            Some(subject) => {
                request.extensions_mut().insert(subject);
                Either::Left(self.inner.call(request).map_ok(ServiceResponse::map_into_left_body))
            }
            None => {
                let response = request.into_response(HttpResponse::Unauthorized().finish());
                Either::Right(now(Ok(response.map_into_right_body())))
            }
        }
    }
}
