//! Measures the cost of session stores, and whether it grows with their size.
//!
//! ```sh
//! cargo run --release -p bench-stores -- --sessions 10000,100000,1000000 --stores memory,sqlite,postgres,redis,replicated
//! ```
//!
//! The program starts the servers itself. It fills each store once for every number of live sessions, with ten sessions
//! per subject. Then it measures these stores in turn, so other load on the machine affects all of them equally.
//! Progress goes to standard error, Markdown tables to standard output. On a busy machine, absolute numbers mean
//! little; ratios within one run mean more.

mod data;
mod fill;
mod measure;
mod places;
mod report;

use std::error::Error;

use clap::{Parser, ValueEnum};

use crate::measure::{Effort, Measured, Weight};
use crate::places::Place;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Measures session stores: the cost of a check, an exchange, and a logout everywhere, and the size of the data.
#[derive(Debug, Parser)]
struct Options {
    /// The numbers of live sessions in a store, in ascending order: at least 1000 each.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000],
        value_parser = clap::value_parser!(u64).range(1000..))]
    sessions: Vec<u64>,

    /// The stores to measure.
    #[arg(long, value_name = "STORE,…", value_delimiter = ',', value_enum,
        default_values_t = [Kind::Memory, Kind::Sqlite, Kind::Postgres, Kind::Redis, Kind::Replicated])]
    stores: Vec<Kind>,

    /// How often each number of sessions is measured.
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Kind {
    Memory,
    Sqlite,
    Postgres,
    /// Twice: with `appendfsync everysec` and with `always`.
    Redis,
    /// A copy of Redis with `appendfsync always`.
    Replicated,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Options { sessions, stores, rounds } = Options::parse();
    let remote = Effort::remote(rounds);
    let mut all = Vec::new();
    if stores.contains(&Kind::Memory) {
        all.push(one("memory", places::Memory, &sessions, Effort::local(rounds)).await?);
    }
    if stores.contains(&Kind::Sqlite) {
        all.push(one("SQLite", places::Sqlite::new()?, &sessions, remote).await?);
    }
    if stores.contains(&Kind::Postgres) {
        all.push(one("PostgreSQL", places::Postgres::start(), &sessions, remote).await?);
    }
    if stores.contains(&Kind::Redis) || stores.contains(&Kind::Replicated) {
        all.extend(redis(&stores, &sessions, rounds).await?);
    }
    Ok(report::print(&all)?)
}

async fn one<P: Place>(name: &'static str, place: P, sessions: &[u64], effort: Effort) -> Result<Measured> {
    let (filled, session) = measure::fill(name, &place, sessions).await?;
    let weight = Weight { session, revocation: measure::weigh(name, &place).await? };
    measure::ask(name, &filled, effort, Some(weight)).await
}

/// Fills all stores of a kind on one server, because filling takes long.
async fn redis(stores: &[Kind], sessions: &[u64], rounds: u32) -> Result<Vec<Measured>> {
    let server = places::Redis::start();
    let (filled, session) = measure::fill("Redis", &server, sessions).await?;
    let mut all = Vec::new();
    if stores.contains(&Kind::Redis) {
        let weight = Weight { session, revocation: measure::weigh("Redis", &server).await? };
        for (name, appendfsync) in [("Redis, everysec", "everysec"), ("Redis, always", "always")] {
            server.set_appendfsync(appendfsync).await?;
            all.push(measure::ask(name, &filled, Effort::remote(rounds), Some(weight)).await?);
        }
    }
    if stores.contains(&Kind::Replicated) {
        let name = "Replicated, always";
        server.set_appendfsync("always").await?;
        let mut copies = Vec::new();
        for filled in &filled {
            copies.push(filled.through(places::copy(filled.store().clone()).await?));
        }
        all.push(measure::ask(name, &copies, Effort::local(rounds), None).await?);
    }
    Ok(all)
}
