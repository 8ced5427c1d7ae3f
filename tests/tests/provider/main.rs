//! Accepts the tokens of `oidc-provider`, which is certified by the OpenID Foundation, while it replaces its keys.

mod install;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jwt_core::error::InvalidToken;
use jwt_core::{Authenticated, Config, JwtManager, Policy, TokenError};
use jwt_jwks::RemoteIssuer;
use serde_json::{Value, json};

const API: &str = "https://api.example";
const COOL_DOWN: Duration = Duration::from_secs(30);
const TIME_TO_LIVE: Duration = Duration::from_secs(600);

/// A running server.mjs.
struct Provider {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    name: String,
}

impl Provider {
    fn start(keys: &[&str]) -> Self {
        let mut command = Command::new("node");
        command.arg("server.mjs").current_dir(install::folder());
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("node does not run: install Node.js 20 or later");
        let commands = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut provider = Self { child, commands, answers, name: String::new() };
        provider.publish(keys);
        provider
    }

    /// Publishes these keys, of which the first one signs.
    fn publish(&mut self, keys: &[&str]) {
        writeln!(self.commands, "{}", json!(keys)).unwrap();
        let mut port = String::new();
        self.answers.read_line(&mut port).unwrap();
        assert!(!port.is_empty(), "server.mjs has ended");
        self.name = format!("http://127.0.0.1:{}", port.trim());
    }

    /// Returns an access token of the client `service` for this API (RFC 6749, 4.4; RFC 8707, 2).
    fn token(&self, resource: &str, scope: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("resource", resource), ("scope", scope)];
        let mut response = ureq::post(format!("{}/token", self.name))
            .header("Authorization", "Basic c2VydmljZTpvbmx5IGZvciB0aGlzIHRlc3Q=")
            .send_form(form)
            .unwrap();
        let body: Value = serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A clock that only the test moves.
#[derive(Clone)]
struct Clock(Arc<Mutex<Instant>>);

impl Clock {
    fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

fn invalid(outcome: Result<Authenticated, TokenError>) -> InvalidToken {
    match outcome {
        Err(TokenError::Invalid(why)) => why,
        other => panic!("not invalid: {other:?}"),
    }
}

#[tokio::test]
async fn tokens_of_a_certified_provider_are_accepted_through_its_rotations() {
    let mut provider = Provider::start(&["first"]);
    let clock = Clock(Arc::new(Mutex::new(Instant::now())));
    let reader = clock.clone();
    let remote =
        RemoteIssuer::discover(&*provider.name).clock(move || *reader.0.lock().unwrap()).build().unwrap();
    let jwt = JwtManager::builder(Config::default())
        .trusted_issuer(remote.issuer().audience(API).rfc9068())
        .build()
        .unwrap();
    let policy = Policy::access().scopes(&["orders:read"]);

    // Discovery, and the first keys.
    let first = provider.token(API, "orders:read");
    let authenticated = jwt.verify(&first, &policy).await.unwrap();
    assert_eq!(authenticated.token().unwrap().identity(), "service");
    assert_eq!(authenticated.token().unwrap().issuer(), Some(&*provider.name));
    assert!(matches!(
        jwt.verify(&provider.token(API, "orders:write"), &policy).await,
        Err(TokenError::InsufficientScope { .. })
    ));
    let elsewhere = provider.token("https://shop.example", "orders:read");
    assert_eq!(invalid(jwt.verify(&elsewhere, &policy).await), InvalidToken::Audience);

    // The first request after a rotation succeeds, and the old key is still published.
    provider.publish(&["second", "first"]);
    let second = provider.token(API, "orders:read");
    assert!(jwt.verify(&second, &policy).await.is_ok());
    assert!(jwt.verify(&first, &policy).await.is_ok());

    // The next rotation is so soon that it is seen after the cool-down only.
    provider.publish(&["third", "second"]);
    let third = provider.token(API, "orders:read");
    assert_eq!(invalid(jwt.verify(&third, &policy).await), InvalidToken::UnknownKey);
    clock.pass(COOL_DOWN);
    assert!(jwt.verify(&third, &policy).await.is_ok());
    assert_eq!(invalid(jwt.verify(&first, &policy).await), InvalidToken::UnknownKey);

    // A key that is withdrawn without a new one is used for at most the time to live.
    provider.publish(&["third"]);
    assert!(jwt.verify(&second, &policy).await.is_ok());
    clock.pass(TIME_TO_LIVE);
    assert_eq!(invalid(jwt.verify(&second, &policy).await), InvalidToken::UnknownKey);
    assert!(jwt.verify(&third, &policy).await.is_ok());

    // The provider is down. What is known stays good for an hour.
    drop(provider);
    clock.pass(TIME_TO_LIVE);
    assert!(jwt.verify(&third, &policy).await.is_ok());
    clock.pass(Duration::from_secs(3_600));
    assert!(matches!(jwt.verify(&third, &policy).await, Err(TokenError::Unavailable(_))));
}
