//! Tests of the rules of `jwt_session` that are the same for every database. `crate::Database` opens a new one, as a
//! `crate::Store`.

pub(crate) mod audit;
mod concurrency;
mod cutoffs;
mod endings;
mod names;
mod purging;
pub(crate) mod refusals;
mod revocation;
mod rotation;
pub(crate) mod secrecy;
mod states;
pub(crate) mod surplus;
mod times;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwt_session::{
    BoxError, Graced, IsRevokedRequest, ListRequest, NewSession, Revocation, RotateRequest, Rotated,
    Rotation, SessionState, Sessions, StartRequest, StateRequest, Subject, TokenRef,
};
use jwt_sqlx::Error;

use crate::Store;

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const ALICE: Subject<'_> = Subject::new(ISSUER, "alice");
pub(crate) const BOB: Subject<'_> = Subject::new(ISSUER, "bob");
/// The same name at another issuer.
pub(crate) const ELSEWHERE: Subject<'_> = Subject::new("https://other.example", "alice");

pub(crate) const GRACE: Duration = Duration::from_secs(10);
pub(crate) const IDLE: Duration = Duration::from_secs(100);

/// Returns the time this many seconds after the start of all tests.
pub(crate) fn at(seconds: u64) -> SystemTime {
    at_ms(seconds * 1000)
}

pub(crate) fn at_ms(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_700_000_000_000 + millis)
}

/// Starts the session `id` with its first token `{id}-0`, the idle limit `IDLE`, and an absolute limit of 1000 seconds.
pub(crate) async fn start(store: &Store, subject: Subject<'_>, id: &str, seconds: u64) {
    let first = format!("{id}-0");
    let session =
        NewSession::new(subject, id, &first, at(seconds + 1000)).idle_expires_at(at(seconds) + IDLE);
    store.start(StartRequest::new(session, at(seconds))).await.unwrap();
}

/// Exchanges a token of Alice.
pub(crate) async fn rotate(store: &Store, id: &str, token: &str, next: &str, now: SystemTime) -> Rotation {
    store
        .rotate(RotateRequest::new(TokenRef::refresh(ALICE, id, token), next, now).grace(GRACE).idle(IDLE))
        .await
        .unwrap()
}

pub(crate) async fn state_of(store: &Store, token: TokenRef<'_>, now: SystemTime) -> SessionState {
    store.state(StateRequest::new(token, now).grace(GRACE)).await.unwrap()
}

/// Returns the state of an access token in a session of Alice.
pub(crate) async fn session_state(store: &Store, id: &str, now: SystemTime) -> SessionState {
    state_of(store, TokenRef::access(ALICE, id, "access"), now).await
}

pub(crate) async fn live(store: &Store, subject: Subject<'_>, now: SystemTime) -> Vec<String> {
    store
        .list(ListRequest::new(subject, now))
        .await
        .unwrap()
        .sessions
        .into_iter()
        .map(|session| session.id)
        .collect()
}

pub(crate) async fn is_revoked(store: &Store, token: TokenRef<'_>) -> bool {
    store.is_revoked(IsRevokedRequest::new(token, at(0))).await.unwrap()
}

pub(crate) fn rotated(expires_at: SystemTime) -> Rotation {
    Rotation::Rotated(Rotated::new(expires_at))
}

pub(crate) fn grace(current: &str, expires_at: SystemTime) -> Rotation {
    Rotation::Grace(Graced::new(current.to_owned(), expires_at))
}

/// Returns this crate's error inside a `BoxError`.
pub(crate) fn own(error: &BoxError) -> &Error {
    error.downcast_ref().unwrap()
}

/// Statements that turn tables of version 2 into those of version 1.
pub(crate) const AS_VERSION_1: [&str; 6] = [
    "DROP INDEX jwt_sessions_live",
    "DROP INDEX jwt_sessions_started_at",
    "ALTER TABLE jwt_sessions DROP COLUMN graced",
    "ALTER TABLE jwt_sessions DROP COLUMN graced_in_a_row",
    "CREATE INDEX jwt_sessions_subject ON jwt_sessions (issuer, subject)",
    "DELETE FROM jwt_schema_versions WHERE version = 2",
];

/// Returns the statements with which the documentation upgrades the tables.
pub(crate) fn documented_upgrade() -> impl Iterator<Item = &'static str> {
    let blocks = include_str!("../../src/lib.md").split("```sql\n").skip(1);
    let blocks = blocks.map(|rest| rest.split_once("```").unwrap().0);
    let mut upgrades = blocks.filter(|statements| statements.starts_with("ALTER TABLE"));
    upgrades.next().unwrap().split(';').map(str::trim).filter(|statement| !statement.is_empty())
}
