//! Failing stores: locked, slow, without their tables, and one that only returns errors.

use std::path::Path;
use std::time::Duration;

use jwt_core::session::Sessions;
use jwt_sqlx::SqliteSessions;
use jwt_test::FailingStore;
use jwt_tests::Folder;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use sqlx::{Connection as _, Executor as _, Sqlite, SqliteConnection};
use tokio::runtime::Runtime;

use crate::outage::{Outage, Reads, play};

/// Long enough for a busy machine to respond, short enough to wait for.
const TIME_LIMIT: Duration = Duration::from_secs(2);
const CONNECTIONS: u32 = 4;

/// SQLite with its own file.
struct File {
    runtime: Runtime,
    pool: SqlitePool,
    store: SqliteSessions,
    options: SqliteConnectOptions,
    // Declared last, so it is removed last.
    _folder: Folder,
}

impl File {
    fn new(mode: SqliteJournalMode) -> Self {
        let folder = Folder::make();
        let runtime = Runtime::new().unwrap();
        let options = options(&folder.file("sessions.db"), mode);
        let (pool, store) = runtime.block_on(open(options.clone()));
        Self { runtime, pool, store, options, _folder: folder }
    }

    fn connection(&self) -> SqliteConnection {
        self.runtime.block_on(SqliteConnection::connect_with(&self.options)).unwrap()
    }

    fn execute(&self, connection: &mut SqliteConnection, statement: &str) {
        self.runtime.block_on(connection.execute(statement)).unwrap();
    }
}

pub(crate) fn options(file: &Path, mode: SqliteJournalMode) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    options.journal_mode(mode).busy_timeout(TIME_LIMIT)
}

pub(crate) async fn open(options: SqliteConnectOptions) -> (SqlitePool, SqliteSessions) {
    // The pool needs no background tasks, because each server has its own runtime.
    let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).idle_timeout(None).max_lifetime(None);
    let pool = pool.connect_lazy_with(options);
    let store = SqliteSessions::builder().time_limit(TIME_LIMIT).pool(pool.clone()).await.unwrap();
    (pool, store)
}

/// Another process has an exclusive lock on the file. Readers are blocked, too, because SQLite does not use write-ahead
/// logging here.
struct Locked {
    file: File,
    other: SqliteConnection,
}

impl Outage for Locked {
    fn store(&self) -> impl Sessions {
        self.file.store.clone()
    }

    fn begin(&mut self) {
        self.file.execute(&mut self.other, "BEGIN EXCLUSIVE");
    }

    fn end(&mut self) {
        self.file.execute(&mut self.other, "ROLLBACK");
    }
}

#[test]
fn a_hanging_store() {
    play("hangs: file locked", "SQLite, no WAL", || {
        let file = File::new(SqliteJournalMode::Delete);
        let other = file.connection();
        Locked { file, other }
    });
}

/// Another process holds a write transaction open. Files use write-ahead logging by default, so readers continue.
struct Written(Locked);

impl Outage for Written {
    fn reads(&self) -> Reads {
        Reads::GoOn
    }

    fn store(&self) -> impl Sessions {
        self.0.store()
    }

    fn begin(&mut self) {
        self.0.begin();
    }

    fn end(&mut self) {
        self.0.end();
    }
}

#[test]
fn a_store_that_hangs_for_writers() {
    play("hangs: file locked", "SQLite", || {
        let file = File::new(SqliteJournalMode::Wal);
        let other = file.connection();
        Written(Locked { file, other })
    });
}

/// Every operation waits for a connection longer than the time limit.
struct Slow {
    file: File,
    taken: Vec<PoolConnection<Sqlite>>,
}

impl Outage for Slow {
    fn store(&self) -> impl Sessions {
        self.file.store.clone()
    }

    fn begin(&mut self) {
        let take = || self.file.runtime.block_on(self.file.pool.acquire()).unwrap();
        self.taken = (0..CONNECTIONS).map(|_| take()).collect();
    }

    fn end(&mut self) {
        let _runtime = self.file.runtime.enter();
        self.taken.clear();
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        // This also runs if a test fails, because connections are returned by the runtime.
        self.end();
    }
}

#[test]
fn a_slow_store() {
    play("slow: no free connection", "SQLite", || Slow {
        file: File::new(SqliteJournalMode::Wal),
        taken: Vec::new(),
    });
}

/// The tables are missing, as after a failed restore.
struct WithoutTables {
    file: File,
    other: SqliteConnection,
}

impl Outage for WithoutTables {
    fn store(&self) -> impl Sessions {
        self.file.store.clone()
    }

    fn begin(&mut self) {
        self.file.execute(&mut self.other, "ALTER TABLE jwt_sessions RENAME TO elsewhere");
    }

    fn end(&mut self) {
        self.file.execute(&mut self.other, "ALTER TABLE elsewhere RENAME TO jwt_sessions");
    }
}

#[test]
fn an_erring_database() {
    play("errors: table missing", "SQLite", || {
        let file = File::new(SqliteJournalMode::Wal);
        let other = file.connection();
        WithoutTables { file, other }
    });
}

/// A custom store that wraps another.
impl Outage for FailingStore {
    fn store(&self) -> impl Sessions {
        self.clone()
    }

    fn begin(&mut self) {
        self.fail(jwt_test::Outage::Down);
    }

    fn end(&mut self) {
        self.recover();
    }
}

#[test]
fn an_erring_store() {
    play("errors: every call", "custom", FailingStore::default);
}
