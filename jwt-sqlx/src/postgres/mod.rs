mod builder;
mod connection;
mod dialect;
mod names;
mod sessions;
mod statements;
mod writing;

pub use builder::PostgresSessionsBuilder;
pub use sessions::PostgresSessions;
