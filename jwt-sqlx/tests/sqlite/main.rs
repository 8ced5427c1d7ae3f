//! The contract of `jwt_core::session`, held against a file.

// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]

mod concurrency;
mod cutoffs;
mod durability;
mod endings;
mod limits;
mod names;
mod purging;
mod revocation;
mod rotation;
mod schema;
mod secrecy;
mod states;
mod times;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwt_core::BoxError;
use jwt_core::session::{
    NewSession, Revocation, Rotation, RotationPolicy, SessionState, Sessions, Subject, TokenRef,
};
use jwt_sqlx::{Error, SqliteSessions};

/// A folder of its own, removed afterwards.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("jwt-sqlx-{process}-{count}"));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("sessions.db")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) async fn open(&self) -> SqliteSessions {
        SqliteSessions::open(self.file()).await.unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const ALICE: Subject<'_> = Subject::new(ISSUER, "alice");
pub(crate) const BOB: Subject<'_> = Subject::new(ISSUER, "bob");
/// The same name at somebody else's.
pub(crate) const ELSEWHERE: Subject<'_> = Subject::new("https://other.example", "alice");

pub(crate) const GRACE: Duration = Duration::from_secs(10);
pub(crate) const IDLE: Duration = Duration::from_secs(100);
pub(crate) const POLICY: RotationPolicy = RotationPolicy::new(GRACE, IDLE);

/// So many seconds after the start of all tests.
pub(crate) fn at(seconds: u64) -> SystemTime {
    at_ms(seconds * 1000)
}

pub(crate) fn at_ms(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_700_000_000_000 + millis)
}

/// The session `id`, its first token `{id}-0`, idle for `IDLE`, over after 1000 seconds.
pub(crate) async fn start(store: &SqliteSessions, subject: Subject<'_>, id: &str, seconds: u64) {
    let first = format!("{id}-0");
    let session =
        NewSession::new(subject, id, &first, at(seconds + 1000)).idle_expires_at(at(seconds) + IDLE);
    store.start(session, at(seconds)).await.unwrap();
}

/// Alice's.
pub(crate) async fn rotate(
    store: &SqliteSessions,
    id: &str,
    token: &str,
    next: &str,
    now: SystemTime,
) -> Rotation {
    store.rotate(TokenRef::refresh(ALICE, id, token), next, POLICY, now).await.unwrap()
}

pub(crate) async fn state_of(store: &SqliteSessions, token: TokenRef<'_>, now: SystemTime) -> SessionState {
    store.state(token, GRACE, now).await.unwrap()
}

/// Of an access token in a session of Alice's.
pub(crate) async fn session_state(store: &SqliteSessions, id: &str, now: SystemTime) -> SessionState {
    state_of(store, TokenRef::access(ALICE, id, "access"), now).await
}

pub(crate) async fn live(store: &SqliteSessions, subject: Subject<'_>, now: SystemTime) -> Vec<String> {
    store.list(subject, now).await.unwrap().into_iter().map(|session| session.id).collect()
}

pub(crate) async fn is_revoked(store: &SqliteSessions, token: TokenRef<'_>) -> bool {
    store.is_revoked(token, at(0)).await.unwrap()
}

pub(crate) fn rotated(expires_at: SystemTime) -> Rotation {
    Rotation::Rotated { expires_at }
}

pub(crate) fn grace(current: &str, expires_at: SystemTime) -> Rotation {
    Rotation::Grace { current: current.to_owned(), expires_at }
}

/// The crate's own error behind a `BoxError`.
pub(crate) fn own(error: &BoxError) -> &Error {
    error.downcast_ref().unwrap()
}
