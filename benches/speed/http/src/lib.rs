//! Measures what a guard adds to a request: over HTTP on the loopback interface, with each server in its own process.

#![forbid(unsafe_code)]

mod child;
mod flask;
mod growth;
mod guards;
mod load;
mod machine;
mod report;
mod serve;
mod stats;
mod tokens;

use std::time::Duration;

pub use anyhow::Result;
use bench_common::table::Row;
pub use growth::{Series, memory, workers};
pub use serve::serve_if_asked;

/// How much to measure.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How often each case is measured.
    #[arg(long, value_name = "N", default_value_t = Self::default().rounds, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,

    /// How long a case is measured each time.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = Self::default().window, value_parser = clap::value_parser!(u64).range(20..))]
    pub window: u64,

    /// Leaves out flask-jwt-extended, which pip would have to install.
    #[arg(long)]
    pub no_flask: bool,

    /// How many different tokens are sent to measure memory.
    #[arg(long, value_name = "N", default_value_t = Self::default().tokens, value_parser = clap::value_parser!(u64).range(200_000..))]
    pub tokens: u64,
}

/// Markdown text, goals, and what may have grown.
#[derive(Debug, Default)]
pub struct Outcome {
    pub text: String,
    pub rows: Vec<Row>,
    pub series: Vec<Series>,
    /// The versions of Python and its packages, if they were measured.
    pub flask: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { rounds: 15, window: 500, no_flask: false, tokens: 1_000_000 }
    }
}

impl Options {
    const fn window(&self) -> Duration {
        Duration::from_millis(self.window)
    }
}

/// The machine and the versions of the crates in the build, as Markdown.
pub fn machine() -> Result<String> {
    machine::describe()
}

/// Measures what guards add. The program must call [`serve_if_asked`] before anything else.
pub fn run(options: &Options) -> Result<Outcome> {
    let flask = if options.no_flask { None } else { Some(flask::Packages::install()?) };
    guards::run(options, flask.as_ref())
}
