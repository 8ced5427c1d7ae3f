use std::fmt;

/// Why a store could not be opened, or could not answer. No text shows a token, an id, a subject or a label.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `table_prefix` was given something else.
    #[error("a table prefix is 1 to 32 ASCII letters, digits and underscores, and starts with no digit")]
    TablePrefix,
    /// The tables were made by a newer version of this crate.
    #[error("the tables are of version {found}, this program knows them up to version {known}")]
    NewerSchema {
        /// The version that the database has.
        found: i64,
        /// The newest version that this crate knows.
        known: i64,
    },
    /// SQLite does not write ahead: the database is in memory, or its file system cannot share memory.
    #[error("the database is not in WAL mode")]
    NotWal,
    /// What is acknowledged could be lost: the connection has `PRAGMA synchronous = OFF` in SQLite, or
    /// `synchronous_commit = off` in PostgreSQL.
    #[error("the database acknowledges what is not on the disk: synchronous or synchronous_commit is off")]
    NotSynchronous,
    /// The database did not answer in time. Nothing has changed, unless the time was over while a change was already
    /// being written to the disk: then it may have been made.
    #[error("no answer within the time limit")]
    TimeLimit,
    /// There is a session of that id.
    #[error("a session of this id exists")]
    SessionExists,
    /// A token without `jti` was to be revoked.
    #[error("a token without jti cannot be revoked")]
    NoTokenId,
    /// A [`Selector`](jwt_session::Selector) that this version does not know.
    #[error("this selector is not supported")]
    UnknownSelector,
    /// The database failed: it is full, locked, damaged, gone, or no database.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

// PostgreSQL's errors have details with values of rows, which their own `Debug` shows.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(cause) => write!(f, "{self}: {cause}"),
            other => fmt::Display::fmt(other, f),
        }
    }
}
