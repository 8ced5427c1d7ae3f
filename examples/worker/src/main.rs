//! Tokens without HTTP: a worker that verifies tokens from a queue. In this example the queue is standard input, with
//! one token per line.
//!
//! The secret comes from the environment variable `JWT_SECRET_KEY`. Issuing and verifying need the same one.
//!
//! ```sh
//! export JWT_SECRET_KEY=$(openssl rand -base64 48)
//! cargo run -q -p worker issue alice          # prints a token
//! cargo run -q -p worker issue alice 60       # prints a token that is valid for 60 seconds
//! cargo run -q -p worker issue alice | cargo run -q -p worker
//! ```
//!
//! The last command prints `valid identity="alice" jti="…" expires=…`, with the time in seconds since 1970. For a
//! rejected token, the worker prints the kind of the error. If the signature and the claims are valid, but the token
//! has expired, it also prints the token's identity, `jti`, and expiry.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::{Duration, UNIX_EPOCH};

use jwt_core::{Authenticated, Config, JwtManager, Policy, Token, TokenError};

const USAGE: &str = "usage: worker, with tokens on standard input; or: worker issue IDENTITY [SECONDS]";

fn issue(jwt: &JwtManager, identity: &str, seconds: Option<&str>) -> Result<String, Box<dyn Error>> {
    let mut token = jwt.access_token(identity);
    if let Some(seconds) = seconds {
        token = token.expires_in(Duration::from_secs(seconds.parse().map_err(|_| USAGE)?));
    }
    Ok(token.encode()?)
}

/// Verifies an access token and describes the result.
async fn check(jwt: &JwtManager, text: &str) -> String {
    match jwt.verify(text, &Policy::access()).await.and_then(Authenticated::into_token) {
        Ok(token) => format!("valid {}", described(&token)),
        Err(error) => match error.token() {
            // Only an error about a verified token carries it, so its identity can be trusted.
            Some(token) => format!("{} {}", error.kind().as_str(), described(token)),
            None => format!("{}{}", error.kind().as_str(), because(&error)),
        },
    }
}

fn described(token: &Token) -> String {
    let expires = token.expires_at().and_then(|moment| moment.duration_since(UNIX_EPOCH).ok());
    let expires = expires.map_or_else(|| "never".to_owned(), |since| since.as_secs().to_string());
    format!("identity={:?} jti={:?} expires={expires}", token.identity(), token.id().unwrap_or_default())
}

fn because(error: &TokenError) -> String {
    error.source().map(|why| format!(": {why}")).unwrap_or_default()
}

/// Runs a future on this thread. A program that has an async runtime awaits the future instead.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let secret = env::var("JWT_SECRET_KEY")
        .map_err(|_| "JWT_SECRET_KEY is not set: make one with `openssl rand -base64 48`")?;
    let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
    let arguments: Result<Vec<_>, _> = env::args_os().skip(1).map(OsString::into_string).collect();
    let arguments = arguments.map_err(|_| USAGE)?;
    let mut output = io::stdout().lock();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => {
            for line in io::stdin().lock().split(b'\n') {
                let line = line?;
                // Input that is not UTF-8 is not a token, so it does not matter how it is replaced.
                let text = String::from_utf8_lossy(&line);
                if !text.trim().is_empty() {
                    writeln!(output, "{}", block_on(check(&jwt, text.trim())))?;
                }
            }
        }
        ["issue", identity] => writeln!(output, "{}", issue(&jwt, identity, None)?)?,
        ["issue", identity, seconds] => writeln!(output, "{}", issue(&jwt, identity, Some(seconds))?)?,
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
