//! The operations that the stores need from a database.

use std::time::Duration;

use crate::Error;
use crate::dialect::Dialect;
use crate::prefix::Prefix;
use crate::rows::{AuditRow, EndedRow, RotationRow, SessionRow};
use crate::sql::Sql;

/// A value that is bound to a statement.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Number(Option<i64>),
    /// Text that is only compared, so an index may hold a hash of it.
    Name(Option<&'a str>),
    /// Text that is read back.
    Text(Option<&'a str>),
    /// Text that is stored without a change. It does not contain NUL.
    Plain(Option<&'a str>),
    /// The full id of a session, if it cannot be read back from its [`Name`](Self::Name).
    WholeId(&'a str),
}

/// A database that has the tables.
pub(crate) trait Backend: Send + Sync {
    type Dialect: Dialect;

    fn sql(&self) -> &Sql;
    fn prefix(&self) -> &Prefix;
    fn time_limit(&self) -> Duration;

    /// Begins a transaction that writes. The server enforces `limit`, because it does not know the time limit of the
    /// call.
    fn begin(&self, limit: Duration) -> impl Future<Output = Result<impl Writing, Error>> + Send;

    /// Returns the numbers that a read-only statement selects.
    fn numbers(
        &self,
        statement: &str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<i64>, Error>> + Send;

    /// Returns the rows of [`Sql::list`]; otherwise like [`numbers`](Self::numbers).
    fn sessions(
        &self,
        statement: &str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<SessionRow>, Error>> + Send;

    /// Returns the rows of an audit log; otherwise like [`numbers`](Self::numbers).
    fn audited(
        &self,
        statement: &str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<AuditRow>, Error>> + Send;
}

/// A transaction that writes.
///
/// If it is not committed, its connection is closed. That rolls it back, even if an error or a dropped future has left
/// it in an unknown state.
///
/// The transaction is explicit because a lone statement would return its row before the row is on disk, and dropping
/// the future could not stop the write.
pub(crate) trait Writing: Send {
    /// Creates a table or an index, or changes a setting.
    fn define(&mut self, statement: &str) -> impl Future<Output = Result<(), Error>> + Send;

    /// Returns how many rows the statement changed.
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

    /// Returns the row of [`Sql::rotate`].
    fn rotation(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Option<RotationRow>, Error>> + Send;

    /// Returns the rows of [`Sql::make_room`].
    fn ended(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<EndedRow>, Error>> + Send;

    fn commit(self) -> impl Future<Output = Result<(), Error>> + Send;
}
