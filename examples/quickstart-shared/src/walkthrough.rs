use std::io::{self, Write as _};
use std::net::TcpListener;
use std::time::SystemTime;

use jwt_core::{EncodeError, JwtManager};

use crate::answers::{PASSWORD, USERNAME, hello};
use crate::{Error, Quickstart};

/// Prints where the server listens, and lines to paste into a shell, each with what it shows.
///
/// # Errors
/// A token cannot be issued, or nobody reads standard output.
pub fn print_walkthrough(quickstart: &Quickstart, listener: &TcpListener) -> Result<(), Error> {
    let url = format!("http://{}", listener.local_addr()?);
    let lines = if quickstart.uses_cookies() { with_cookies } else { with_headers };
    let lines = lines(quickstart.jwt(), &url)?;

    // Not println!, which panics when the reader of a pipe has gone.
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {url}\n\n{lines}")?;
    Ok(out.flush()?)
}

fn with_headers(jwt: &JwtManager, url: &str) -> Result<String, EncodeError> {
    let bearer = |token: String| format!("-H 'Authorization: Bearer {token}'");
    let expired = bearer(expired(jwt)?);
    let access = bearer(jwt.access_token(USERNAME).encode()?);
    let refresh = bearer(jwt.refresh_token(USERNAME).encode()?);
    let login = login(url);
    let hello = hello(USERNAME);
    Ok(format!(
        r#"# log in: 200, an access token and a refresh token
curl -i {login}

# no token: 401 {{"err":"Missing Authorization Header"}}
curl -i {url}/protected

# an expired token: 401 {{"code":"401","err":"token 已过期"}}
curl -i {url}/protected {expired}

# a valid access token: 200 {hello}
curl -i {url}/protected {access}

# a valid refresh token: 200, a new access token
curl -i -X POST {url}/refresh {refresh}"#
    ))
}

/// The jar is to curl what a browser's store of cookies is to a browser, and awk what its scripts are to a page.
fn with_cookies(jwt: &JwtManager, url: &str) -> Result<String, EncodeError> {
    let expired = expired(jwt)?;
    let login = login(url);
    let hello = hello(USERNAME);
    Ok(format!(
        r#"# log in, which puts the tokens into cookies: 200 {{"login":true}}
jar=$(mktemp) && curl -i -c "$jar" {login}

# no cookie: 401 {{"err":"Missing cookie \"access_token_cookie\""}}
curl -i {url}/protected

# an expired token: 401 {{"code":"401","err":"token 已过期"}}
curl -i {url}/protected -b 'access_token_cookie={expired}'

# the access cookie: 200 {hello}
curl -i -b "$jar" {url}/protected

# the refresh cookie without the CSRF value that was set with it: 401 {{"err":"Missing CSRF token"}}
curl -i -b "$jar" -X POST {url}/refresh

# the refresh cookie with it, which sets a new access cookie: 200 {{"refresh":true}}
curl -i -b "$jar" -c "$jar" -X POST {url}/refresh -H "X-CSRF-TOKEN: $(awk '$6 == "csrf_refresh_token" {{ print $7 }}' "$jar")""#
    ))
}

fn login(url: &str) -> String {
    let body = format!(r#"{{"username":"{USERNAME}","password":"{PASSWORD}"}}"#);
    format!("-X POST {url}/login -H 'Content-Type: application/json' -d '{body}'")
}

fn expired(jwt: &JwtManager) -> Result<String, EncodeError> {
    jwt.access_token(USERNAME).expires_at(SystemTime::UNIX_EPOCH).encode()
}
