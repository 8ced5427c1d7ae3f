use std::fmt;

/// An error from opening or using a store.
///
/// The message never contains a token, an id, a subject or a label.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The `table_prefix` of the builder is invalid. SQLite reserves the names that start with `sqlite_`.
    #[error(
        "the table prefix must be 1 to 32 ASCII letters, digits and underscores, and must not start with a digit or \
         with sqlite_"
    )]
    TablePrefix,
    /// A newer version of this crate created the tables. Upgrade the program.
    #[error("the tables have version {found}, but this program supports only versions up to {known}")]
    NewerSchema {
        /// The version of the tables in the database.
        found: i64,
        /// The newest version that this crate supports.
        known: i64,
    },
    /// SQLite cannot use a write-ahead log: the database is in memory, or its file system does not support shared
    /// memory.
    #[error("the database is not in WAL mode")]
    NotWal,
    /// An acknowledged change could be lost: the connection has `PRAGMA synchronous = OFF` (SQLite) or
    /// `synchronous_commit = off` (PostgreSQL).
    #[error(
        "the database acknowledges changes before they are on disk: synchronous (SQLite) or synchronous_commit \
         (PostgreSQL) is off"
    )]
    NotSynchronous,
    /// The database did not answer within the time limit. Nothing has changed, unless the time limit passed while a
    /// commit was being written to disk. In that case the change may have been made.
    #[error("the database did not answer within the time limit")]
    TimeLimit,
    /// There is already a session with this id.
    #[error("a session with this id already exists")]
    SessionExists,
    /// A token without a `jti` cannot be revoked.
    #[error("a token without a jti cannot be revoked")]
    NoTokenId,
    /// This version of the crate does not know the [`Selector`](jwt_session::Selector).
    #[error("the store does not support this selector")]
    UnknownSelector,
    /// The database failed. For example, it is full, locked, damaged or unreachable, or the file is not a database.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

// The `Debug` output of a PostgreSQL error contains details with values of rows.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(cause) => write!(f, "{self}: {cause}"),
            other => fmt::Display::fmt(other, f),
        }
    }
}
