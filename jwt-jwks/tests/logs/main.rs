//! What the operator sees. This is a program of its own, because tracing decides once per process which events are
//! wanted.
#![cfg(feature = "reqwest")]
// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

#[allow(dead_code, reason = "shared with tests that use all of it")]
#[path = "../http/setup.rs"]
mod setup;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use jwt_jwks::RemoteIssuer;
use jwt_test::{Failure, FakeIssuer};
use tracing_subscriber::fmt::MakeWriter;

use setup::{Clock, manager, status};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn each_failed_attempt_is_one_warning() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .with_ansi(false)
        .with_max_level(tracing::Level::INFO)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let issuer = FakeIssuer::start();
    issuer.fail(Failure::Status(503));
    let clock = Clock::default();
    let login = RemoteIssuer::discover(issuer.url()).clock(clock.now()).build().unwrap();
    let (jwt, token) = (manager(&login), issuer.token().sign());
    for _ in 0..10 {
        assert_eq!(status(&jwt, &token).await, 503);
    }
    let text = lines.take();
    assert_eq!(text.matches("WARN jwt_jwks").count(), 1, "{text}");
    // The manager says once a minute that a token needed the keys, whatever their source is.
    assert_eq!(text.matches("WARN jwt: the keys of this issuer could not be fetched").count(), 1, "{text}");
    for part in [
        issuer.url(),
        "kind=\"status\"",
        "and there are no others",
        "responded with 503: the server has an error",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains(&token) && !text.contains(&issuer.kid()), "{text}");
    // A bad token is not a matter of the operator.
    issuer.recover();
    clock.advance(5);
    assert_eq!(status(&jwt, &token).await, 200);
    let text = lines.take();
    assert!(
        text.contains("INFO") && text.contains("available again") && text.contains("failures=1"),
        "{text}"
    );
    for _ in 0..10 {
        assert_eq!(status(&jwt, &issuer.token().signed_by_unknown_key().sign()).await, 401);
        assert_eq!(status(&jwt, &issuer.token().forged().sign()).await, 401);
    }
    assert_eq!(lines.take(), "");
    // This kind of error once claimed that there are keys.
    issuer.fail_jwks(Failure::EmptySet);
    login.refresh().await.unwrap_err();
    let text = lines.take();
    assert!(
        text.contains("so the earlier ones stay in use: the keys at ") && text.contains("are not usable: "),
        "{text}"
    );
    let new = RemoteIssuer::discover(issuer.url()).build().unwrap();
    let error = new.ready().await.unwrap_err().to_string();
    let text = lines.take();
    assert!(!text.contains("stay in use") && !error.contains("stay in use"), "{text}");
}
