use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jwt_core::session::{MemorySessions, SessionEvents};
use jwt_core::{Config, ErrorHandlers, ErrorResponse, JwtManager, LogIn, Rejection, Token, TokenError};
use serde::Deserialize;
use serde_json::{Value, json};

/// The body of `POST /login`. A password would be checked here.
#[derive(Debug, Deserialize)]
pub struct Device {
    user: String,
    device: String,
}

impl Device {
    /// The session that it starts.
    pub fn log_in<'a>(&self, jwt: &'a JwtManager) -> LogIn<'a> {
        jwt.log_in(&self.user).label(&*self.device)
    }
}

/// The body of `GET /hello`.
#[must_use]
pub fn hello(token: &Token) -> Value {
    json!({ "hello": token.identity() })
}

/// The body of `GET /sessions`: the devices on which the token's user is logged in, and which of them asks.
///
/// # Errors
/// The store failed.
pub async fn sessions(jwt: &JwtManager, token: &Token) -> Result<Value, TokenError> {
    let sessions = jwt.sessions(token).await?;
    let listed = sessions
        .iter()
        .map(|session| json!({ "device": session.label, "current": token.session() == Some(&session.id) }));
    Ok(json!({ "sessions": listed.collect::<Vec<_>>() }))
}

/// Every refused token is answered with the kind of its error.
struct Answers;

impl ErrorHandlers for Answers {
    fn fallback(&self, rejection: &Rejection<'_>) -> ErrorResponse {
        ErrorResponse::json(rejection.default_status(), &json!({ "error": rejection.kind().as_str() }))
    }
}

/// What the application is told beside its requests: here for the story, elsewhere for a mail to the user.
#[derive(Clone, Default)]
pub(crate) struct Alarms(Arc<Mutex<Vec<String>>>);

impl Alarms {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SessionEvents for Alarms {
    fn reuse_detected(&self, token: &Token) {
        let alarm = format!("a refresh token of {} was used again", token.identity());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(alarm);
    }
}

/// A clock that can be put forward, so that nobody has to wait for the story.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn forward(&self, by: Duration) {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
    }

    fn now(&self) -> SystemTime {
        let ahead = Duration::from_secs(self.0.load(Ordering::SeqCst));
        SystemTime::now().checked_add(ahead).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

pub(crate) fn manager(clock: Clock, alarms: Alarms) -> Result<JwtManager, Box<dyn Error>> {
    let mut secret = [0; 48];
    getrandom::fill(&mut secret)?;
    let builder = JwtManager::builder(Config::default()).secret(secret).error_handlers(Answers);
    let builder = builder.sessions(MemorySessions::new()).session_events(alarms);
    Ok(builder.clock(move || clock.now()).build()?)
}
