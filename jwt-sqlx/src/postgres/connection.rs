use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// How long the pool can take to check a connection. The server has just responded on it, so a connection that takes
/// longer is closed.
const GIVING_BACK: Duration = Duration::from_secs(2);

/// A connection that is closed unless it is given back.
///
/// A connection is given back once the server has responded to every statement on it. Otherwise, a statement could
/// still be running, or a response could be unread, and a server that does not respond would occupy a slot in the pool.
pub(super) struct Connection {
    inner: PoolConnection<Postgres>,
    given_back: bool,
}

impl Connection {
    pub(super) async fn acquire(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self { inner: pool.acquire().await?, given_back: false })
    }

    pub(super) fn give_back(mut self) {
        self.given_back = true;
        // The pool checks the connection. If the server is gone, that would take as long as TCP waits.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(timeout(GIVING_BACK, self.inner.return_to_pool()));
        }
    }
}

impl Deref for Connection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut PgConnection {
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

/// Returns whether the server had closed the connection, so it has not executed the statement.
fn is_closed(error: &sqlx::Error) -> bool {
    // Closed by an administrator, by a crash, and after being idle for too long.
    const CODES: [&str; 3] = ["57P01", "57P02", "57P05"];
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| CODES.contains(&&*code)),
        _ => false,
    }
}

/// Counts the connections that a call can try. If the server has restarted since a connection was opened, the first
/// statement on it returns an error. The call then tries another connection, up to the size of the pool.
pub(super) struct Tries(u32);

impl Tries {
    pub(super) fn new(pool: &PgPool) -> Self {
        Self(pool.options().get_max_connections())
    }

    /// Returns the error of a connection that was just acquired, unless another connection is worth a try.
    pub(super) fn again(&mut self, error: sqlx::Error) -> Result<(), sqlx::Error> {
        match self.0.checked_sub(1) {
            Some(left) if is_closed(&error) => self.0 = left,
            _ => return Err(error),
        }
        Ok(())
    }
}
