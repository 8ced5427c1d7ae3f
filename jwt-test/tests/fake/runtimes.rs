//! An issuer starts and stops in a test of any kind.

use jwt_test::{Failure, FakeIssuer};

use crate::client::{send, status, wait_for_hits};
use crate::up_to_date;

fn starts_and_stops() {
    let issuer = FakeIssuer::start();
    assert_eq!(status(issuer.jwks_url()), 200);
    assert!(up_to_date(&issuer).decode(&issuer.token().sign()).is_ok());
    issuer.fail(Failure::Hang);
    let _waiting = send(&issuer, "/.well-known/jwks.json");
    wait_for_hits(&issuer, 3);
    drop(issuer);
}

#[test]
fn without_a_runtime() {
    starts_and_stops();
}

#[tokio::test]
async fn on_a_runtime_of_tokio() {
    starts_and_stops();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_runtime_with_threads() {
    starts_and_stops();
}

#[actix_web::test]
async fn on_a_runtime_of_actix() {
    starts_and_stops();
}

#[tokio::test]
async fn a_test_can_wait_for_requests() {
    let issuer = FakeIssuer::start();
    issuer.until_hits(0).await;
    issuer.fail(Failure::Hang);
    let url = issuer.jwks_url().to_owned();
    let (first, second) = (issuer.until_hits(1), issuer.until_hits(2));
    let waiting = std::thread::spawn(move || status(&url));
    first.await;
    assert_eq!(issuer.hits().jwks, 1);
    let second = tokio::spawn(second);
    tokio::task::yield_now().await;
    assert!(!second.is_finished());
    let _other = send(&issuer, "/nothing");
    second.await.unwrap();
    issuer.recover();
    assert_eq!(waiting.join().unwrap(), 200);
}

#[test]
fn in_a_static_that_threads_share() {
    static ISSUER: std::sync::LazyLock<FakeIssuer> = std::sync::LazyLock::new(FakeIssuer::start);
    let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(|| status(ISSUER.jwks_url()) == 200)).collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
    assert_eq!(ISSUER.hits().jwks, 8);
}
