use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use jwt_tower::session::MemorySessions;
use jwt_tower::{Config, JwtLayer, JwtManager, Policy};
use tower::limit::ConcurrencyLimitLayer;
use tower::{Service as _, ServiceBuilder, ServiceExt as _};

use crate::support::{builder, get_as, manager, whoami};

/// `ConcurrencyLimit` panics if it is called without being polled, and holds a permit from `poll_ready` on.
async fn only_the_polled_service_is_called(jwt: &JwtManager, token: &str) {
    let mut service = ServiceBuilder::new()
        .layer(JwtLayer::new(jwt, Policy::access()).unwrap())
        .layer(ConcurrencyLimitLayer::new(1))
        .service_fn(whoami::<Full<Bytes>>);
    for _ in 0..3 {
        let mut request = get_as(jwt, "alice", "/");
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        let ready = tokio::time::timeout(Duration::from_secs(10), service.ready()).await;
        let response = ready.unwrap().unwrap().call(request).await.unwrap();
        assert_eq!(response.status(), 200);
        // The permit is returned when a rejected request is answered, too.
        let ready = tokio::time::timeout(Duration::from_secs(10), service.ready()).await;
        let rejected = ready.unwrap().unwrap().call(http::Request::default());
        assert_eq!(rejected.await.unwrap().status(), 401);
    }
}

#[tokio::test]
async fn only_the_polled_service_is_called_if_nothing_is_awaited() {
    let jwt = manager();
    only_the_polled_service_is_called(&jwt, &jwt.access_token("alice").encode().unwrap()).await;
}

#[tokio::test]
async fn only_the_polled_service_is_called_after_waiting_for_a_store() {
    let jwt = builder(Config::default()).session_store(MemorySessions::new()).build().unwrap();
    let pair = jwt.log_in("alice").await.unwrap();
    only_the_polled_service_is_called(&jwt, pair.access()).await;
}
