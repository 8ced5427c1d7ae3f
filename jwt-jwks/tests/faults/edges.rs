//! Runtimes that stop, clients that panic, and issuers that come and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use jwt_core::{ConfigError, Policy};
use jwt_jwks::{FetchErrorKind, RemoteIssuer};

use crate::mock::{Mock, Mode, manager, now, pass, settle, status};

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_client_is_an_error() {
    let mock = Mock::new();
    mock.mode(Mode::Panics);
    let login = mock.builder().build().unwrap();
    let (jwt, token) = (manager(&[&login]), mock.token());
    assert_eq!(status(&jwt, &token).await, 503);
    assert_eq!(login.status().last_error().unwrap().kind(), FetchErrorKind::Stopped);
    mock.mode(Mode::Up);
    pass(5).await;
    assert_eq!(status(&jwt, &token).await, 200);
}

/// The next request starts a fetch of its own, although the first one never ended.
#[test]
fn a_runtime_that_stops() {
    let mock = Mock::new();
    mock.mode(Mode::Held);
    let login =
        RemoteIssuer::jwks(mock.issuer.url(), mock.issuer.jwks_url()).fetch(mock.clone()).build().unwrap();
    let (jwt, token) = (manager(&[&login]), mock.token());
    let first = runtime();
    let request = first.spawn({
        let (jwt, token) = (jwt.clone(), token.clone());
        async move { status(&jwt, &token).await }
    });
    first.block_on(settle());
    assert_eq!(mock.fetches(), 1);
    drop(first);
    drop(request);
    assert_eq!(login.status().failures(), 0);
    mock.open();
    assert_eq!(runtime().block_on(status(&jwt, &token)), 200);
    assert_eq!(mock.fetches(), 2);
}

/// An issuer whose clock shows the time plus the seconds in the counter.
fn clocked(mock: &Mock) -> (RemoteIssuer, Arc<AtomicU64>) {
    let skipped = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&skipped);
    let login = RemoteIssuer::jwks(mock.issuer.url(), mock.issuer.jwks_url())
        .fetch(mock.clone())
        .clock(move || Instant::now() + Duration::from_secs(clock.load(Ordering::SeqCst)))
        .build()
        .unwrap();
    (login, skipped)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The same if it stops before it has begun with the fetch. A turn that a token used is not lost either.
#[test]
fn a_runtime_that_stops_before_it_polls() {
    let mock = Mock::new();
    let (login, skipped) = clocked(&mock);
    let jwt = manager(&[&login]);
    // The request is polled once, and the task of the fetch never.
    let begun = |token: &str| {
        let stops = runtime();
        {
            let _inside = stops.enter();
            assert!(jwt.verify(token, &Policy::access()).now_or_never().is_none());
        }
        drop(stops);
    };
    let before = mock.fetches();
    begun(&mock.token());
    assert_eq!(runtime().block_on(status(&jwt, &mock.token())), 200);
    mock.issuer.rotate();
    begun(&mock.token());
    assert_eq!(mock.fetches() - before, 1);
    assert_eq!(runtime().block_on(status(&jwt, &mock.token())), 200);
    assert_eq!((mock.fetches() - before, mock.forced()), (2, 1));
    assert_eq!(login.status().failures(), 0);
    // A refresh in the background.
    skipped.store(550, Ordering::SeqCst);
    let stops = runtime();
    {
        let _inside = stops.enter();
        assert!(jwt.decode(&mock.token()).is_ok());
    }
    drop(stops);
    let next = runtime();
    next.block_on(async {
        assert!(jwt.decode(&mock.token()).is_ok());
        settle().await;
    });
    assert_eq!(mock.fetches() - before, 3);
}

/// A runtime that nobody drives is not waited for longer than the limit.
#[test]
fn a_runtime_that_sleeps() {
    let mock = Mock::new();
    let (login, skipped) = clocked(&mock);
    let (jwt, token) = (manager(&[&login]), mock.token());
    let (first, second) = (runtime(), runtime());
    assert_eq!(first.block_on(status(&jwt, &token)), 200);
    skipped.store(550, Ordering::SeqCst);
    // The refresh is started, and does not run.
    {
        let _inside = first.enter();
        assert!(jwt.decode(&token).is_ok());
    }
    assert_eq!(mock.fetches(), 1);
    skipped.store(700, Ordering::SeqCst);
    assert_eq!(second.block_on(status(&jwt, &token)), 200);
    assert_eq!(mock.fetches(), 2);
    first.block_on(settle());
    assert!(jwt.decode(&token).is_ok());
}

/// A thread that is blocked delays only those who wait at that time.
#[test]
fn a_runtime_that_is_blocked() {
    let mock = Mock::new();
    let login = RemoteIssuer::jwks(mock.issuer.url(), mock.issuer.jwks_url())
        .fetch(mock.clone())
        .timeout(Duration::from_millis(600))
        .build()
        .unwrap();
    let (jwt, token) = (manager(&[&login]), mock.token());
    let (blocked, other) = (runtime(), runtime());
    let begin = |token: &str| {
        let _inside = blocked.enter();
        assert!(jwt.verify(token, &Policy::access()).now_or_never().is_none());
    };
    begin(&token);
    assert_eq!(other.block_on(status(&jwt, &token)), 503);
    assert_eq!(login.status().last_error().unwrap().kind(), FetchErrorKind::TimedOut);
    assert_eq!(other.block_on(status(&jwt, &token)), 200);
    assert_eq!(mock.fetches(), 1);
    // The turn of a token with a new key is not lost.
    mock.issuer.rotate();
    begin(&mock.token());
    assert_eq!(other.block_on(status(&jwt, &mock.token())), 503);
    assert_eq!(other.block_on(status(&jwt, &token)), 200);
    assert_eq!(other.block_on(status(&jwt, &mock.token())), 200);
    assert_eq!((mock.fetches(), mock.forced()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn keys_are_refreshed_ahead_in_the_background() {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let (jwt, token) = (manager(&[&login]), mock.token());
    assert_eq!(status(&jwt, &token).await, 200);
    mock.issuer.rotate();
    let new = mock.token();
    // The refresh is due between 450 and 540 seconds.
    pass(449).await;
    assert!(jwt.decode(&token).is_ok());
    settle().await;
    assert_eq!(mock.fetches(), 1);
    pass(91).await;
    for _ in 0..100 {
        assert!(jwt.decode(&token).is_ok());
    }
    settle().await;
    assert_eq!((mock.fetches(), mock.forced()), (2, 0));
    assert!(jwt.decode(&new).is_ok());
}

/// Without requests there are no fetches.
#[tokio::test(start_paused = true)]
async fn an_idle_application_fetches_nothing() {
    let mock = Mock::new();
    mock.max_age(60);
    let login = mock.builder().build().unwrap();
    let jwt = manager(&[&login]);
    assert_eq!(status(&jwt, &mock.token()).await, 200);
    pass(100_000).await;
    assert_eq!(mock.fetches(), 1);
    assert!(!login.status().is_usable());
    assert_eq!(status(&jwt, &mock.token()).await, 200);
}

#[tokio::test(start_paused = true)]
async fn issuers_come_and_go() {
    let (mock, other) = (Mock::new(), Mock::new());
    let (login, second) = (mock.builder().build().unwrap(), other.builder().build().unwrap());
    let jwt = manager(&[&login]);
    assert_eq!(status(&jwt, &other.token()).await, 401);
    jwt.add_trusted_issuer(second.issuer().audience("api").audience_alone()).unwrap();
    assert_eq!(status(&jwt, &other.token()).await, 200);
    assert!(jwt.remove_trusted_issuer(second.name()));
    assert_eq!(status(&jwt, &other.token()).await, 401);
    assert_eq!(status(&jwt, &mock.token()).await, 200);
    // Handles share their keys.
    jwt.add_trusted_issuer(second.clone().issuer().audience("api").audience_alone()).unwrap();
    assert_eq!(status(&jwt, &other.token()).await, 200);
    assert_eq!(other.fetches(), 1);
}

/// Tokens with issuers by the thousand never cause a fetch, and a tenant does not choose an address.
#[tokio::test(start_paused = true)]
async fn tenants_share_keys_and_choose_nothing() {
    let mock = Mock::new();
    let login =
        RemoteIssuer::tenants("https://login.example/{tenant}/v2.0", mock.issuer.jwks_url(), |tenant| {
            tenant.starts_with("ours-")
        })
        .fetch(mock.clone())
        .clock(now)
        .build()
        .unwrap();
    let jwt = manager(&[&login]);
    let of = |iss: String| mock.issuer.token().claim("exp", 99_999_999_999_u64).claim("iss", iss).sign();
    for tenant in 0..1000 {
        assert_eq!(status(&jwt, &of(format!("https://login.example/other-{tenant}/v2.0"))).await, 401);
        assert_eq!(status(&jwt, &of(format!("https://login-{tenant}.example/ours-1/v2.0"))).await, 401);
    }
    assert_eq!(status(&jwt, &of("https://login.example/ours-1/../v2.0".into())).await, 401);
    assert_eq!(mock.fetches(), 0);
    for tenant in 0..20 {
        assert_eq!(status(&jwt, &of(format!("https://login.example/ours-{tenant}/v2.0"))).await, 200);
    }
    assert_eq!(mock.fetches(), 1);
}

/// The `kid` belongs to the issuer.
#[tokio::test(start_paused = true)]
async fn a_key_of_one_issuer_does_not_verify_tokens_of_another() {
    let (mock, other) = (Mock::new(), Mock::new());
    let (login, second) = (mock.builder().build().unwrap(), other.builder().build().unwrap());
    let jwt = manager(&[&login, &second]);
    let token = mock.issuer.token().claim("iss", second.name()).claim("exp", 99_999_999_999_u64).sign();
    assert_eq!(status(&jwt, &token).await, 401);
    assert_eq!(status(&jwt, &mock.token()).await, 200);
    assert_eq!(status(&jwt, &other.token()).await, 200);
}

#[test]
fn options_have_bounds() {
    let base = || RemoteIssuer::file("https://login.example", "keys.json");
    let seconds = Duration::from_secs;
    let bad = [
        base().time_to_live(Duration::ZERO..=seconds(60)),
        base().time_to_live(seconds(60)..=seconds(100_000)),
        #[allow(clippy::reversed_empty_ranges, reason = "the mistake that is tested")]
        base().time_to_live(seconds(60)..=seconds(1)),
        base().stale_for(seconds(1_000_000)),
        base().cool_down(Duration::ZERO),
        base().cool_down(seconds(4000)),
        base().timeout(Duration::ZERO),
        base().timeout(seconds(61)),
        RemoteIssuer::file("", "keys.json"),
        RemoteIssuer::discover("http://login.example"),
        RemoteIssuer::discover("https://login.example?a=b"),
        RemoteIssuer::discover("login.example"),
        RemoteIssuer::jwks("login", "http://login.example/keys"),
        RemoteIssuer::jwks("login", "https://user:word@login.example/keys"),
    ];
    for builder in bad {
        let shown = format!("{builder:?}");
        let error = builder.fetch(Mock::new()).build().unwrap_err();
        assert!(matches!(error, ConfigError::Invalid { .. }), "{shown}: {error}");
        assert!(error.to_string().contains(": "), "{error}");
    }
    let http = || RemoteIssuer::discover("http://keycloak:8080/realms/a").fetch(Mock::new());
    assert!(http().build().unwrap_err().to_string().contains("must begin with https://"));
    assert!(http().insecure_allow_http().build().is_ok());
    assert!(RemoteIssuer::jwks("any name", "https://login.example/keys").fetch(Mock::new()).build().is_ok());
}
