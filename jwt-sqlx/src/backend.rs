//! What the contract needs of a database.

use std::time::Duration;

use crate::Error;
use crate::dialect::Dialect;
use crate::prefix::Prefix;
use crate::rows::{RotationRow, SessionRow};
use crate::sql::Sql;

/// What is bound to a statement.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Number(Option<i64>),
    /// What is only looked for: it may stand in an index.
    Name(Option<&'a str>),
    /// What is read back.
    Text(Option<&'a str>),
    /// A session's id once more, if its name cannot be read back.
    WholeId(&'a str),
}

/// A database with the tables.
pub(crate) trait Backend: Send + Sync {
    type Dialect: Dialect;

    fn sql(&self) -> &Sql;
    fn prefix(&self) -> &Prefix;
    fn time_limit(&self) -> Duration;

    /// Starts a transaction that writes. The limit is for a server, which need not know of ours.
    fn begin(&self, limit: Duration) -> impl Future<Output = Result<impl Writing, Error>> + Send;

    /// The numbers that a statement gives which changes nothing.
    fn numbers(
        &self,
        statement: &str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<i64>, Error>> + Send;

    /// As [`numbers`](Self::numbers), of [`Sql::list`].
    fn sessions(
        &self,
        statement: &str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<SessionRow>, Error>> + Send;
}

/// A transaction that writes. Unless it is committed, its connection is closed, which undoes it whatever state an error or a
/// dropped future has left it in.
///
/// The explicit transaction is what makes an answer final: a statement alone would show its row before it is on the disk,
/// and a dropped future could not keep it from getting there.
pub(crate) trait Writing: Send {
    /// Makes a table or an index.
    fn define(&mut self, statement: &str) -> impl Future<Output = Result<(), Error>> + Send;

    /// Says how many rows were changed.
    fn execute(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    fn numbers(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<i64>, Error>> + Send;

    /// Of [`Sql::rotate`].
    fn rotation(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Option<RotationRow>, Error>> + Send;

    fn commit(self) -> impl Future<Output = Result<(), Error>> + Send;
}
