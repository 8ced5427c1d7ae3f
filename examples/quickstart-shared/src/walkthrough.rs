use std::io::{self, Write as _};
use std::net::TcpListener;
use std::time::SystemTime;

use jwt_core::{EncodeError, JwtManager};

use crate::answers::hello;
use crate::sessions::{PASSWORD, USERNAME};
use crate::{Error, Options};

/// Prints where the server listens, and lines to paste into a shell, each with what it shows.
///
/// # Errors
/// A token cannot be issued, or nobody reads standard output.
pub async fn print_walkthrough(
    options: &Options,
    jwt: &JwtManager,
    listener: &TcpListener,
) -> Result<(), Error> {
    let url = format!("http://{}", listener.local_addr()?);
    let lines = if options.cookies { with_cookies(jwt, &url)? } else { with_headers(jwt, &url).await? };

    // Not println!, which panics when the reader of a pipe has gone.
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {url}\n\n{lines}")?;
    Ok(out.flush()?)
}

/// With the tokens of two sessions, which are started for it.
async fn with_headers(jwt: &JwtManager, url: &str) -> Result<String, Error> {
    let bearer = |token: &str| format!("-H 'Authorization: Bearer {token}'");
    let laptop = jwt.log_in(USERNAME).label("laptop").await?;
    let phone = jwt.log_in(USERNAME).label("phone").await?;
    let expired = bearer(&expired(jwt)?);
    let [access, refresh, phone] = [laptop.access(), laptop.refresh(), phone.access()].map(bearer);
    let login = login(url);
    let hello = hello(USERNAME);
    Ok(format!(
        r#"# log in: 200, an access token and a refresh token
curl -i {login}

# no token: 401 {{"err":"Missing Authorization Header"}}
curl -i {url}/protected

# an expired token: 401 {{"code":"401","err":"token 已过期"}}
curl -i {url}/protected {expired}

# a valid access token, of a session on a laptop: 200 {hello}
curl -i {url}/protected {access}

# its user's sessions: 200, on the laptop, on a phone, and from the log-in above
curl -i {url}/sessions {access}

# its refresh token, which works once: 200, a new access token and a new refresh token
curl -i -X POST {url}/refresh {refresh}

# log out on the laptop: 200 {{"logout":true}}
curl -i -X POST {url}/logout {access}

# the access token from before: 401 {{"msg":"Token has been revoked"}}
curl -i {url}/protected {access}

# log out everywhere, from the phone: 200 {{"logout":true}}
curl -i -X POST {url}/logout-all {phone}"#
    ))
}

/// The jar is to curl what a browser's store of cookies is to a browser, and awk what its scripts are to a page.
fn with_cookies(jwt: &JwtManager, url: &str) -> Result<String, EncodeError> {
    let expired = expired(jwt)?;
    let login = login(url);
    let hello = hello(USERNAME);
    let csrf = |name: &str| format!(r#"-H "X-CSRF-TOKEN: $(awk '$6 == "{name}" {{ print $7 }}' "$jar")""#);
    let (access_csrf, refresh_csrf) = (csrf("csrf_access_token"), csrf("csrf_refresh_token"));
    Ok(format!(
        r#"# log in, which puts the tokens into cookies: 200 {{"login":true}}
jar=$(mktemp) && curl -i -c "$jar" {login}

# no cookie: 401 {{"err":"Missing cookie \"access_token_cookie\""}}
curl -i {url}/protected

# an expired token: 401 {{"code":"401","err":"token 已过期"}}
curl -i {url}/protected -b 'access_token_cookie={expired}'

# the access cookie: 200 {hello}
curl -i -b "$jar" {url}/protected

# its user's sessions: 200, this one
curl -i -b "$jar" {url}/sessions

# the refresh cookie without the CSRF value that was set with it: 401 {{"err":"Missing CSRF token"}}
curl -i -b "$jar" -X POST {url}/refresh

# the refresh cookie with it, which sets new cookies: 200 {{"refresh":true}}
curl -i -b "$jar" -c "$jar" -X POST {url}/refresh {refresh_csrf}

# log out, which removes the cookies from browsers: 200 {{"logout":true}}
curl -i -b "$jar" -X POST {url}/logout {access_csrf}

# the access cookie from before, which this jar still has: 401 {{"msg":"Token has been revoked"}}
curl -i -b "$jar" {url}/protected

# log in again: 200 {{"login":true}}
curl -i -c "$jar" {login}

# log out everywhere: 200 {{"logout":true}}
curl -i -b "$jar" -X POST {url}/logout-all {access_csrf}"#
    ))
}

fn login(url: &str) -> String {
    let body = format!(r#"{{"username":"{USERNAME}","password":"{PASSWORD}"}}"#);
    format!("-X POST {url}/login -H 'Content-Type: application/json' -d '{body}'")
}

fn expired(jwt: &JwtManager) -> Result<String, EncodeError> {
    jwt.access_token(USERNAME).expires_at(SystemTime::UNIX_EPOCH).encode()
}
