use std::error::Error;
use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::SystemTime;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};
use jwt_axum::JwtManagerBuilder;
use jwt_axum::session::MemorySessions;
use jwt_redis::{RedisSessions, Replicated};
use jwt_sqlx::{PostgresSessions, SqliteSessions};

/// A session store. A URL can contain a password, so `Debug` does not show it.
#[derive(Clone)]
pub(crate) enum Store {
    /// In memory: sessions are lost when the process ends.
    Memory,
    /// In an SQLite file, which is created if it is missing.
    Sqlite(PathBuf),
    /// In the PostgreSQL database at this URL. Tables are created if they are missing.
    Postgres(String),
    /// In Redis or Valkey at this URL.
    Redis(String),
}

/// An error in opening a store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// `--replicated` was passed with a store other than Redis.
    #[error("--replicated copies sessions from Redis: it needs --store redis://…")]
    NothingToCopy,
    /// The store failed. The message does not contain the URL, which can contain a password.
    #[error("cannot keep sessions in {place}: {source}{}", because(&**.source))]
    Store {
        /// The path of the file, or the name of the database.
        place: String,
        /// The error of the store.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Returns the database's own message.
fn because(error: &(dyn Error + Send + Sync)) -> String {
    error.source().map(|why| format!(": {why}")).unwrap_or_default()
}

/// An error for an unknown store on the command line.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("expected memory, sqlite:FILE, postgres://…, or redis://…")]
pub(crate) struct NoSuchStore;

impl FromStr for Store {
    type Err = NoSuchStore;

    fn from_str(text: &str) -> Result<Self, NoSuchStore> {
        if let Some((scheme, _)) = text.split_once("://") {
            return match scheme {
                "postgres" | "postgresql" => Ok(Self::Postgres(text.to_owned())),
                "redis" | "rediss" => Ok(Self::Redis(text.to_owned())),
                _ => Err(NoSuchStore),
            };
        }
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", file)) if !file.is_empty() => Ok(Self::Sqlite(file.into())),
            _ => Err(NoSuchStore),
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("Memory"),
            Self::Sqlite(file) => f.debug_tuple("Sqlite").field(file).finish(),
            Self::Postgres(_) => f.debug_tuple("Postgres").finish_non_exhaustive(),
            Self::Redis(_) => f.debug_tuple("Redis").finish_non_exhaustive(),
        }
    }
}

impl Store {
    /// Opens the store and sets it on the builder.
    pub(crate) async fn open(
        &self,
        replicated: bool,
        builder: JwtManagerBuilder,
    ) -> Result<JwtManagerBuilder, Failure> {
        if replicated && !matches!(self, Self::Redis(_)) {
            return Err(Failure::NothingToCopy);
        }
        Ok(match self {
            Self::Memory => builder.session_store(MemorySessions::new()),
            Self::Sqlite(file) => {
                let place = || file.display().to_string();
                let sessions = SqliteSessions::open(file).await.map_err(|error| failed(place(), error))?;
                // Remove expired sessions. A server that runs for months should do this every hour.
                sessions.purge(SystemTime::now()).await.map_err(|error| failed(place(), error))?;
                builder.session_store(sessions)
            }
            Self::Postgres(url) => {
                let sessions =
                    PostgresSessions::connect(url).await.map_err(|error| failed("PostgreSQL", error))?;
                // Remove expired sessions, as for SQLite.
                sessions.purge(SystemTime::now()).await.map_err(|error| failed("PostgreSQL", error))?;
                builder.session_store(sessions)
            }
            Self::Redis(url) => {
                let sessions = RedisSessions::connect(url).await.map_err(|error| failed("Redis", error))?;
                if replicated {
                    let copy = Replicated::copy(sessions).await.map_err(|error| failed("Redis", error))?;
                    builder.session_store(copy)
                } else {
                    builder.session_store(sessions)
                }
            }
        })
    }
}

fn failed(place: impl Into<String>, source: impl Error + Send + Sync + 'static) -> Failure {
    Failure::Store { place: place.into(), source: Box::new(source) }
}

/// Parses a [`Store`]. clap's default error repeats the value, and a URL can contain a password.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoreParser;

impl TypedValueParser for StoreParser {
    type Value = Store;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<Store, clap::Error> {
        let store = value.to_str().ok_or(NoSuchStore).and_then(Store::from_str);
        store.map_err(|error| {
            let complaint = format!("invalid value for '--store <STORE>': {error}");
            command.clone().error(ErrorKind::ValueValidation, complaint)
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    #[test]
    fn no_password_is_shown() {
        for url in ["postgres://alice:secret@host/database", "rediss://:secret@host"] {
            let options = crate::Options::try_parse_from(["stores", "--store", url]).unwrap();
            let shown = format!("{options:?}");
            assert!(!shown.contains("secret") && !shown.contains("host"), "{shown}");
        }
    }
}
