use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use jwt_core::session::Session;
use jwt_core::{JwtManager, LogIn, Token, TokenError};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) const USERNAME: &str = "test";
pub(crate) const PASSWORD: &str = "test";

/// Clients choose their labels, and the store keeps them.
const LONGEST_LABEL: usize = 100;

/// The body of `POST /login`.
#[derive(Deserialize)]
pub struct Credentials {
    username: String,
    password: String,
    device: Option<String>,
}

impl Credentials {
    /// The session that they start; `None` if they are nobody's. Its label is the body's `device`, or else the header's
    /// `User-Agent`.
    #[must_use]
    pub fn log_in<'a>(&self, jwt: &'a JwtManager, user_agent: Option<&str>) -> Option<LogIn<'a>> {
        let log_in = jwt.log_in(self.user()?);
        Some(match self.device.as_deref().or(user_agent) {
            Some(label) => log_in.label(label.chars().take(LONGEST_LABEL).collect::<String>()),
            None => log_in,
        })
    }

    fn user(&self) -> Option<&str> {
        // A real application looks the user up and verifies a password hash (argon2, say), which takes the same time
        // for unknown users. Comparing texts does for one public password only.
        (self.username == USERNAME && self.password == PASSWORD).then_some(&*self.username)
    }
}

// A derived one would show the password.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// The body of `GET /sessions`: the live ones of the token's user, the newest first. Times are in seconds since 1970.
///
/// # Errors
/// The store failed.
pub async fn sessions(jwt: &JwtManager, token: &Token) -> Result<Value, TokenError> {
    let sessions = jwt.sessions(token).await?;
    let listed: Vec<_> = sessions.iter().map(|session| listed(session, token)).collect();
    Ok(json!({ "sessions": listed }))
}

fn listed(session: &Session, token: &Token) -> Value {
    json!({
        "id": session.id,
        "label": session.label,
        "created": seconds(session.started_at),
        "last_used": seconds(session.last_used_at),
        "current": token.session() == Some(&session.id),
    })
}

fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
