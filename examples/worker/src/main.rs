//! Tokens without HTTP: a worker that reads tokens from a queue, in this example from standard input, one per line.
//!
//! ```sh
//! export JWT_SECRET_KEY=$(openssl rand -base64 48)
//! cargo run -q -p worker issue alice          # prints a token
//! cargo run -q -p worker issue alice 60       # a token that is valid for 60 seconds
//! cargo run -q -p worker issue alice | cargo run -q -p worker
//! ```
//!
//! The last command prints `valid identity="alice" jti="…" expires=…`, with the time in seconds since 1970. For a
//! rejected token, the worker prints the kind of the error. If the token is valid except that it has expired, it also
//! prints the token's identity, `jti`, and expiry.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::{Duration, UNIX_EPOCH};

use jwt_core::{Config, JwtManager, Token, TokenError};

const USAGE: &str = "usage: worker, with tokens on standard input; or: worker issue IDENTITY [SECONDS]";

fn issue(jwt: &JwtManager, identity: &str, seconds: Option<&str>) -> Result<String, Box<dyn Error>> {
    let mut token = jwt.access_token(identity);
    if let Some(seconds) = seconds {
        token = token.expires_in(Duration::from_secs(seconds.parse().map_err(|_| USAGE)?));
    }
    Ok(token.encode()?)
}

/// Verifies a token and describes the result. `decode` checks neither the kind of a token nor whether it was revoked. A
/// worker that needs these checks compares `token.kind()` and looks up `token.id()`.
fn judge(jwt: &JwtManager, text: &str) -> String {
    match jwt.decode(text) {
        Ok(token) => format!("valid {}", described(&token)),
        Err(error) => match jwt.decode_allow_expired(text) {
            // The token has expired, but its signature is valid, so its identity can be trusted.
            Ok(token) => format!("{} {}", error.kind().as_str(), described(&token)),
            Err(error) => format!("{}{}", error.kind().as_str(), because(&error)),
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
                    writeln!(output, "{}", judge(&jwt, text.trim()))?;
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
