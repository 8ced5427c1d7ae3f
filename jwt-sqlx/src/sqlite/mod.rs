mod builder;
mod sessions;
mod store;
mod writing;

pub use builder::SqliteSessionsBuilder;
pub use sessions::SqliteSessions;
