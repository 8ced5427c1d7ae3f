//! What the client sends, and where.

use jwt_jwks::{FetchErrorKind, RemoteIssuer};
use jwt_test::{Failure, FakeIssuer};

use crate::setup::{Clock, Recorder, manager, moved, ok, status};

/// Many threads, and a real server.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_share_a_fetch() {
    let issuer = FakeIssuer::start();
    issuer.delay(std::time::Duration::from_millis(100));
    let login = RemoteIssuer::discover(issuer.url()).build().unwrap();
    let jwt = manager(&login);
    for round in 1..=2 {
        let token = issuer.token().sign();
        let requests: Vec<_> = (0..1000)
            .map(|_| {
                let (jwt, token) = (jwt.clone(), token.clone());
                tokio::spawn(async move { status(&jwt, &token).await })
            })
            .collect();
        for request in requests {
            assert_eq!(request.await.unwrap(), 200);
        }
        assert_eq!((issuer.hits().discovery, issuer.hits().jwks), (round, round));
        issuer.rotate();
    }
    assert_eq!(login.status().waiting(), 0);
}

#[tokio::test]
async fn three_redirects_are_followed() {
    let issuer = FakeIssuer::start();
    issuer.fail(Failure::Redirects(3));
    let login = RemoteIssuer::discover(issuer.url()).build().unwrap();
    login.ready().await.unwrap();
}

#[tokio::test]
async fn a_fetch_that_requests_wait_for_passes_caches() {
    let issuer = FakeIssuer::start();
    let set = issuer.jwks().to_string();
    let server = Recorder::start(move |_| ok(&set)).await;
    let clock = Clock::default();
    let login = RemoteIssuer::jwks(issuer.url(), format!("http://{}/keys", server.address))
        .clock(clock.now())
        .build()
        .unwrap();
    let jwt = manager(&login);
    assert_eq!(status(&jwt, &issuer.token().sign()).await, 200);
    assert_eq!(status(&jwt, &issuer.token().signed_by_unknown_key().sign()).await, 401);
    clock.advance(560);
    // In the background.
    let token = issuer.token().sign();
    while server.heads().len() < 3 {
        assert_eq!(status(&jwt, &token).await, 200);
        tokio::task::yield_now().await;
    }
    login.refresh().await.unwrap();
    clock.advance(3600);
    assert_eq!(status(&jwt, &token).await, 200);
    let forced: Vec<_> = server.heads().iter().map(|head| head.contains("cache-control: no-cache")).collect();
    assert_eq!(forced, [false, true, false, true, true]);
    let controls: Vec<_> = server.heads().iter().map(|head| field(head, "cache-control")).collect();
    assert!(controls.iter().flatten().all(|control| ["no-cache", "max-age=3600"].contains(&&**control)));
    assert_eq!(controls.iter().flatten().count(), 5);
}

fn field(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(": ")?.to_owned()))
}

/// As the API server of Kubernetes does.
#[tokio::test]
async fn the_type_of_jwk_sets_is_accepted() {
    let issuer = FakeIssuer::start();
    issuer.fail_jwks(Failure::RequiresAccept("application/jwk-set+json"));
    issuer.fail_discovery(Failure::RequiresAccept("application/json"));
    RemoteIssuer::discover(issuer.url()).build().unwrap().ready().await.unwrap();
    RemoteIssuer::discover(issuer.url()).fetch(issuer.client()).build().unwrap().ready().await.unwrap();
    issuer.fail(Failure::RequiresAccept("text/plain"));
    let error = RemoteIssuer::discover(issuer.url()).build().unwrap().ready().await.unwrap_err();
    assert!(error.to_string().contains("responded with 406"), "{error}");
}

/// A cache on the way may keep a set for longer than the longest time to live.
#[tokio::test]
async fn a_response_that_is_too_old_is_fetched_again() {
    for (age, fetches) in [(3600, 1), (3601, 2)] {
        let issuer = FakeIssuer::start();
        let set = issuer.jwks().to_string();
        let server = Recorder::start(move |_| {
            let fields = format!("\r\ncache-control: max-age=86400\r\nage: {age}\r\nconnection: close\r\n");
            ok(&set).replace("\r\nconnection: close\r\n", &fields)
        })
        .await;
        let at = format!("http://{}/keys", server.address);
        RemoteIssuer::jwks(issuer.url(), at).build().unwrap().ready().await.unwrap();
        let controls: Vec<_> =
            server.heads().iter().filter_map(|head| field(head, "cache-control")).collect();
        assert_eq!(controls, ["max-age=3600", "no-cache"][..fetches]);
    }
}

/// Queries can contain credentials, and errors are logged.
#[tokio::test]
async fn the_query_of_an_address_is_not_shown() {
    let issuer = FakeIssuer::start();
    let to = "http://login.example/keys?code=letmein".to_owned();
    let failures = [
        Failure::Status(404),
        Failure::Redirect(to.clone()),
        Failure::Redirect("https://user:letmein@login.example/keys".to_owned()),
        Failure::RedirectLoop,
        Failure::Disconnect,
        Failure::Html,
        Failure::Huge(300_000_000),
        Failure::PrivateKey,
    ];
    for failure in failures {
        issuer.fail_jwks(failure.clone());
        let at = format!("{}?code=letmein", issuer.jwks_url());
        let error = RemoteIssuer::jwks(issuer.url(), at).build().unwrap().ready().await.unwrap_err();
        assert!(!error.to_string().contains("letmein") && error.to_string().contains("127.0.0.1"), "{error}");
    }
    issuer.fail_discovery(Failure::JwksUri(to));
    let error = RemoteIssuer::discover(issuer.url()).build().unwrap().ready().await.unwrap_err();
    assert!(!error.to_string().contains("letmein") && error.to_string().contains("login.example"), "{error}");
}

/// The token of Kubernetes rotates, and belongs to the API server alone.
#[tokio::test]
async fn a_bearer_token_is_read_again_and_stays_with_its_server() {
    let issuer = FakeIssuer::start();
    let folder = tempfile();
    let path = folder.join("token");
    std::fs::write(&path, "first\n").unwrap();
    let set = issuer.jwks().to_string();
    let other = Recorder::start(move |_| ok(&set)).await;
    let to = format!("http://{}/keys", other.address);
    let set = issuer.jwks().to_string();
    let server = Recorder::start(move |path| match path {
        "/keys" => ok(&set),
        "/here" => moved("/keys"),
        _ => moved(&to),
    })
    .await;
    let at = |path: &str| format!("http://{}{path}", server.address);
    let login = RemoteIssuer::jwks(issuer.url(), at("/here")).bearer_token_file(&path).build().unwrap();
    login.ready().await.unwrap();
    std::fs::write(&path, "second").unwrap();
    login.refresh().await.unwrap();
    let tokens: Vec<_> = server
        .heads()
        .iter()
        .map(|head| head.lines().find_map(|line| line.strip_prefix("authorization: ")).map(str::to_owned))
        .collect();
    assert_eq!(tokens, ["first", "first", "second", "second"].map(|token| Some(format!("Bearer {token}"))));
    // Another port is another origin.
    let login = RemoteIssuer::jwks(issuer.url(), at("/away")).bearer_token_file(&path).build().unwrap();
    login.ready().await.unwrap();
    assert_eq!(other.heads().len(), 1);
    assert!(!other.heads()[0].contains("authorization"), "{:?}", other.heads());

    std::fs::write(&path, "two\nlines").unwrap();
    let error = login.refresh().await.unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::File);
    assert!(
        !error.to_string().contains("two") && error.to_string().contains("single bearer token"),
        "{error}"
    );
    std::fs::remove_file(&path).unwrap();
    assert_eq!(login.refresh().await.unwrap_err().kind(), FetchErrorKind::File);
    std::fs::remove_dir_all(folder).unwrap();
}

/// The `jwks_uri` of a discovery document is chosen by the document.
#[tokio::test]
async fn a_bearer_token_does_not_follow_jwks_uri() {
    let issuer = FakeIssuer::start();
    let folder = tempfile();
    let path = folder.join("token");
    std::fs::write(&path, "word").unwrap();
    let set = issuer.jwks().to_string();
    let other = Recorder::start(move |_| ok(&set)).await;
    let address = other.address;
    let name = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let known = std::sync::Arc::clone(&name);
    let server = Recorder::start(move |_| {
        let document =
            serde_json::json!({"issuer": known.get(), "jwks_uri": format!("http://{address}/keys")});
        ok(&document.to_string())
    })
    .await;
    name.set(format!("http://{}", server.address)).unwrap();
    let login =
        RemoteIssuer::discover(name.get().unwrap().as_str()).bearer_token_file(&path).build().unwrap();
    login.ready().await.unwrap();
    assert!(server.heads()[0].contains("authorization: Bearer word"));
    assert!(!other.heads()[0].contains("authorization"));
    std::fs::remove_dir_all(folder).unwrap();
}

/// A proxy would see the keys of a local issuer, and could change them.
#[tokio::test]
async fn a_local_issuer_needs_no_proxy() {
    let issuer = FakeIssuer::start();
    let proxy = Recorder::start(|_| ok("{}")).await;
    let client =
        reqwest::Client::builder().proxy(reqwest::Proxy::all(format!("http://{}", proxy.address)).unwrap());
    let login = RemoteIssuer::discover(issuer.url()).client(client).build().unwrap();
    login.ready().await.unwrap();
    assert!(proxy.heads().is_empty());
}

/// A client of the application keeps its proxy, but not its rules for redirects.
#[tokio::test]
async fn the_options_of_a_client_do_not_lift_the_limits() {
    let issuer = FakeIssuer::start();
    issuer.fail(Failure::RedirectLoop);
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::limited(50));
    let login = RemoteIssuer::discover(issuer.url()).client(client).build().unwrap();
    assert_eq!(login.ready().await.unwrap_err().kind(), FetchErrorKind::Address);
}

pub(crate) fn tempfile() -> std::path::PathBuf {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("jwt-jwks-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder).unwrap();
    folder
}
