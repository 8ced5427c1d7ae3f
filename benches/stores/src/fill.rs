//! Fills a store, with 64 concurrent logins. If each login would wait for the disk, it writes the same rows directly,
//! thousands per transaction.

use std::time::{Duration, SystemTime};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jwt_core::session::{Revocation, RevokeRequest, Sessions, StartRequest, Subject, TokenRef};
use jwt_session::millis;

use crate::Result;
use crate::data::{Entry, LABEL, LIFETIME, revoked, subject};

const AT_ONCE: usize = 64;
const ROWS: u64 = 2000;
/// How long a revoked token has to be kept.
const KEPT: Duration = Duration::from_secs(15 * 60);

pub(crate) async fn by_log_ins<S: Sessions + Clone>(store: &S, sessions: u64) -> Result<()> {
    let log_in = |number| {
        let store = store.clone();
        async move {
            let now = SystemTime::now();
            store.start(StartRequest::new(Entry::new(number).log_in(now), now)).await?;
            Ok(())
        }
    };
    all((0..sessions).map(log_in)).await
}

pub(crate) async fn by_revocations<S: Revocation + Clone>(store: &S, tokens: u64) -> Result<()> {
    let revoke = |number| {
        let store = store.clone();
        async move {
            let (now, name) = (SystemTime::now(), subject(number));
            let id = revoked(number);
            let token = TokenRef::new(Subject::new("", &name), &id);
            store.revoke(RevokeRequest::new(token, Some(now + KEPT), now)).await
        }
    };
    all((0..tokens).map(revoke)).await
}

async fn all<F>(calls: impl Iterator<Item = F>) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    stream::iter(calls).buffer_unordered(AT_ONCE).try_collect().await
}

/// Statements that write the rows of this many logins. The texts contain nothing that needs escaping.
pub(crate) fn session_rows(prefix: &str, sessions: u64) -> impl Iterator<Item = String> {
    let now = SystemTime::now();
    let (now, end) = (millis(now), millis(now + LIFETIME));
    let columns =
        "id, issuer, subject, label, current_id, started_at, last_used_at, idle_expires_at, expires_at";
    let row = move |number| {
        let Entry { subject, id, current, .. } = Entry::new(number);
        format!("('{id}', '', '{subject}', '{LABEL}', '{current}', {now}, {now}, {end}, {end})")
    };
    statements(format!("INSERT INTO {prefix}sessions ({columns}) VALUES "), sessions, row)
}

/// Statements that write the rows of this many revocations.
pub(crate) fn revoked_rows(prefix: &str, tokens: u64) -> impl Iterator<Item = String> {
    let until = millis(SystemTime::now() + KEPT);
    let row = move |number| format!("('', '{}', {until})", revoked(number));
    statements(format!("INSERT INTO {prefix}revoked (issuer, id, until) VALUES "), tokens, row)
}

fn statements(insert: String, count: u64, row: impl Fn(u64) -> String) -> impl Iterator<Item = String> {
    let starts = (0..count).step_by(usize::try_from(ROWS).unwrap_or(usize::MAX));
    starts.map(move |start| {
        let rows: Vec<_> = (start..count.min(start + ROWS)).map(&row).collect();
        format!("{insert}{}", rows.join(","))
    })
}
