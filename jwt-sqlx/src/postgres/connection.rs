use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// The server has just answered; a connection on which it does not any more is closed.
const GIVING_BACK: Duration = Duration::from_secs(2);

/// A connection that is closed unless it is given back with everything answered: nothing is left to be done on it, nothing
/// is left to be read from it, and a server that does not answer keeps no place in the pool.
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
        // The pool asks the server once more, and would wait for as long as TCP does if it is gone.
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

/// Whether the server had closed the connection, so that what was sent has not been done.
fn is_closed(error: &sqlx::Error) -> bool {
    // Closed by an administrator, by a crash, and for having been idle.
    const CODES: [&str; 3] = ["57P01", "57P02", "57P05"];
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| CODES.contains(&&*code)),
        _ => false,
    }
}

/// Connections that have been in the pool since before the server was started again are found out by using them: then
/// another one is tried, as many as there may be.
pub(super) struct Tries(u32);

impl Tries {
    pub(super) fn new(pool: &PgPool) -> Self {
        Self(pool.options().get_max_connections())
    }

    /// The error of a connection that was just acquired, unless another one is worth a try.
    pub(super) fn again(&mut self, error: sqlx::Error) -> Result<(), sqlx::Error> {
        match self.0.checked_sub(1) {
            Some(left) if is_closed(&error) => self.0 = left,
            _ => return Err(error),
        }
        Ok(())
    }
}
