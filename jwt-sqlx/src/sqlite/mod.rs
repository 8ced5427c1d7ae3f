mod audit;
mod builder;
mod connection;
mod dialect;
mod sessions;
mod statements;
mod writing;

pub use audit::{SqliteAudit, SqliteAuditBuilder};
pub use builder::SqliteSessionsBuilder;
#[cfg(test)]
pub(crate) use dialect::Sqlite;
pub use sessions::SqliteSessions;
