use std::time::Duration;

use sqlx::SqlitePool;
use tokio::sync::{Mutex, MutexGuard};

use super::connection::Connection;
use super::statements::{bound, rows};
use crate::Error;
use crate::backend::{Value, Writing};
use crate::rows::{EndedRow, RotationRow};

/// A transaction. Unless it is committed, its connection is closed, because a full disk ends a transaction by itself,
/// and a later `ROLLBACK` would fail.
pub(super) struct Transaction<'a> {
    connection: Connection,
    /// Released after the connection, because fields are dropped in order.
    _turn: MutexGuard<'a, ()>,
}

impl<'a> Transaction<'a> {
    /// Waits for its turn before it takes a connection, so writers leave the other connections to readers. SQLite has
    /// only one writer at a time anyway, and the others would poll.
    pub(super) async fn begin(
        pool: &SqlitePool,
        turns: &'a Mutex<()>,
        limit: Duration,
    ) -> Result<Self, Error> {
        let turn = turns.lock().await;
        let connection = Connection::acquire(pool, limit).await?;
        let mut transaction = Self { connection, _turn: turn };
        // Takes the write lock at the start. A transaction that takes it later cannot wait for it.
        transaction.execute("BEGIN IMMEDIATE", &[]).await?;
        Ok(transaction)
    }
}

impl Writing for Transaction<'_> {
    async fn define(&mut self, statement: &str) -> Result<(), Error> {
        sqlx::query(statement).persistent(false).execute(&mut *self.connection).await?;
        Ok(())
    }

    async fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, Error> {
        Ok(bound(statement, values).execute(&mut *self.connection).await?.rows_affected())
    }

    async fn numbers(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<i64>, Error> {
        let rows: Vec<(i64,)> = rows(&mut *self.connection, statement, values).await?;
        Ok(rows.into_iter().map(|(number,)| number).collect())
    }

    async fn rotation(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
    ) -> Result<Option<RotationRow>, Error> {
        Ok(rows(&mut *self.connection, statement, values).await?.pop())
    }

    async fn ended(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<EndedRow>, Error> {
        rows(&mut *self.connection, statement, values).await
    }

    async fn commit(mut self) -> Result<(), Error> {
        self.execute("COMMIT", &[]).await?;
        self.connection.give_back().await
    }
}
