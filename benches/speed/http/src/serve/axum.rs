use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::routing::get;
use axum_jwt_auth::{Decoder, LocalDecoder};
use jsonwebtoken_of_peer::{Algorithm, DecodingKey, Validation};
use jwt_axum::{AccessToken, Policy, require};

use super::decode::Claims;
use super::floor::FloorLayer;
use super::{BODY, listen, ready, runtime};
use crate::tokens::{Place, SECRET, manager};

pub(super) fn serve(workers: usize) -> Result<()> {
    let (jwt, cookies) = (manager(Place::Header)?, manager(Place::Cookie)?);
    let guard = |jwt| require(jwt, Policy::access());
    let ours = Router::new()
        .route("/guarded", get(open).route_layer(guard(&jwt)))
        .route("/cookie", get(open).route_layer(guard(&cookies)))
        .route("/both", get(named).route_layer(guard(&jwt)))
        .route("/extractor", get(named))
        .with_state(jwt);
    let peer = Router::new().route("/decode", get(decoded)).with_state(decoder()?);
    let app = Router::new()
        .route("/open", get(open))
        .route("/floor", get(open).route_layer(FloorLayer::new()))
        .merge(ours)
        .merge(peer);

    runtime(workers)?.block_on(async {
        let (listener, port) = listen()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        ready(
            ["open", "guarded", "cookie", "both", "extractor", "floor", "decode"].map(|route| (route, port)),
        )?;
        Ok(axum::serve(listener, app).await?)
    })
}

async fn open() -> &'static str {
    BODY
}

async fn named(AccessToken(token): AccessToken) -> &'static str {
    std::hint::black_box(token.identity());
    BODY
}

async fn decoded(claims: axum_jwt_auth::Claims<Claims>) -> &'static str {
    claims.claims.read();
    BODY
}

fn decoder() -> Result<Decoder<Claims>> {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.validate_nbf = true;
    // The crate requires an audience in its rules. Tokens do not need one.
    rules.set_audience(&["anybody"]);
    Ok(Arc::new(LocalDecoder::new(vec![DecodingKey::from_secret(SECRET.as_bytes())], rules)?))
}
