#![doc = include_str!("../README.md")]

#[cfg(not(feature = "sqlite"))]
compile_error!("jwt-sqlx needs a database: leave its feature `sqlite` on");

mod error;
mod prefix;
mod rows;
mod schema;
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod time;

pub use error::Error;
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteSessions, SqliteSessionsBuilder};
