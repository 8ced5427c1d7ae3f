//! What only the private parts show: locks, and decisions to the second.

// Tests choose their own times.
#![allow(clippy::arithmetic_side_effects)]

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use jwt_core::keys::{Algorithm, KeySet, Secret, VerifyingKey};
use jwt_core::{BoxError, Config, JwtManager, KeyMismatch, Policy};
use jwt_test::FakeIssuer;

use crate::error::{FetchError, FetchErrorKind};
use crate::machine::{Snapshot, Step, Times, Turns};
use crate::{Fetch, FetchRequest, RemoteIssuer};

struct Fixed(String, Arc<AtomicUsize>);

impl Fetch for Fixed {
    async fn get(&self, _: FetchRequest) -> Result<http::Response<Bytes>, BoxError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        Ok(http::Response::new(Bytes::from(self.0.clone())))
    }
}

/// Only texts of the fake issuer are used, because it has types of another build of this crate.
fn remote(issuer: &FakeIssuer) -> (RemoteIssuer, JwtManager, Arc<AtomicUsize>) {
    let fetches: Arc<AtomicUsize> = Arc::default();
    let client = Fixed(issuer.jwks().to_string(), Arc::clone(&fetches));
    let login = RemoteIssuer::jwks(issuer.url(), "https://login.example/keys").fetch(client).build().unwrap();
    let trusted = login.issuer().audience("api").audience_alone();
    let jwt = JwtManager::builder(Config::default()).trusted_issuer(trusted).build().unwrap();
    (login, jwt, fetches)
}

#[tokio::test]
async fn fresh_keys_are_read_without_the_lock() {
    let issuer = FakeIssuer::start();
    let (login, jwt, fetches) = remote(&issuer);
    let token = issuer.token().sign();
    login.ready().await.unwrap();
    // A request that took the lock would wait for the end of the test.
    let held = login.keys.turns();
    let (sender, receiver) = mpsc::channel();
    let requests = std::thread::spawn(move || {
        let accepted = (0..100).filter(|_| jwt.decode(&token).is_ok()).count();
        let _ = sender.send(accepted);
    });
    assert_eq!(receiver.recv_timeout(Duration::from_secs(30)), Ok(100));
    drop(held);
    requests.join().unwrap();
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
}

/// Neither while a refresh is due or in flight, nor while keys are stale.
#[tokio::test]
async fn good_requests_never_wait_for_the_lock() {
    let issuer = FakeIssuer::start();
    let skipped = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&skipped);
    let client = Fixed(issuer.jwks().to_string(), Arc::default());
    let login = RemoteIssuer::jwks(issuer.url(), "https://login.example/keys")
        .fetch(client)
        .clock(move || Instant::now() + Duration::from_secs(clock.load(Ordering::SeqCst)))
        .build()
        .unwrap();
    let trusted = login.issuer().audience("api").audience_alone();
    let jwt = JwtManager::builder(Config::default()).trusted_issuer(trusted).build().unwrap();
    let token = issuer.token().claim("exp", 99_999_999_999_u64).sign();
    login.ready().await.unwrap();
    let accepted = || {
        let held = login.keys.turns();
        let (jwt, token, runtime) = (jwt.clone(), token.clone(), tokio::runtime::Handle::current());
        let (sender, receiver) = mpsc::channel();
        let requests = std::thread::spawn(move || {
            let _inside = runtime.enter();
            let accepted = (0..100).filter(|_| jwt.decode(&token).is_ok()).count();
            let _ = sender.send(accepted);
        });
        let accepted = receiver.recv_timeout(Duration::from_secs(30));
        drop(held);
        requests.join().unwrap();
        accepted
    };
    skipped.store(545, Ordering::SeqCst);
    assert_eq!(accepted(), Ok(100));
    // A refresh is in flight.
    assert!(jwt.decode(&token).is_ok());
    assert_eq!(login.keys.turns().attempts(), 2);
    assert_eq!(accepted(), Ok(100));
    login.keys.ended(error(), |turns, error, now| turns.failed(2, error, now)).unwrap().unwrap_err();
    // The keys are past their time, and it is time for the next attempt.
    skipped.store(601, Ordering::SeqCst);
    assert_eq!(accepted(), Ok(100));
    assert!(login.status().failures() == 1 && !login.status().is_fresh());
    skipped.store(4300, Ordering::SeqCst);
    assert_eq!(accepted(), Ok(0));
}

/// Those who wait carry out the fetch.
#[test]
fn no_runtime_is_necessary() {
    let issuer = FakeIssuer::start();
    let (_, jwt, fetches) = remote(&issuer);
    let token = issuer.token().sign();
    let policy = Policy::access();
    assert!(jwt.verify(&token, &policy).now_or_never().is_some_and(|verified| verified.is_ok()));
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
}

fn keys(now: Instant) -> Snapshot {
    let key = VerifyingKey::from_secret(Algorithm::HS256, Secret::generate().unwrap()).unwrap();
    let after = |seconds| now.checked_add(Duration::from_secs(seconds)).unwrap();
    let keys = KeySet::new([key]).unwrap();
    Snapshot::new(keys, Some(now), after(480), after(600), Duration::from_secs(3600))
}

fn turns() -> Turns<u64> {
    Turns::new(Times { cool_down: Duration::from_secs(30), timeout: Duration::from_secs(5) })
}

fn error() -> FetchError {
    FetchError::new(FetchErrorKind::Unreachable, "down")
}

/// Starts what a request would start, or `None`.
fn start(turns: &mut Turns<u64>, keys: Option<&Snapshot>, now: Instant) -> Option<(u64, bool)> {
    match turns.step(keys, now) {
        Step::Start(attempt) => {
            turns.started(attempt, attempt.id, now);
            Some((attempt.id, attempt.forced))
        }
        _ => None,
    }
}

#[test]
fn pauses_double_up_to_the_cool_down() {
    let (mut turns, mut now) = (turns(), Instant::now());
    for pause in [5, 10, 20, 30, 30, 30] {
        let (id, forced) = start(&mut turns, None, now).unwrap();
        assert!(!forced);
        turns.failed(id, error(), now);
        assert!(matches!(turns.step(None, now + Duration::from_millis(pause * 1000 - 1)), Step::Fail(_)));
        now += Duration::from_secs(pause);
    }
    let (id, _) = start(&mut turns, None, now).unwrap();
    assert_eq!(turns.succeeded(id).unwrap().0, 6);
    assert!(turns.last_failure().is_none());
}

#[test]
fn a_forced_turn_counts_from_the_attempt() {
    let (mut turns, now) = (turns(), Instant::now());
    let keys = keys(now);
    let at = |seconds: u64| now + Duration::from_secs(seconds);
    assert!(turns.worth_fetching(KeyMismatch::UnknownId, Some(&keys), now));
    let (id, forced) = start(&mut turns, Some(&keys), now).unwrap();
    assert!(forced);
    // Tokens that arrive meanwhile wait for it.
    assert!(turns.worth_fetching(KeyMismatch::Signature, Some(&keys), at(1)));
    assert!(matches!(turns.step(Some(&keys), at(1)), Step::Join(..)));
    turns.succeeded(id).unwrap();
    for mismatch in [KeyMismatch::UnknownId, KeyMismatch::Signature] {
        assert!(!turns.worth_fetching(mismatch, Some(&keys), at(29)));
    }
    // A request that was on its way gets the keys.
    assert!(matches!(turns.step(Some(&keys), at(2)), Step::Keep));
    assert!(turns.worth_fetching(KeyMismatch::Signature, Some(&keys), at(30)));
    let (id, forced) = start(&mut turns, Some(&keys), at(30)).unwrap();
    assert!(forced);
    turns.failed(id, error(), at(32)).unwrap();
    // Nobody knows which keys the issuer has now.
    assert!(turns.worth_fetching(KeyMismatch::UnknownId, Some(&keys), at(40)));
    assert!(!turns.worth_fetching(KeyMismatch::Signature, Some(&keys), at(40)));
    assert!(matches!(turns.step(Some(&keys), at(40)), Step::Fail(_)));
    assert!(turns.worth_fetching(KeyMismatch::UnknownId, Some(&keys), at(60)));
    assert!(start(&mut turns, Some(&keys), at(60)).unwrap().1);
}

/// A request that had to wait for the first keys arrives after they did.
#[test]
fn a_late_request_does_not_force_a_fetch() {
    let (mut turns, now) = (turns(), Instant::now());
    let (id, _) = start(&mut turns, None, now).unwrap();
    turns.succeeded(id).unwrap();
    assert!(matches!(turns.step(Some(&keys(now)), now), Step::Keep));
}

#[test]
fn a_lost_attempt_is_replaced() {
    let (mut turns, now) = (turns(), Instant::now());
    let (first, _) = start(&mut turns, None, now).unwrap();
    let later = now + Duration::from_secs(6);
    assert!(matches!(turns.step(None, later - Duration::from_millis(1)), Step::Join(..)));
    let Step::Start(second) = turns.step(None, later) else { panic!("joins a lost attempt") };
    assert_eq!(turns.started(second, second.id, later), Some(first));
    // The first one does not end the second one.
    assert!(turns.succeeded(first).is_none() && turns.failed(first, error(), later).is_none());
    assert!(turns.stopped(first).is_none());
    assert!(turns.succeeded(second.id).is_some());
}

#[test]
fn an_attempt_that_was_not_carried_out_uses_no_turn() {
    let (mut turns, now) = (turns(), Instant::now());
    let keys = keys(now);
    assert!(turns.worth_fetching(KeyMismatch::UnknownId, Some(&keys), now));
    let (id, _) = start(&mut turns, Some(&keys), now).unwrap();
    turns.stopped(id).unwrap();
    assert!(start(&mut turns, Some(&keys), now).unwrap().1);
}

/// Attempts of the application use no turn, so they cannot give one back.
#[test]
fn a_refresh_that_was_not_carried_out_leaves_the_turn_used() {
    let (mut turns, now) = (turns(), Instant::now());
    let keys = keys(now);
    assert!(turns.worth_fetching(KeyMismatch::UnknownId, Some(&keys), now));
    let (id, _) = start(&mut turns, Some(&keys), now).unwrap();
    turns.succeeded(id).unwrap();
    let Step::Start(attempt) = turns.refresh(now) else { panic!("something is in flight") };
    assert!(attempt.revalidate && !attempt.forced);
    turns.started(attempt, attempt.id, now);
    turns.stopped(attempt.id).unwrap();
    assert!(!turns.worth_fetching(KeyMismatch::UnknownId, Some(&keys), now));
    assert!(matches!(turns.step(Some(&keys), now), Step::Keep));
}

/// Instants do not go back, but a clock of the application may. That blocks nothing for longer than usual, and permits no
/// flood either.
#[test]
fn a_clock_that_jumps_back_blocks_nothing() {
    let (mut turns, now) = (turns(), Instant::now() + Duration::from_secs(100_000));
    let keys = keys(now);
    let before = now - Duration::from_secs(50_000);
    assert!(turns.worth_fetching(KeyMismatch::UnknownId, Some(&keys), now));
    let (id, _) = start(&mut turns, Some(&keys), now).unwrap();
    // The attempt of the other time is lost, not waited for.
    assert!(matches!(turns.step(None, before), Step::Start(_)));
    turns.failed(id, error(), now).unwrap();
    // Nor does its failure count.
    assert!(turns.background(None, before).is_some());
    assert!(turns.worth_fetching(KeyMismatch::Signature, Some(&keys), before));
    let (id, forced) = start(&mut turns, Some(&keys), before).unwrap();
    assert!(forced);
    turns.failed(id, error(), before).unwrap();
    assert!(!turns.worth_fetching(KeyMismatch::Signature, Some(&keys), before));
    assert!(matches!(turns.step(Some(&keys), before), Step::Fail(_)));
    assert!(turns.background(None, before).is_none());
}

/// Whatever the times are, the next attempt can hang and fail before requests wait for the one after it.
#[test]
fn stale_keys_are_used_until_the_next_attempt_has_failed() {
    for (cool_down, timeout) in [(1, 5), (2, 5), (30, 5), (30, 60), (1, 60)] {
        let times =
            Times { cool_down: Duration::from_secs(cool_down), timeout: Duration::from_secs(timeout) };
        let (mut turns, start_of_test) = (Turns::<u64>::new(times), Instant::now());
        let mut keys = keys(start_of_test);
        let mut now = keys.fresh_until;
        while now < keys.stale_until - Duration::from_secs(120) {
            let attempt = turns.background(Some(&keys), now).unwrap();
            turns.started(attempt, attempt.id, now);
            keys = turns.adjusted(&keys, now);
            now += Duration::from_secs(timeout);
            assert!(turns.last_failure().is_none() || now < keys.usable_until, "{cool_down} {timeout}");
            turns.failed(attempt.id, error(), now).unwrap();
            keys = turns.adjusted(&keys, now);
            now = keys.look_at;
            assert!(now < keys.usable_until, "{cool_down} {timeout}");
        }
    }
}

/// A background refresh that starts between the two steps of a request does not take its wish away.
#[test]
fn a_refresh_in_between_does_not_replace_a_forced_attempt() {
    let (mut turns, now) = (turns(), Instant::now());
    let keys = keys(now);
    assert!(turns.worth_fetching(KeyMismatch::UnknownId, Some(&keys), now));
    let refresh = turns.background(Some(&keys), now).unwrap();
    turns.started(refresh, refresh.id, now);
    assert!(matches!(turns.step(Some(&keys), now), Step::Join(..)));
    turns.succeeded(refresh.id).unwrap();
    // It read an old set, so the request wants another attempt.
    let (_, forced) = start(&mut turns, Some(&keys), now).unwrap();
    assert!(forced);
}
