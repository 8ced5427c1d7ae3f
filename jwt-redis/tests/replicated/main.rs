//! Tests the in-memory copy of Redis.

// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]

mod conformance;
mod faults;
mod following;
#[cfg(feature = "metrics")]
mod metrics;
mod promotion;
mod reloading;
#[path = "../shared/mod.rs"]
mod shared;

use std::time::{Duration, SystemTime};

use jwt_redis::{RedisSessions, Replicated};
use jwt_session::{IsRevokedRequest, Revocation as _, SessionState, Sessions as _, StateRequest, TokenRef};

use shared::{ALICE, GRACE, access};

/// A copy that polls so rarely that it receives nothing by itself.
const SELDOM: Duration = Duration::from_secs(900);

async fn copy(source: &RedisSessions, interval: Duration) -> Replicated {
    let builder = Replicated::builder().bound(Duration::from_secs(3600)).interval(interval);
    builder.copy(source.clone()).await.unwrap()
}

async fn often(source: &RedisSessions) -> Replicated {
    copy(source, Duration::from_millis(2)).await
}

async fn seldom(source: &RedisSessions) -> Replicated {
    copy(source, SELDOM).await
}

/// Returns an access token of the session.
async fn state(store: &Replicated, session: &str, now: SystemTime) -> SessionState {
    store.state(StateRequest::new(access(session, now), now).grace(GRACE)).await.unwrap()
}

async fn is_revoked(store: &Replicated, id: &str, now: SystemTime) -> bool {
    store.is_revoked(IsRevokedRequest::new(TokenRef::new(ALICE, id).issued_at(now), now)).await.unwrap()
}
