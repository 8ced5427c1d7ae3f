use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};

use crate::Error;

/// How many instructions of its virtual machine SQLite executes between two looks at the clock. That takes less than a
/// millisecond.
const INSTRUCTIONS: i32 = 10_000;
/// The call returns its own error at the limit, so SQLite stops a little later.
const LATER: Duration = Duration::from_millis(10);

/// A connection on which SQLite stops a statement when the limit has passed. Otherwise, it would finish the statement
/// although its caller has given up, and a change would keep the lock.
///
/// It is closed unless it is given back.
pub(super) struct Connection {
    inner: PoolConnection<Sqlite>,
    given_back: bool,
}

impl Connection {
    pub(super) async fn acquire(pool: &SqlitePool, limit: Duration) -> Result<Self, Error> {
        let mut connection = Self { inner: pool.acquire().await?, given_back: false };
        let begun = Instant::now();
        let limit = limit.saturating_add(LATER);
        connection
            .inner
            .lock_handle()
            .await?
            .set_progress_handler(INSTRUCTIONS, move || begun.elapsed() < limit);
        Ok(connection)
    }

    pub(super) async fn give_back(mut self) -> Result<(), Error> {
        self.inner.lock_handle().await?.remove_progress_handler();
        self.given_back = true;
        Ok(())
    }
}

impl Deref for Connection {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.inner
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.given_back {
            self.inner.close_on_drop();
        }
    }
}
