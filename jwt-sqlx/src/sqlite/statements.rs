use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{FromRow, Sqlite, SqliteExecutor};

use crate::Error;
use crate::backend::Value;

pub(super) fn bound<'q>(statement: &'q str, values: &[Value<'q>]) -> Query<'q, Sqlite, SqliteArguments<'q>> {
    values.iter().fold(sqlx::query(statement), |query, value| match *value {
        Value::Number(number) => query.bind(number),
        Value::Name(text) | Value::Text(text) | Value::Plain(text) => query.bind(text),
        Value::WholeId(text) => query.bind(text),
    })
}

pub(super) async fn rows<T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin>(
    executor: impl SqliteExecutor<'_>,
    statement: &str,
    values: &[Value<'_>],
) -> Result<Vec<T>, Error> {
    let rows = bound(statement, values).fetch_all(executor).await?;
    Ok(rows.iter().map(T::from_row).collect::<Result<_, _>>()?)
}
