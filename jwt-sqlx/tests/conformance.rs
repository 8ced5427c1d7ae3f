//! Runs the conformance suite on SQLite.

#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jwt_conformance::Fixture;
use jwt_sqlx::SqliteSessions;

/// A separate file for each check, which is removed afterwards.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("jwt-sqlx-conformance-{process}-{count}"));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Fixture for File {
    type Store = SqliteSessions;

    async fn open(&self) -> SqliteSessions {
        // A race of a hundred writers on a slow disk is not a failure here.
        let builder = SqliteSessions::builder().time_limit(Duration::from_secs(60));
        builder.open(self.0.join("sessions.db")).await.unwrap()
    }

    async fn reopen(&self, store: SqliteSessions) -> Option<SqliteSessions> {
        store.close().await;
        Some(self.open().await)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

jwt_conformance::conformance_tests!(File::new());
