use std::env::{self, VarError};
use std::error::Error as StdError;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use jwt_core::keys::Secret;
use jwt_core::session::SessionError;
use jwt_core::{Config, ConfigError, EncodeError, JwtManager, Location};

use crate::store::StoreParser;
use crate::{Answers, Store};

/// Login, a protected route, refresh and logout, with JSON Web Tokens in sessions.
///
/// The secret comes from the environment variable JWT_SECRET_KEY; without it a random one is made.
#[derive(Clone, Debug, Parser)]
#[non_exhaustive]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = 5000)]
    pub port: u16,

    /// How long access tokens are valid, at least 1. Without it, 15 minutes.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub token_lifetime: Option<u32>,

    /// Tokens in cookies, as browsers need them, instead of bodies and the Authorization header.
    #[arg(long)]
    pub cookies: bool,

    /// Where sessions are kept: memory, sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE or
    /// redis://USER:PASSWORD@HOST/NUMBER. Only those in memory end with the program; several programs can share those in
    /// PostgreSQL and in Redis.
    #[arg(long, value_name = "STORE", default_value = "memory", value_parser = StoreParser)]
    pub store: Store,

    /// With a store in Redis: access tokens are looked up in a copy in memory, which hears of log-outs on other nodes within
    /// 5 seconds.
    #[arg(long)]
    pub replicated: bool,
}

impl Options {
    /// Reads the command line. If it is wrong, or asks for help, this ends the program.
    #[must_use]
    pub fn from_command_line() -> Self {
        Self::parse()
    }
}

/// Why a quickstart does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another program, or another quickstart, has the port.
    #[error("port {0} is in use: choose another with --port N")]
    PortInUse(u16),
    /// The port cannot be had for another reason.
    #[error("cannot listen on port {0}: {1}")]
    Listen(u16, #[source] io::Error),
    /// The variable holds something that is no text. The value is a secret, so it is not shown.
    #[error("JWT_SECRET_KEY is not UTF-8: make one with `openssl rand -base64 48`")]
    SecretNotText,
    /// The operating system gave no random bytes.
    #[error("no random secret could be made ({0}): set JWT_SECRET_KEY")]
    Random(#[source] getrandom::Error),
    /// The manager refuses its configuration.
    #[error("JWT_SECRET_KEY cannot be used: {0}")]
    Config(#[from] ConfigError),
    /// The store of the sessions cannot be used. Where it is, is not said beyond what it is: a URL may have a password in it.
    #[error("cannot keep sessions in {place}: {source}{}", because(&**.source))]
    Store {
        /// The file, or which database.
        place: String,
        /// What is wrong with it.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A copy of another store was asked for.
    #[error("--replicated copies what is in Redis: it needs --store redis://…")]
    NothingToCopy,
    /// A token of the walkthrough could not be made.
    #[error("cannot issue a token: {0}")]
    Encode(#[from] EncodeError),
    /// A session of the walkthrough could not be started.
    #[error("cannot start a session: {0}")]
    Session(#[from] SessionError),
    /// The server failed, or nobody reads what it prints.
    #[error("server failed: {0}")]
    Server(#[from] io::Error),
}

/// What the database says of its failure.
fn because(error: &(dyn StdError + Send + Sync)) -> String {
    error.source().map(|why| format!(": {why}")).unwrap_or_default()
}

/// The manager, as the command line says.
///
/// # Errors
/// The secret or the store cannot be used.
pub async fn manager(options: &Options) -> Result<JwtManager, Error> {
    let mut config = Config::default();
    if let Some(seconds) = options.token_lifetime {
        config = config.access_token_expires(Duration::from_secs(seconds.into()));
    }
    if options.cookies {
        config = config
            .token_location([Location::Cookie])
            // Only the route that takes the refresh token gets it.
            .refresh_cookie_path("/refresh")
            // For plain HTTP on this machine, where not every browser and curl sends `Secure` cookies. Leave this out in
            // production: whoever listens on the way would have the tokens.
            .cookie_secure(false);
    }
    let builder = JwtManager::builder(config).secret(secret()?).error_handlers(Answers);
    Ok(options.store.open(options.replicated, builder).await?.build()?)
}

fn secret() -> Result<Secret, Error> {
    match env::var("JWT_SECRET_KEY") {
        Ok(text) => Ok(text.into()),
        Err(VarError::NotUnicode(_)) => Err(Error::SecretNotText),
        Err(VarError::NotPresent) => {
            eprintln!(
                "JWT_SECRET_KEY is not set: using a random secret, so tokens are worth nothing after a restart"
            );
            let mut bytes = [0; 48];
            getrandom::fill(&mut bytes).map_err(Error::Random)?;
            Ok(bytes.into())
        }
    }
}

/// Takes the port, before anything is printed about it.
///
/// # Errors
/// The port is in use, or cannot be had for another reason.
pub fn listen(options: &Options) -> Result<TcpListener, Error> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => Error::PortInUse(options.port),
            _ => Error::Listen(options.port, error),
        })?;
    // Tokio takes over no other.
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// How the program ends: an error is one sentence on standard error, and 1.
#[must_use]
pub fn exit_code(result: Result<(), Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
