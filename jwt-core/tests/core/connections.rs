//! Connections end when their tokens do.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::session::{
    Consistency, EndRequest, Ended, IsRevokedRequest, ListRequest, MemorySessions, Revocation, RevokeRequest,
    RotateRequest, Rotation, Selector, SessionPage, SessionState, Sessions, StartRequest, Started,
    StateRequest, StatesRequest, Subject, TouchRequest,
};
use jwt_core::{
    BoxError, Config, EndReason, Ends, Issuer, JwtManager, JwtManagerBuilder, Policy, Token, TokenError,
};
use tokio::time::{Instant, timeout};
use tracing::Level;

use crate::support::{HEADER, NOW, SECRET, at, bearer, builder, payload, secs, sign};
use crate::support_log::{Line, logged};
use crate::support_sessions::Told;

/// Longer than everything in these tests.
const LONG: Duration = Duration::from_secs(1_000_000);
const INTERVAL: Duration = Duration::from_secs(10);

/// An in-memory store that counts and fails on demand.
#[derive(Clone, Default)]
struct Counted(Arc<Counts>);

#[derive(Default)]
struct Counts {
    inner: MemorySessions,
    batches: Mutex<Vec<usize>>,
    fails: AtomicBool,
    hangs: AtomicBool,
    returns_too_few: AtomicBool,
    /// Whether `end` does not return before half a second has passed. It takes effect in the middle.
    replies_slowly: AtomicBool,
    /// Whether the store fails once `end` has returned.
    fails_afterwards: AtomicBool,
    /// Whether the local copy says that all sessions are live.
    is_stale: AtomicBool,
}

impl Counted {
    fn batches(&self) -> Vec<usize> {
        std::mem::take(&mut *self.0.batches.lock().unwrap())
    }

    async fn inner(&self) -> Result<&MemorySessions, BoxError> {
        if self.0.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if self.0.fails.load(Ordering::Relaxed) { Err("the store is down".into()) } else { Ok(&self.0.inner) }
    }
}

impl Revocation for Counted {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        self.inner().await?.is_revoked(request).await
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        self.inner().await?.revoke(request).await
    }
}

impl Sessions for Counted {
    async fn start(&self, request: StartRequest<'_>) -> Result<Started, BoxError> {
        self.inner().await?.start(request).await
    }

    async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, BoxError> {
        self.inner().await?.rotate(request).await
    }

    async fn state(&self, request: StateRequest<'_>) -> Result<SessionState, BoxError> {
        self.inner().await?.state(request).await
    }

    async fn states(&self, request: StatesRequest<'_>) -> Result<Vec<SessionState>, BoxError> {
        self.0.batches.lock().unwrap().push(request.tokens.len());
        if request.consistency == Consistency::Local && self.0.is_stale.load(Ordering::Relaxed) {
            return Ok(vec![SessionState::Active; request.tokens.len()]);
        }
        let mut states = self.inner().await?.states(request).await?;
        if self.0.returns_too_few.load(Ordering::Relaxed) {
            states.pop();
        }
        Ok(states)
    }

    async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, BoxError> {
        self.inner().await?.touch(request).await
    }

    async fn end(&self, request: EndRequest<'_>) -> Result<Ended, BoxError> {
        if self.0.replies_slowly.load(Ordering::Relaxed) {
            // As a server does, whether or not anyone waits for its reply.
            let (inner, Selector::One { subject, session }) = (self.0.inner.clone(), request.selector) else {
                return Err("the test ends one session".into());
            };
            let [issuer, name, session] = [subject.issuer, subject.name, session].map(str::to_owned);
            let now = request.now;
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(250)).await;
                let selector = Selector::One { subject: Subject::new(&issuer, &name), session: &session };
                inner.end(EndRequest::new(selector, now)).await.unwrap();
            });
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let ended = self.inner().await?.end(request).await;
        if self.0.fails_afterwards.load(Ordering::Relaxed) {
            self.0.fails.store(true, Ordering::Relaxed);
        }
        ended
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, BoxError> {
        self.inner().await?.list(request).await
    }
}

/// A manager whose clock runs with Tokio's, which the tests pause.
fn clocked(config: Config) -> JwtManagerBuilder {
    let started = Instant::now();
    builder(config).clock(move || at(NOW) + started.elapsed())
}

fn with_store(config: Config, store: &Counted) -> JwtManager {
    clocked(config).session_store(store.clone()).build().unwrap()
}

async fn log_in(jwt: &JwtManager, identity: &str) -> Token {
    jwt.decode(jwt.log_in(identity).await.unwrap().access()).unwrap()
}

/// The connection of a new token without a session.
fn open(jwt: &JwtManager, identity: &str) -> Ends {
    let token = jwt.access_token(identity).encode().unwrap();
    jwt.ends(&jwt.decode(&token).unwrap())
}

fn is_open(ends: &mut Ends) -> bool {
    pin!(ends).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// Waits for the end. Returns the reason, and how long it took.
async fn end_of(ends: &mut Ends) -> (EndReason, Duration) {
    let started = Instant::now();
    let reason = timeout(LONG, ends).await.expect("the connection stays open");
    (reason, started.elapsed())
}

async fn assert_ends(ends: &mut Ends, reason: EndReason, between: [Duration; 2]) {
    let (found, after) = end_of(ends).await;
    assert_eq!(found, reason, "after {after:?}");
    assert!((between[0]..=between[1]).contains(&after), "{after:?} is not in {between:?}");
}

/// Lets the watcher do what it can do without time passing.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_when_its_token_expires() {
    let jwt = clocked(Config::default().exp_leeway(secs(5))).build().unwrap();
    let token =
        |lifetime| jwt.decode(&jwt.access_token("alice").expires_in(secs(lifetime)).encode().unwrap());
    let (first, second) = (token(300).unwrap(), token(100).unwrap());
    let (mut first, mut second) = (jwt.ends(&first), jwt.ends(&second));
    assert!(is_open(&mut first) && is_open(&mut second));
    let second_later = secs(1);
    assert_ends(&mut second, EndReason::Expired, [secs(105), secs(105) + second_later]).await;
    assert!(is_open(&mut first));
    assert_ends(&mut first, EndReason::Expired, [secs(199), secs(200) + second_later]).await;
    // It returns the same reason again.
    assert_eq!(first.await, EndReason::Expired);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_has_expired_meanwhile_ends_at_once() {
    let jwt = clocked(Config::default()).build().unwrap();
    let token = jwt.decode(&jwt.access_token("alice").expires_in(secs(10)).encode().unwrap()).unwrap();
    tokio::time::advance(secs(11)).await;
    assert_ends(&mut jwt.ends(&token), EndReason::Expired, [Duration::ZERO; 2]).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_same_manager_ends_ends_connections_at_once() {
    let jwt = with_store(Config::default().max_sessions_per_user(5), &Counted::default());
    let none = [Duration::ZERO, Duration::from_millis(1)];
    let kept = log_in(&jwt, "bob").await;
    let mut kept = [jwt.ends(&kept), jwt.session_ends(&kept)];

    for act in 0..8 {
        let pair = jwt.log_in("alice").await.unwrap();
        let token = jwt.decode(pair.access()).unwrap();
        let mut ends = [jwt.ends(&token), jwt.session_ends(&token)];
        assert!(ends.iter_mut().chain(&mut kept).all(is_open));
        settle().await;
        match act {
            0 => jwt.log_out(&token).await.unwrap(),
            1 => drop(jwt.log_out_everywhere(&token).await.unwrap()),
            2 => drop(jwt.end_session("alice", pair.session()).await.unwrap()),
            3 => drop(jwt.end_sessions("alice").await.unwrap()),
            4 => drop(jwt.end_other_sessions(&log_in(&jwt, "alice").await).await.unwrap()),
            5 => jwt.revoke(pair.access()).await.unwrap(),
            6 => {
                // The old refresh token is presented again.
                let refresh = jwt.decode(pair.refresh()).unwrap();
                jwt.rotate(&refresh).await.unwrap();
                tokio::time::advance(secs(11)).await;
                jwt.rotate(&refresh).await.unwrap_err();
            }
            _ => {
                for _ in 0..5 {
                    tokio::time::advance(secs(1)).await;
                    log_in(&jwt, "alice").await;
                }
            }
        }
        for end in &mut ends {
            assert_ends(end, EndReason::Revoked, none).await;
        }
    }
    assert!(kept.iter_mut().all(is_open));
    tokio::time::advance(secs(1)).await;
    jwt.end_issued_before(None, at(NOW) + LONG).await.unwrap();
    for end in &mut kept {
        assert_ends(end, EndReason::Revoked, none).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_node_ends_ends_connections_within_the_interval() {
    let store = Counted::default();
    let (jwt, other) = (with_store(Config::default(), &store), with_store(Config::default(), &store));
    let (alice, bob) = (log_in(&jwt, "alice").await, log_in(&jwt, "bob").await);
    let (mut alice_ends, mut bob_ends) = (jwt.ends(&alice), jwt.ends(&bob));
    assert!(is_open(&mut alice_ends) && is_open(&mut bob_ends));
    tokio::time::sleep(secs(25)).await;
    other.log_out(&alice).await.unwrap();
    assert_ends(&mut alice_ends, EndReason::Revoked, [Duration::ZERO, INTERVAL]).await;
    assert!(is_open(&mut bob_ends));
}

#[tokio::test(start_paused = true)]
async fn a_connection_of_a_session_outlives_its_token_but_not_the_session() {
    let config = Config::default().access_token_expires(secs(60)).session_idle_expires(secs(500));
    let jwt = with_store(config, &Counted::default());
    let (alice, bob) = (log_in(&jwt, "alice").await, log_in(&jwt, "bob").await);
    let (mut alice_ends, mut bob_ends) = (jwt.session_ends(&alice), jwt.session_ends(&bob));
    assert!(is_open(&mut alice_ends) && is_open(&mut bob_ends));
    tokio::time::sleep(secs(300)).await;
    assert!(is_open(&mut alice_ends) && is_open(&mut bob_ends));
    jwt.log_out(&alice).await.unwrap();
    assert_ends(&mut alice_ends, EndReason::Revoked, [Duration::ZERO, Duration::from_millis(1)]).await;
    // The connection is not a use of the session.
    assert_ends(&mut bob_ends, EndReason::Expired, [secs(199), secs(200) + INTERVAL]).await;

    // Without a session, the expiry of the token counts.
    let token = jwt.decode(&jwt.access_token("carol").encode().unwrap()).unwrap();
    assert_ends(&mut jwt.session_ends(&token), EndReason::Expired, [secs(59), secs(61)]).await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_keeps_connections_open_for_a_while() {
    for hangs in [false, true] {
        let (store, told) = (Counted::default(), Told::default());
        let jwt = clocked(Config::default().access_token_expires(secs(600)))
            .session_store(store.clone())
            .session_events(told.clone())
            .build()
            .unwrap();
        let fail = |fails: bool| {
            let failing = if hangs { &store.0.hangs } else { &store.0.fails };
            failing.store(fails, Ordering::Relaxed);
        };
        let alice = log_in(&jwt, "alice").await;
        let mut ends = [jwt.ends(&alice), jwt.session_ends(&alice)];
        assert!(ends.iter_mut().all(is_open));
        // An outage that passes.
        tokio::time::sleep(secs(100)).await;
        fail(true);
        tokio::time::sleep(secs(30)).await;
        fail(false);
        tokio::time::sleep(secs(100)).await;
        assert!(ends.iter_mut().all(is_open));
        let events = told.take();
        assert!((1..=4).contains(&events.len()), "once per failed check: {events:?}");
        assert!(events.iter().all(|event| event.starts_with("unavailable")));
        // One that does not.
        fail(true);
        let started = Instant::now();
        for end in &mut ends {
            assert_eq!(end_of(end).await.0, EndReason::Unavailable);
        }
        let lasted = started.elapsed();
        assert!((secs(45)..=secs(71)).contains(&lasted), "{lasted:?}");
        fail(false);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_expires_although_the_store_hangs() {
    let store = Counted::default();
    let jwt = with_store(Config::default().access_token_expires(secs(30)), &store);
    let token = log_in(&jwt, "alice").await;
    store.0.hangs.store(true, Ordering::Relaxed);
    assert_ends(&mut jwt.ends(&token), EndReason::Expired, [secs(30), secs(31)]).await;
}

#[tokio::test(start_paused = true)]
async fn connections_do_not_all_give_up_at_once() {
    let store = Counted::default();
    let jwt = with_store(Config::default(), &store);
    let token = log_in(&jwt, "alice").await;
    let mut ends: Vec<_> = (0..100).map(|_| jwt.ends(&token)).collect();
    assert!(ends.iter_mut().all(is_open));
    store.0.fails.store(true, Ordering::Relaxed);
    // The first check fails after 9 to 10 seconds.
    tokio::time::sleep(secs(53)).await;
    assert!(ends.iter_mut().all(is_open));
    tokio::time::sleep(secs(9)).await;
    let open = ends.iter_mut().map(is_open).filter(|is_open| *is_open).count();
    assert!((10..90).contains(&open), "{open}");
    tokio::time::sleep(secs(10)).await;
    assert!(!ends.iter_mut().any(is_open));
}

#[tokio::test(start_paused = true)]
async fn the_store_is_asked_once_per_interval_about_all_tokens() {
    let store = Counted::default();
    let jwt = with_store(Config::default(), &store);
    let mut ends = Vec::new();
    for user in 0..1_100 {
        let token = log_in(&jwt, &format!("user {user}")).await;
        // Tabs that share a token.
        ends.extend([jwt.ends(&token), jwt.ends(&token), jwt.session_ends(&token)]);
    }
    assert!(ends.iter_mut().all(is_open));
    assert_eq!(store.batches(), [0; 0]);
    tokio::time::sleep(INTERVAL + secs(1)).await;
    assert_eq!(store.batches(), [1000, 100]);
    tokio::time::sleep(INTERVAL).await;
    assert_eq!(store.batches(), [1000, 100]);
    // A logout concerns one connection.
    let token = log_in(&jwt, "user 7").await;
    let mut ended = jwt.ends(&token);
    jwt.log_out(&token).await.unwrap();
    settle().await;
    assert_eq!(store.batches(), [1]);
    assert!(!is_open(&mut ended));
    assert!(ends.iter_mut().all(is_open));
    // Nobody waits, so nobody asks.
    drop((ends, ended));
    tokio::time::sleep(INTERVAL * 10).await;
    assert_eq!(store.batches(), [0; 0]);
    drop(jwt);
    settle().await;
    assert_eq!(Arc::strong_count(&store.0), 1);
}

#[tokio::test(start_paused = true)]
async fn the_cost_of_a_connection_does_not_depend_on_their_number() {
    let store = Counted::default();
    let jwt = with_store(Config::default(), &store);
    let mut tokens = Vec::new();
    for user in 0..1_000 {
        tokens.push(log_in(&jwt, &format!("user {user}")).await);
    }
    let mut per_connection = Vec::new();
    for connections in [1_000_u32, 10_000] {
        let mut ends = Vec::with_capacity(10_000);
        let opened = allocation_counter::measure(|| {
            for token in tokens.iter().cycle().take(usize::try_from(connections).unwrap()) {
                ends.push(jwt.ends(token));
            }
            assert!(ends.iter_mut().all(is_open));
        });
        per_connection.push(f64::from(u32::try_from(opened.count_total).unwrap()) / f64::from(connections));
        assert!(opened.bytes_current < 400 * i64::from(connections), "{}", opened.bytes_current);
        store.batches();
        tokio::time::sleep(INTERVAL + secs(1)).await;
        assert_eq!(store.batches(), [1_000]);
    }
    assert!(per_connection.iter().all(|allocations| (0.1..0.5).contains(allocations)), "{per_connection:?}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_returns_too_few_states_is_an_outage() {
    let store = Counted::default();
    let jwt = with_store(Config::default(), &store);
    let token = log_in(&jwt, "alice").await;
    store.0.returns_too_few.store(true, Ordering::Relaxed);
    assert_ends(&mut jwt.ends(&token), EndReason::Unavailable, [secs(45), secs(71)]).await;
}

#[tokio::test(start_paused = true)]
async fn blocklists_and_stores_of_revoked_tokens_end_connections() {
    let blocked = Arc::new(AtomicBool::new(false));
    let asked = Arc::new(AtomicUsize::new(0));
    let loader = {
        let (blocked, asked) = (Arc::clone(&blocked), Arc::clone(&asked));
        move |_: Token| {
            asked.fetch_add(1, Ordering::Relaxed);
            let blocked = blocked.load(Ordering::Relaxed);
            async move { blocked }
        }
    };
    let told = Told::default();
    let jwt = clocked(Config::default())
        .revocation_store(MemorySessions::new())
        .session_events(told.clone())
        .token_in_blocklist_loader(loader)
        .build()
        .unwrap();
    let text = jwt.access_token("alice").encode().unwrap();
    let other = jwt.decode(&jwt.access_token("alice").encode().unwrap()).unwrap();
    let mut ends = jwt.ends(&jwt.decode(&text).unwrap());
    let mut other = jwt.ends(&other);
    assert!(is_open(&mut ends) && is_open(&mut other));
    tokio::time::sleep(secs(25)).await;
    jwt.revoke(&text).await.unwrap();
    assert_ends(&mut ends, EndReason::Revoked, [Duration::ZERO, Duration::from_millis(1)]).await;
    assert!(is_open(&mut other) && asked.load(Ordering::Relaxed) >= 2);
    blocked.store(true, Ordering::Relaxed);
    assert_ends(&mut other, EndReason::Revoked, [Duration::ZERO, INTERVAL]).await;
    // Nobody has presented a revoked token.
    assert_eq!(told.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_loader_that_panics_is_an_outage() {
    let panics = Arc::new(AtomicBool::new(false));
    let loader = {
        let panics = Arc::clone(&panics);
        move |_: Token| {
            let panics = panics.load(Ordering::Relaxed);
            async move {
                assert!(!panics, "the loader has a bug");
                false
            }
        }
    };
    let jwt = clocked(Config::default()).token_in_blocklist_loader(loader).build().unwrap();
    let token = jwt.decode(&jwt.access_token("alice").encode().unwrap()).unwrap();
    let mut ends = jwt.ends(&token);
    assert!(is_open(&mut ends));
    panics.store(true, Ordering::Relaxed);
    tokio::time::sleep(secs(30)).await;
    panics.store(false, Ordering::Relaxed);
    tokio::time::sleep(secs(100)).await;
    assert!(is_open(&mut ends));
    panics.store(true, Ordering::Relaxed);
    assert_ends(&mut ends, EndReason::Unavailable, [secs(45), secs(71)]).await;
}

/// Whatever a watcher waits for, its outage has the name of the call, and ends when that call works again.
#[test]
fn an_outage_that_a_watcher_finds_ends_when_the_store_works() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let store = Counted::default();
    let ((), lines) = logged(|| {
        runtime.block_on(async {
            let builder = clocked(Config::default()).revocation_store(store.clone());
            let jwt = builder.token_in_blocklist_loader(|_| async { false }).build().unwrap();
            let token = jwt.decode(&jwt.access_token("alice").encode().unwrap()).unwrap();
            let mut ends = jwt.ends(&token);
            assert!(is_open(&mut ends));
            store.0.hangs.store(true, Ordering::Relaxed);
            tokio::time::sleep(secs(25)).await;
            store.0.hangs.store(false, Ordering::Relaxed);
            tokio::time::sleep(secs(25)).await;
            assert!(is_open(&mut ends));
        });
    });
    let shown: Vec<_> = lines.iter().filter(|line| line.level() < Level::DEBUG).map(Line::fields).collect();
    assert_eq!(shown, ["operation=is_revoked, cause=no response in time", "operation=is_revoked"]);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_token_has_no_end() {
    let jwt = clocked(Config::default()).build().unwrap();
    let checked = jwt.check(&http::Request::new(()), &Policy::access().optional()).unwrap();
    let authenticated = jwt.complete(checked).await.unwrap();
    assert!(timeout(LONG, authenticated.ends()).await.is_err());
    assert!(timeout(LONG, authenticated.session_ends()).await.is_err());

    let text = jwt.access_token("alice").expires_in(secs(60)).encode().unwrap();
    let checked = jwt.check(&bearer(&text), &Policy::access()).unwrap();
    let authenticated = jwt.complete(checked).await.unwrap();
    assert_ends(&mut authenticated.ends(), EndReason::Expired, [secs(60), secs(61)]).await;
}

#[test]
fn without_a_runtime_a_connection_ends() {
    let jwt = builder(Config::default()).build().unwrap();
    let token = jwt.decode(&jwt.access_token("alice").encode().unwrap()).unwrap();
    let mut ends = jwt.ends(&token);
    let poll = pin!(&mut ends).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(poll, Poll::Ready(EndReason::Unavailable));
}

#[test]
fn a_runtime_without_a_timer_ends_connections() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let jwt = builder(Config::default()).build().unwrap();
    let token = jwt.decode(&jwt.access_token("alice").encode().unwrap()).unwrap();
    assert_eq!(runtime.block_on(jwt.ends(&token)), EndReason::Unavailable);
}

#[test]
fn a_connection_on_another_runtime_takes_over() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (first, second) = (runtime(), runtime());
    let jwt = builder(Config::default()).session_store(MemorySessions::new()).build().unwrap();
    let token = second.block_on(log_in(&jwt, "alice"));
    let mut gone = jwt.ends(&token);
    first.block_on(async { assert!(is_open(&mut gone)) });
    let ended = {
        let (jwt, token) = (jwt.clone(), token.clone());
        second.spawn(async move { jwt.ends(&token).await })
    };
    second.block_on(tokio::task::yield_now());
    drop(first);
    second.block_on(async {
        jwt.log_out(&token).await.unwrap();
        assert_eq!(ended.await.unwrap(), EndReason::Revoked);
    });
}

#[tokio::test(start_paused = true)]
async fn still_good_looks_at_a_token_and_changes_nothing() {
    let (store, told) = (Counted::default(), Told::default());
    let jwt = clocked(Config::default().access_token_expires(secs(60)))
        .session_store(store.clone())
        .session_events(told.clone())
        .build()
        .unwrap();
    let pair = jwt.log_in("alice").await.unwrap();
    let (access, refresh) = (jwt.decode(pair.access()).unwrap(), jwt.decode(pair.refresh()).unwrap());
    jwt.still_good(&access).await.unwrap();
    let access_of_exchange = jwt.rotate(&refresh).await.unwrap();
    tokio::time::advance(secs(11)).await;
    // The refresh token is spent. Presenting it would end the session.
    assert!(matches!(jwt.still_good(&refresh).await, Err(TokenError::Revoked(_))));
    let access_of_exchange = jwt.decode(access_of_exchange.access()).unwrap();
    jwt.still_good(&access_of_exchange).await.unwrap();
    store.0.fails.store(true, Ordering::Relaxed);
    assert!(matches!(jwt.still_good(&access).await, Err(TokenError::Unavailable(_))));
    assert_eq!(told.take(), ["unavailable: the store is down"]);
    store.0.fails.store(false, Ordering::Relaxed);
    jwt.log_out(&access).await.unwrap();
    told.take();
    assert!(matches!(jwt.still_good(&access).await, Err(TokenError::Revoked(_))));
    tokio::time::advance(secs(60)).await;
    assert!(matches!(jwt.still_good(&access).await, Err(TokenError::Expired(_))));
    assert_eq!(told.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_logout_asks_the_store_itself_and_again_if_the_store_fails() {
    let store = Counted::default();
    let jwt = with_store(Config::default(), &store);
    let token = log_in(&jwt, "alice").await;
    store.0.is_stale.store(true, Ordering::Relaxed);
    let mut ends = jwt.ends(&token);
    assert!(is_open(&mut ends));
    // At the time of a round, which reads the stale copy.
    tokio::time::sleep(INTERVAL * 3).await;
    jwt.log_out(&token).await.unwrap();
    assert_ends(&mut ends, EndReason::Revoked, [Duration::ZERO, Duration::from_millis(1)]).await;

    let token = log_in(&jwt, "alice").await;
    let mut ends = jwt.ends(&token);
    assert!(is_open(&mut ends));
    store.0.fails_afterwards.store(true, Ordering::Relaxed);
    jwt.log_out(&token).await.unwrap();
    tokio::time::sleep(secs(3)).await;
    assert!(is_open(&mut ends));
    store.0.fails.store(false, Ordering::Relaxed);
    assert_ends(&mut ends, EndReason::Revoked, [Duration::ZERO, secs(2)]).await;
}

#[tokio::test(start_paused = true)]
async fn a_logout_does_not_wait_for_a_slow_round() {
    let store = Counted::default();
    let jwt = with_store(Config::default(), &store);
    let token = log_in(&jwt, "alice").await;
    let mut ends = jwt.ends(&token);
    assert!(is_open(&mut ends));
    store.0.hangs.store(true, Ordering::Relaxed);
    tokio::time::sleep(INTERVAL + secs(1)).await;
    store.0.hangs.store(false, Ordering::Relaxed);
    jwt.log_out(&token).await.unwrap();
    assert_ends(&mut ends, EndReason::Revoked, [Duration::ZERO, Duration::from_millis(1)]).await;
}

#[tokio::test(start_paused = true)]
async fn one_bad_token_does_not_end_the_connections_of_others() {
    let loader = |token: Token| async move {
        match token.identity() {
            "hangs" => std::future::pending().await,
            "panics" => panic!("the loader has a bug"),
            // Slow, but not too slow.
            _ => tokio::time::sleep(Duration::from_millis(300)).await,
        }
        false
    };
    let jwt = clocked(Config::default().access_token_expires(LONG))
        .token_in_blocklist_loader(loader)
        .build()
        .unwrap();
    let open = |identity: &str| open(&jwt, identity);
    let mut others: Vec<_> = (0..1_500).map(|user| open(&format!("user {user}"))).collect();
    let mut bad = [open("hangs"), open("panics")];
    assert!(others.iter_mut().chain(&mut bad).all(is_open));
    for end in &mut bad {
        assert_eq!(end_of(end).await.0, EndReason::Unavailable);
    }
    tokio::time::sleep(secs(300)).await;
    assert!(others.iter_mut().all(is_open));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_stands_for_its_session() {
    let jwt = with_store(Config::default(), &Counted::default());
    let pair = jwt.log_in("alice").await.unwrap();
    let refresh = jwt.decode(pair.refresh()).unwrap();
    let (mut of_token, mut of_session) = (jwt.ends(&refresh), jwt.session_ends(&refresh));
    assert!(is_open(&mut of_token) && is_open(&mut of_session));
    jwt.rotate(&refresh).await.unwrap();
    // The token can be exchanged again for ten seconds.
    assert_ends(&mut of_token, EndReason::Revoked, [secs(9), secs(21)]).await;
    tokio::time::sleep(secs(100)).await;
    assert!(is_open(&mut of_session));
    jwt.log_out(&refresh).await.unwrap();
    assert_ends(&mut of_session, EndReason::Revoked, [Duration::ZERO, Duration::from_millis(1)]).await;
}

#[tokio::test(start_paused = true)]
async fn connections_end_when_their_issuer_is_no_longer_trusted() {
    let jwt = clocked(Config::default()).build().unwrap();
    let keys = || KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap());
    let mut tokens = Vec::new();
    for name in ["https://one.example", "https://two.example"] {
        jwt.add_trusted_issuer(Issuer::new(name, keys())).unwrap();
        let text = sign(HEADER, payload(&[("iss", &format!("\"{name}\""))]));
        tokens.push(jwt.decode(&text).unwrap());
    }
    let mut ends: Vec<_> = tokens.iter().map(|token| jwt.ends(token)).collect();
    assert!(ends.iter_mut().all(is_open));
    tokio::time::sleep(secs(30)).await;
    assert!(ends.iter_mut().all(is_open));
    assert!(jwt.still_good(&tokens[0]).await.is_ok());
    jwt.remove_trusted_issuer("https://one.example");
    assert!(matches!(jwt.still_good(&tokens[0]).await, Err(TokenError::Invalid(InvalidToken::Issuer))));
    // Replaced by one that can have different keys.
    jwt.add_trusted_issuer(Issuer::new("https://one.example", keys())).unwrap();
    assert_ends(&mut ends[0], EndReason::Revoked, [Duration::ZERO, Duration::from_millis(1)]).await;
    assert!(jwt.still_good(&tokens[0]).await.is_err());
    assert!(is_open(&mut ends[1]));
}

/// A waker whose last clone drops the connection of another task.
struct Dropping {
    _ends: Ends,
}

impl Wake for Dropping {
    fn wake(self: Arc<Self>) {}
}

#[tokio::test(start_paused = true)]
async fn a_waker_can_drop_a_connection() {
    let jwt = clocked(Config::default()).build().unwrap();
    let token = jwt.decode(&jwt.access_token("alice").encode().unwrap()).unwrap();
    let mut ends = jwt.ends(&token);
    let waker = Waker::from(Arc::new(Dropping { _ends: jwt.ends(&token) }));
    assert!(pin!(&mut ends).poll(&mut Context::from_waker(&waker)).is_pending());
    drop(waker);
    // Replaces the waker, whose task is then dropped with its connection.
    assert!(is_open(&mut ends));
}

#[test]
fn a_runtime_that_has_ended_ends_connections() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let jwt = builder(Config::default()).build().unwrap();
    let token = jwt.decode(&jwt.access_token("alice").encode().unwrap()).unwrap();
    let mut ends = jwt.ends(&token);
    let handle = runtime.handle().clone();
    drop(runtime);
    let _entered = handle.enter();
    let poll = pin!(&mut ends).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(poll, Poll::Ready(EndReason::Unavailable));
}

#[tokio::test(start_paused = true)]
async fn nothing_runs_while_nothing_happens() {
    for with_store in [false, true] {
        let (clock, started) = (Arc::new(AtomicUsize::new(0)), Instant::now());
        let reads = Arc::clone(&clock);
        let mut builder = builder(Config::default().access_token_expires(secs(36_000))).clock(move || {
            reads.fetch_add(1, Ordering::Relaxed);
            at(NOW) + started.elapsed()
        });
        let store = Counted::default();
        if with_store {
            builder = builder.session_store(store.clone());
        }
        let jwt = builder.build().unwrap();
        let token = jwt.decode(&jwt.access_token("alice").encode().unwrap()).unwrap();
        let mut ends = jwt.ends(&token);
        assert!(is_open(&mut ends));
        // A round that takes longer than the interval, and then ordinary ones.
        store.0.hangs.store(true, Ordering::Relaxed);
        tokio::time::sleep(secs(15)).await;
        store.0.hangs.store(false, Ordering::Relaxed);
        clock.store(0, Ordering::Relaxed);
        tokio::time::sleep(secs(3600)).await;
        let reads = clock.load(Ordering::Relaxed);
        assert!(reads < 3_600, "{reads} reads of the clock in an hour");
        assert!(is_open(&mut ends));
    }
}

#[tokio::test(start_paused = true)]
async fn many_bad_tokens_do_not_delay_those_of_others() {
    let blocked = Arc::new(AtomicBool::new(false));
    let loader = {
        let blocked = Arc::clone(&blocked);
        move |token: Token| {
            let blocked = blocked.load(Ordering::Relaxed);
            async move {
                if token.identity().starts_with("hangs") {
                    std::future::pending::<()>().await;
                }
                blocked && token.identity() == "alice"
            }
        }
    };
    let jwt = clocked(Config::default().access_token_expires(LONG))
        .token_in_blocklist_loader(loader)
        .build()
        .unwrap();
    let open = |identity: &str| open(&jwt, identity);
    let mut bad: Vec<_> = (0..1_000).map(|user| open(&format!("hangs {user}"))).collect();
    let mut others: Vec<_> = (0..1_000).map(|user| open(&format!("user {user}"))).collect();
    let mut alice = open("alice");
    assert!(bad.iter_mut().chain(&mut others).chain([&mut alice]).all(is_open));
    tokio::time::sleep(secs(5)).await;
    blocked.store(true, Ordering::Relaxed);
    // The checks that hang take ten seconds.
    assert_ends(&mut alice, EndReason::Revoked, [Duration::ZERO, INTERVAL * 2]).await;
    tokio::time::sleep(secs(100)).await;
    assert!(others.iter_mut().all(is_open));
    assert!(!bad.iter_mut().any(is_open));
}

#[tokio::test(start_paused = true)]
async fn a_token_whose_check_hangs_does_not_delay_the_logout_of_others() {
    let loader = |token: Token| async move {
        if token.identity() == "mallory" {
            std::future::pending::<()>().await;
        }
        false
    };
    let jwt = clocked(Config::default())
        .session_store(MemorySessions::new())
        .token_in_blocklist_loader(loader)
        .build()
        .unwrap();
    let (mallory, alice) = (log_in(&jwt, "mallory").await, log_in(&jwt, "alice").await);
    let (mut mallory_ends, mut alice_ends) = (jwt.ends(&mallory), jwt.ends(&alice));
    assert!(is_open(&mut mallory_ends) && is_open(&mut alice_ends));
    // Another session of hers ends, so her connection is checked, and that takes ten seconds.
    jwt.log_out(&log_in(&jwt, "mallory").await).await.unwrap();
    jwt.end_other_sessions(&mallory).await.unwrap();
    settle().await;
    jwt.log_out(&alice).await.unwrap();
    assert_ends(&mut alice_ends, EndReason::Revoked, [Duration::ZERO, Duration::from_millis(1)]).await;
}

#[tokio::test(start_paused = true)]
async fn a_logout_counts_although_its_client_has_gone() {
    let store = Counted::default();
    let jwt = with_store(
        Config::default().connection_check_interval(secs(1800)).connection_outage_limit(secs(3600)),
        &store,
    );
    let token = log_in(&jwt, "alice").await;
    let mut ends = jwt.ends(&token);
    assert!(is_open(&mut ends));
    settle().await;
    // The store does what it was told, but its reply takes longer than the client waits.
    store.0.replies_slowly.store(true, Ordering::Relaxed);
    assert!(timeout(Duration::from_millis(10), jwt.log_out(&token)).await.is_err());
    store.0.replies_slowly.store(false, Ordering::Relaxed);
    assert_ends(&mut ends, EndReason::Revoked, [Duration::ZERO, secs(3)]).await;
}

#[tokio::test(start_paused = true)]
async fn a_login_and_an_exchange_that_end_nothing_look_nothing_up() {
    let store = Counted::default();
    let jwt = with_store(Config::default(), &store);
    let pair = jwt.log_in("alice").await.unwrap();
    let mut ends = jwt.ends(&jwt.decode(pair.access()).unwrap());
    assert!(is_open(&mut ends));
    jwt.log_in("alice").await.unwrap();
    jwt.rotate(&jwt.decode(pair.refresh()).unwrap()).await.unwrap();
    settle().await;
    assert_eq!(store.batches(), [0; 0]);
    assert!(is_open(&mut ends));
}
