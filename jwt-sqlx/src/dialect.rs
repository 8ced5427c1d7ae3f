//! Where the SQL of the databases differs.

pub(crate) trait Dialect {
    /// The type of text that is compared byte by byte.
    const TEXT: &str;
    /// What follows the columns of a table whose rows change often.
    const OFTEN_CHANGED: &str;
    /// The column that keeps ids too long for an index.
    const WHOLE_ID: Option<&str>;
    /// The name of a row of any table, within one statement.
    const ROW: &str;
    /// What stands around a query to say "one of those that it finds", found before anything is changed.
    const ONE_OF: (&str, &str);
    /// What locks the sessions `s` that a query finds, in an order that is the same for everybody: two calls that change
    /// several of them then do not wait for each other.
    const LOCKED_IN_ORDER: &str;
    /// What locks the rows that a query finds and leaves out those that others have locked: who waits for nobody is never
    /// waited for in a circle.
    const UNLOCKED_ONES: &str;

    /// Says 1 if there is a table of this name, otherwise 0.
    fn has_table(name: &str) -> String;

    /// Waits until nobody else is past this statement with the same text, until the end of the transaction. `None` where
    /// one transaction writes at a time anyway.
    fn lock(text: &str) -> Option<String>;
}
