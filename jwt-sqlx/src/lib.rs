#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(feature = "postgres"), doc = "")]
#![cfg_attr(not(feature = "postgres"), doc = "[`PostgresAudit`]: #audit-log")]
#![cfg_attr(not(feature = "postgres"), doc = "[`PostgresSessions`]: #postgresql")]
#![cfg_attr(not(feature = "postgres"), doc = "[`PostgresSessions::builder`]: #postgresql")]

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
compile_error!("jwt-sqlx needs a database: enable its `sqlite` or `postgres` feature");

mod audit;
mod backend;
mod contract;
mod dialect;
mod error;
mod maintenance;
#[cfg(test)]
mod plans;
#[cfg(feature = "postgres")]
mod postgres;
mod prefix;
mod rows;
mod schema;
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod time;
mod traits;

pub use audit::AuditEntry;
pub use error::Error;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresAudit, PostgresAuditBuilder, PostgresSessions, PostgresSessionsBuilder};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteAudit, SqliteAuditBuilder, SqliteSessions, SqliteSessionsBuilder};

/// Checks that the program in the README compiles.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
