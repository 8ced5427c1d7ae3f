use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::routing::{get, post};
use axum::{Json, Router};
use jwt_axum::session::{MemorySessions, SessionEvents};
use jwt_axum::{
    AccessToken, Auth, Config, ErrorHandlers, ErrorResponse, JwtManager, LoggedIn, LoggedOut, Refreshed,
    Refusal, Rejected, Token,
};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) fn app(jwt: JwtManager) -> Router {
    Router::new()
        .route("/login", post(login))
        .route("/hello", get(hello))
        .route("/refresh", post(refresh))
        .route("/logout", post(logout))
        .route("/logout-all", post(logout_all))
        .route("/sessions", get(sessions))
        .with_state(jwt)
}

/// The body of `POST /login`. A real application would also take a password and verify it.
#[derive(Deserialize)]
struct Device {
    user: String,
    device: String,
}

async fn login(auth: Auth, Json(Device { user, device }): Json<Device>) -> Result<LoggedIn, Rejected> {
    auth.log_in(user).label(device).await
}

async fn hello(AccessToken(token): AccessToken) -> Json<Value> {
    Json(json!({ "hello": token.identity() }))
}

async fn refresh(auth: Auth) -> Result<Refreshed, Rejected> {
    auth.rotate().await
}

async fn logout(auth: Auth) -> Result<LoggedOut, Rejected> {
    auth.log_out().await
}

async fn logout_all(auth: Auth) -> Result<LoggedOut, Rejected> {
    auth.log_out_everywhere().await
}

/// Lists the user's devices, and marks the one that sent the request.
async fn sessions(auth: Auth, AccessToken(token): AccessToken) -> Result<Json<Value>, Rejected> {
    let sessions = auth.list_sessions(&token).await?;
    let listed = sessions
        .iter()
        .map(|session| json!({ "device": session.label, "current": token.session() == Some(&session.id) }));
    Ok(Json(json!({ "sessions": listed.collect::<Vec<_>>() })))
}

/// Responds to every rejected token with the kind of the error.
struct Answers;

impl ErrorHandlers for Answers {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::json(refusal.default_status(), &json!({ "error": refusal.kind().as_str() }))
    }
}

/// Collects events for the story. A real application might send an email to the user instead.
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

/// A clock that can be moved forward, so the story does not have to wait.
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
    let builder = builder.session_store(MemorySessions::new()).session_events(alarms);
    Ok(builder.clock(move || clock.now()).build()?)
}
