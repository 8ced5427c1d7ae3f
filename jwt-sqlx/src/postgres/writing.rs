use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::{Executor as _, FromRow, PgPool};

use super::connection::{Connection, Tries};
use super::names::unescaped;
use super::statements::{bound, rows};
use crate::Error;
use crate::backend::{Value, Writing};
use crate::rows::{EndedRow, RotationRow};

/// A transaction that rolls back if the server receives nothing from its connection for too long. A row is therefore
/// not locked for longer than the limit, even if the client disappears.
pub(super) struct Transaction(Connection);

impl Transaction {
    pub(super) async fn begin(pool: &PgPool, limit: Duration) -> Result<Self, Error> {
        let limit = limit.as_millis();
        // Overrides the defaults of the server, the role, and the pool. A higher isolation level would only cause
        // errors, because each statement reads the row again after it has waited for it.
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
            SET LOCAL statement_timeout = {limit};
            SET LOCAL idle_in_transaction_session_timeout = {limit}"
        );
        let mut tries = Tries::new(pool);
        loop {
            let mut connection = Connection::acquire(pool).await?;
            match connection.execute(&*begin).await {
                Ok(_) => return Ok(Self(connection)),
                Err(error) => tries.again(error)?,
            }
        }
    }
}

impl Transaction {
    /// Returns the rows of a statement. The server stops it when the limit passes.
    pub(super) async fn rows<T: for<'r> FromRow<'r, PgRow>>(
        mut self,
        statement: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<T>, Error> {
        let rows = rows(&mut self.0, statement, values).await?;
        self.commit().await?;
        Ok(rows)
    }
}

impl Writing for Transaction {
    async fn define(&mut self, statement: &str) -> Result<(), Error> {
        self.0.execute(statement).await?;
        Ok(())
    }

    async fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, Error> {
        Ok(bound(statement, values).execute(&mut *self.0).await?.rows_affected())
    }

    async fn numbers(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<i64>, Error> {
        let rows: Vec<(i64,)> = rows(&mut self.0, statement, values).await?;
        Ok(rows.into_iter().map(|(number,)| number).collect())
    }

    async fn rotation(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
    ) -> Result<Option<RotationRow>, Error> {
        let row: Option<RotationRow> = rows(&mut self.0, statement, values).await?.pop();
        Ok(row.map(|(outcome, current, expires_at, in_a_row)| {
            (outcome, unescaped(current), expires_at, in_a_row)
        }))
    }

    async fn ended(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Vec<EndedRow>, Error> {
        let rows: Vec<(String, Option<String>, i64)> = rows(&mut self.0, statement, values).await?;
        let ended =
            |(key, whole, live): (String, Option<String>, i64)| (unescaped(whole.unwrap_or(key)), live);
        Ok(rows.into_iter().map(ended).collect())
    }

    async fn commit(mut self) -> Result<(), Error> {
        self.0.execute("COMMIT").await?;
        self.0.give_back();
        Ok(())
    }
}
