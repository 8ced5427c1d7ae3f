//! No token, id, subject or label in a log, a `Debug` or an error.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jwt_core::BoxError;
use jwt_core::session::{NewSession, Revocation, Selector, Sessions, Subject, TokenRef};
use jwt_sqlx::SqliteSessions;
use sqlx::sqlite::SqliteConnectOptions;
use tracing_subscriber::filter::LevelFilter;

use crate::{Folder, GRACE, IDLE, POLICY, at};

const SECRET: &str = "5ecret";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shown(error: &BoxError) -> String {
    let mut shown = format!("{error:?} {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        shown.push_str(&format!(" {cause}"));
        source = cause.source();
    }
    shown
}

async fn everything(store: &SqliteSessions) -> Vec<BoxError> {
    let subject = Subject::new("5ecret-issuer", "5ecret-subject");
    let session = NewSession::new(subject, "5ecret-session", "5ecret-0", at(100)).label("5ecret-label");
    let token = TokenRef::refresh(subject, "5ecret-session", "5ecret-0").issued_at(at(0));
    let cut_off =
        Selector::IssuedBefore { issuer: "5ecret-issuer", subject: Some("5ecret-subject"), moment: at(0) };
    let mut errors = Vec::new();
    for _ in 0..2 {
        errors.extend(store.start(session, at(0)).await.err());
        errors.extend(store.state(token, GRACE, at(0)).await.err());
        errors.extend(store.rotate(token, "5ecret-1", POLICY, at(0)).await.err());
        errors.extend(store.touch(token, IDLE, at(0)).await.err());
        errors.extend(store.list(subject, at(0)).await.err());
        errors.extend(store.revoke(token, None, at(0)).await.err());
        errors.extend(store.is_revoked(token, at(0)).await.err());
        errors.extend(store.end(Selector::AllOf(subject), at(0)).await.err());
        errors.extend(store.end(cut_off, at(0)).await.err());
    }
    errors
}

#[tokio::test]
async fn nothing_that_is_stored_is_shown() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // Global: statements are logged by sqlx's own threads.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let folder = Folder::new();
    let store = folder.open().await;
    let duplicate = everything(&store).await;
    assert_eq!(duplicate.len(), 1);
    let debug = format!("{store:?} {:?}", SqliteSessions::builder());
    store.close().await;
    let closed = everything(&store).await;

    let options = SqliteConnectOptions::new().filename(folder.file()).pragma("max_page_count", "1");
    let store = SqliteSessions::builder().time_limit(Duration::from_secs(5)).connect(options).await.unwrap();
    let long = SECRET.repeat(100_000);
    let full = store.revoke(TokenRef::new(Subject::new(SECRET, SECRET), &long), None, at(0)).await;
    let errors = duplicate.iter().chain(&closed).chain(full.as_ref().err());
    let shown: Vec<String> = errors.map(shown).collect();
    assert!(shown.len() > 10);
    assert!(!shown.concat().contains(SECRET), "{shown:?}");
    assert!(!debug.contains(SECRET));
    let text = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(text.contains("jwt_sessions"), "statements are logged");
    assert!(!text.contains(SECRET));
}
