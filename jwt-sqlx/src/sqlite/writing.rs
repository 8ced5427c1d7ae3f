use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, MutexGuard};

use crate::Error;

/// A transaction that writes. Unless it is committed, its connection is closed, which undoes it whatever state an error
/// or a dropped future has left it in: a full disk ends a transaction by itself, and a later `ROLLBACK` would fail.
///
/// The explicit transaction is what makes an answer final: a statement alone would show its row before it is on the disk,
/// and a dropped future could not keep it from getting there.
pub(super) struct Writing<'a> {
    connection: PoolConnection<Sqlite>,
    committed: bool,
    /// Given back after the connection: fields are dropped in their order.
    _turn: MutexGuard<'a, ()>,
}

impl<'a> Writing<'a> {
    /// Waits for its turn before it takes a connection, so that writers leave the others to readers. SQLite has one
    /// writer at a time anyway, and lets the others poll.
    pub(super) async fn begin(pool: &SqlitePool, turns: &'a Mutex<()>) -> Result<Self, Error> {
        let turn = turns.lock().await;
        let connection = pool.acquire().await?;
        let mut writing = Self { connection, committed: false, _turn: turn };
        // With the lock from the start: taken later, it could not be waited for.
        sqlx::query("BEGIN IMMEDIATE").execute(writing.connection()).await?;
        Ok(writing)
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    pub(super) async fn commit(mut self) -> Result<(), Error> {
        sqlx::query("COMMIT").execute(self.connection()).await?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if !self.committed {
            self.connection.close_on_drop();
        }
    }
}
