use std::path::PathBuf;
use std::str::FromStr;
use std::time::SystemTime;

use jwt_core::JwtManagerBuilder;
use jwt_core::session::MemorySessions;
use jwt_sqlx::SqliteSessions;

use crate::Error;

/// Where sessions are kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Store {
    /// In the process: they end with it.
    Memory,
    /// In an SQLite file, which is made if it is missing.
    Sqlite(PathBuf),
}

/// The command line names another store.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("expected memory or sqlite:FILE")]
pub struct NoSuchStore;

impl FromStr for Store {
    type Err = NoSuchStore;

    fn from_str(text: &str) -> Result<Self, NoSuchStore> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", file)) if !file.is_empty() => Ok(Self::Sqlite(file.into())),
            _ => Err(NoSuchStore),
        }
    }
}

impl Store {
    pub(crate) async fn open(&self, builder: JwtManagerBuilder) -> Result<JwtManagerBuilder, Error> {
        let Self::Sqlite(file) = self else {
            return Ok(builder.sessions(MemorySessions::new()));
        };
        let failed = |source| Error::Store { file: file.clone(), source };
        let sessions = SqliteSessions::open(file).await.map_err(failed)?;
        // What is over would stay. A server that runs for months does this every hour.
        sessions.purge(SystemTime::now()).await.map_err(failed)?;
        Ok(builder.sessions(sessions))
    }
}
