use std::error::Error;
use std::time::SystemTime;

use jwt_axum::JwtManager;

use crate::{PASSWORD, USERNAME};

/// Starts two sessions, and returns commands to paste into a shell, each with a comment that says what it shows.
pub(crate) async fn walkthrough(jwt: &JwtManager, url: &str) -> Result<String, Box<dyn Error>> {
    let bearer = |token: &str| format!("-H 'Authorization: Bearer {token}'");
    let laptop = jwt.log_in(USERNAME).label("laptop").await?;
    let phone = jwt.log_in(USERNAME).label("phone").await?;
    let expired = bearer(&jwt.access_token(USERNAME).expires_at(SystemTime::UNIX_EPOCH).encode()?);
    let [access, refresh, phone] = [laptop.access(), laptop.refresh(), phone.access()].map(bearer);
    Ok(format!(
        r#"# log in: 200, an access token and a refresh token
curl -i -X POST {url}/login -H 'Content-Type: application/json' -d '{{"username":"{USERNAME}","password":"{PASSWORD}"}}'

# no token: 401 {{"err":"Missing Authorization Header"}}
curl -i {url}/protected

# an expired token: 401 {{"code":"401","err":"token 已过期"}}
curl -i {url}/protected {expired}

# a valid access token, from a session on a laptop: 200 {{"hello":"{USERNAME}"}}
curl -i {url}/protected {access}

# the user's sessions: 200, on the laptop, on a phone, and from the login above
curl -i {url}/sessions {access}

# the laptop's refresh token, which works once: 200, a new access token and a new refresh token
curl -i -X POST {url}/refresh {refresh}

# log out on the laptop: 200 {{"logout":true}}
curl -i -X POST {url}/logout {access}

# the laptop's access token, which is now revoked: 401 {{"msg":"Token has been revoked"}}
curl -i {url}/protected {access}

# log out everywhere, from the phone: 200 {{"logout":true}}
curl -i -X POST {url}/logout-all {phone}"#
    ))
}
