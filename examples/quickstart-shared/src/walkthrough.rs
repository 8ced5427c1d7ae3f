use std::io::{self, Write as _};
use std::net::TcpListener;
use std::time::SystemTime;

use jwt_core::JwtManager;

use crate::Error;
use crate::answers::{PASSWORD, USERNAME, hello};

/// Prints where the server listens, and lines to paste into a shell, each with what it shows.
///
/// # Errors
/// A token cannot be issued, or nobody reads standard output.
pub fn print_walkthrough(jwt: &JwtManager, listener: &TcpListener) -> Result<(), Error> {
    let url = format!("http://{}", listener.local_addr()?);
    let bearer = |token: String| format!("-H 'Authorization: Bearer {token}'");
    let expired = bearer(jwt.access_token(USERNAME).expires_at(SystemTime::UNIX_EPOCH).encode()?);
    let access = bearer(jwt.access_token(USERNAME).encode()?);
    let refresh = bearer(jwt.refresh_token(USERNAME).encode()?);
    let login = format!(r#"{{"username":"{USERNAME}","password":"{PASSWORD}"}}"#);
    let hello = hello(USERNAME);

    // Not println!, which panics when the reader of a pipe has gone.
    let mut out = io::stdout().lock();
    write!(
        out,
        r#"listening on {url}

# log in: 200, an access token and a refresh token
curl -i -X POST {url}/login -H 'Content-Type: application/json' -d '{login}'

# no token: 401 {{"err":"Missing Authorization Header"}}
curl -i {url}/protected

# an expired token: 401 {{"code":"401","err":"token 已过期"}}
curl -i {url}/protected {expired}

# a valid access token: 200 {hello}
curl -i {url}/protected {access}

# a valid refresh token: 200, a new access token
curl -i -X POST {url}/refresh {refresh}
"#
    )?;
    Ok(out.flush()?)
}
