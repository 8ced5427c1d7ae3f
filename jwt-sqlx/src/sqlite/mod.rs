mod builder;
mod connection;
mod dialect;
mod sessions;
mod statements;
mod writing;

pub use builder::SqliteSessionsBuilder;
pub use sessions::SqliteSessions;
