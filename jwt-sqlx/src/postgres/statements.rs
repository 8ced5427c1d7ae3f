use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{FromRow, PgConnection, Postgres};

use super::names::{escaped, key, whole};
use crate::backend::Value;

pub(super) fn bound<'q>(statement: &'q str, values: &[Value<'q>]) -> Query<'q, Postgres, PgArguments> {
    values.iter().fold(sqlx::query(statement), |query, value| match *value {
        Value::Number(number) => query.bind(number),
        Value::Name(text) => query.bind(text.map(key)),
        Value::Text(text) => query.bind(text.map(escaped)),
        Value::Plain(text) => query.bind(text),
        Value::WholeId(text) => query.bind(whole(text)),
    })
}

pub(super) async fn rows<T: for<'r> FromRow<'r, PgRow>>(
    connection: &mut PgConnection,
    statement: &str,
    values: &[Value<'_>],
) -> Result<Vec<T>, sqlx::Error> {
    bound(statement, values).fetch_all(connection).await?.iter().map(T::from_row).collect()
}
