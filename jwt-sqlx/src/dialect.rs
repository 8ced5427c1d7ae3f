//! The differences between the SQL of the databases.

pub(crate) trait Dialect {
    /// The type of a text column that is compared byte by byte.
    const TEXT: &str;
    /// The text after the columns of a table whose rows change often.
    const OFTEN_CHANGED: &str;
    /// The column for ids that are too long for an index.
    const WHOLE_ID: Option<&str>;
    /// The type of a primary key that the database numbers itself. It never uses a number again.
    const NUMBERED: &str;
    /// The identifier of a row of any table, within one statement.
    const ROW: &str;
    /// The text before and after a subquery to mean "one of its rows". The rows are found before anything changes.
    const ONE_OF: (&str, &str);
    /// Locks the rows that a query finds, in the order of the query. If every caller has the same order, two calls that
    /// change several of them cannot deadlock.
    const LOCKED: &str;
    /// Locks the rows that a query finds, in any order, and skips rows that other transactions have locked.
    const UNLOCKED_ONES: &str;
    /// A statement after which the transaction fails if it waits for a lock, before that could be a deadlock. `None` if
    /// only one transaction can write at a time anyway.
    const WAITS_BRIEFLY: Option<&str>;

    /// Returns a query that selects 1 if there is a table with this name, and 0 otherwise.
    fn has_table(name: &str) -> String;

    /// Returns statements after which the rows of a table cannot be changed, and only be deleted in a transaction that has
    /// a row in `{table}_purges`.
    fn append_only(table: &str) -> Vec<String>;

    /// Returns a statement that takes an exclusive lock, named by `text`, until the end of the transaction. `None` if
    /// only one transaction can write at a time anyway.
    fn lock(text: &str) -> Option<String>;
}
