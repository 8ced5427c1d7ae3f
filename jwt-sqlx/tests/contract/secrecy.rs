//! No token, id, subject, or label appears in a log, in `Debug` output, or in an error.

use std::io;
use std::sync::{Arc, LazyLock, Mutex};

use jwt_session::{
    BoxError, EndRequest, IsRevokedRequest, ListRequest, NewSession, Revocation, RevokeRequest,
    RotateRequest, Selector, Sessions, StartRequest, StateRequest, Subject, TokenRef, TouchRequest,
};
use tracing::Dispatch;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::filter::LevelFilter;

use super::{GRACE, IDLE, at};
use crate::Store;

pub(crate) const SECRET: &str = "5ecret";

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The error with its causes, and what the store says about it for a log.
pub(crate) fn shown(store: &Store, error: &BoxError) -> String {
    let mut shown = format!("{error:?} {error}");
    shown.push_str(&store.describe_error(&**error).unwrap());
    let mut source = error.source();
    while let Some(cause) = source {
        shown.push_str(&format!(" {cause}"));
        source = cause.source();
    }
    shown
}

/// Makes all calls, with private values everywhere. The second time, the session already exists.
pub(crate) async fn everything(store: &Store) -> Vec<BoxError> {
    let subject = Subject::new("5ecret-issuer", "5ecret-subject");
    let session = NewSession::new(subject, "5ecret-session", "5ecret-0", at(100)).label("5ecret-label");
    let token = TokenRef::refresh(subject, "5ecret-session", "5ecret-0").issued_at(at(0));
    let cut_off =
        Selector::IssuedBefore { issuer: "5ecret-issuer", subject: Some("5ecret-subject"), moment: at(0) };
    let mut errors = Vec::new();
    for _ in 0..2 {
        errors.extend(store.start(StartRequest::new(session, at(0))).await.err());
        errors.extend(store.state(StateRequest::new(token, at(0)).grace(GRACE)).await.err());
        errors.extend(
            store.rotate(RotateRequest::new(token, "5ecret-1", at(0)).grace(GRACE).idle(IDLE)).await.err(),
        );
        errors.extend(store.touch(TouchRequest::new(token, at(0)).idle(IDLE)).await.err());
        errors.extend(store.list(ListRequest::new(subject, at(0))).await.err());
        errors.extend(store.revoke(RevokeRequest::new(token, None, at(0))).await.err());
        errors.extend(store.is_revoked(IsRevokedRequest::new(token, at(0))).await.err());
        errors.extend(store.end(EndRequest::new(Selector::AllOf(subject), at(0))).await.err());
        errors.extend(store.end(EndRequest::new(cut_off, at(0))).await.err());
    }
    errors
}

impl Log {
    /// Captures the logs of the whole process, because drivers log on their own threads.
    pub(crate) fn of_all_threads() -> Self {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        log
    }

    /// Captures the logs of this crate on this thread.
    pub(crate) fn of_this_thread() -> Self {
        keep_second_subscriber();
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::INFO)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        // For the rest of the test, which has the thread for itself.
        std::mem::forget(tracing::subscriber::set_default(subscriber));
        log
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// Keeps a second subscriber alive. With a single one, `tracing` decides whether an event matters by the subscriber of the
/// thread that causes it first, which can be another test's.
fn keep_second_subscriber() {
    static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));
    LazyLock::force(&SECOND);
}
