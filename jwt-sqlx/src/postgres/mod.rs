mod audit;
mod builder;
mod connection;
mod dialect;
mod names;
mod sessions;
mod statements;
mod writing;

pub use audit::{PostgresAudit, PostgresAuditBuilder};
pub use builder::PostgresSessionsBuilder;
#[cfg(test)]
pub(crate) use dialect::Postgres;
pub use sessions::PostgresSessions;
