use std::fmt;

/// An error from opening or using a store.
///
/// The message never contains a token, an id, a subject, or a label.
///
/// # Example
///
/// ```
/// use jwt_session::{BoxError, Revocation, RevokeRequest};
/// use jwt_sqlx::Error;
///
/// /// Revokes a token, and tries once more if the database was too slow.
/// async fn revoke(store: impl Revocation, request: RevokeRequest<'_>) -> Result<(), BoxError> {
///     match store.revoke(request).await {
///         Err(error) if matches!(error.downcast_ref(), Some(Error::TimeLimit)) => store.revoke(request).await,
///         result => result,
///     }
/// }
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The `table_prefix` of the builder is invalid. SQLite reserves names that start with `sqlite_`.
    #[error(
        "the table prefix must have 1 to 32 characters: ASCII letters, digits, and underscores; it must not start with \
         a digit or sqlite_"
    )]
    TablePrefix,
    /// A newer version of this crate created the tables. Upgrade the program.
    #[error("the tables have version {found}, but this program only supports versions up to {known}")]
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
    /// The database did not respond within the time limit. Nothing has changed, unless the time limit passed while a
    /// commit was being written to disk. In that case, the change might have been made.
    #[error("the database did not respond within the time limit")]
    TimeLimit,
    /// A session with this id already exists.
    #[error("session with this id already exists")]
    SessionExists,
    /// A token without a `jti` cannot be revoked.
    #[error("token lacks the jti that is needed to revoke it")]
    NoTokenId,
    /// This version of the crate does not know the [`Selector`](jwt_session::Selector).
    #[error("selector is not supported")]
    UnknownSelector,
    /// The task that writes an audit log has stopped, because the tokio runtime on which the log was opened has.
    #[error("the task that writes the audit log has stopped")]
    AuditStopped,
    /// The audit log may only have the first [characters](jwt_session::AuditEvent::MAX_CHARS) of the issuer or the subject,
    /// with which other names can start as well.
    #[error("the name is longer than the names in the audit log")]
    LongName,
    /// The database failed. For example, it is full, locked, damaged, or unreachable, or the file is not a database.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// Whether the database does not accept a value of the statement, so that it would fail again. Only PostgreSQL has
    /// such errors (class 22), for example if its encoding lacks a character.
    pub(crate) fn rejects_values(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| code.len() == 5 && code.starts_with("22"))
    }

    /// Whether the statements took too long, according to this crate or to the server, which has the same limit.
    pub(crate) fn is_slow(&self) -> bool {
        match self {
            Self::TimeLimit => true,
            // SQLite's interrupt, and PostgreSQL's query_canceled.
            Self::Database(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| matches!(&*code, "9" | "57014"))
            }
            _ => false,
        }
    }

    /// Whether a transaction had to wait, and [must not](crate::dialect::Dialect::WAITS_BRIEFLY) for as long as that.
    pub(crate) fn is_waiting(&self) -> bool {
        // PostgreSQL's lock_not_available.
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.code().as_deref() == Some("55P03"))
    }

    /// Describes the error for a log. The message of a database can contain values of rows, and that of a connection can
    /// contain an address, so only their kinds are shown.
    pub(crate) fn describe(&self) -> String {
        let Self::Database(cause) = self else { return self.to_string() };
        match cause {
            sqlx::Error::Io(error) => format!("{self}: {}", error.kind()),
            sqlx::Error::Database(error) => {
                let is_plain =
                    |code: &str| code.len() <= 8 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
                match error.code().filter(|code| is_plain(code)) {
                    Some(code) => format!("{self} with the code {code}"),
                    None => self.to_string(),
                }
            }
            sqlx::Error::PoolTimedOut => format!("{self}: no connection of the pool was free in time"),
            sqlx::Error::PoolClosed => format!("{self}: the pool is closed"),
            sqlx::Error::Tls(_) => format!("{self}: TLS"),
            sqlx::Error::Protocol(_) => format!("{self}: unexpected data from the server"),
            sqlx::Error::WorkerCrashed => format!("{self}: its worker has stopped"),
            _ => self.to_string(),
        }
    }
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
