//! Measures the cost of verifying and issuing tokens, in this library and in others, what guards add to a request, and
//! what revoked tokens cost. Prints Markdown.

mod all;
mod allocations;
mod contender;
#[cfg(not(feature = "allocations"))]
mod counting;
mod floors;
mod growth;
mod harness;
mod issue;
mod issuers;
mod keys;
mod ours;
mod peers;
mod provider;
mod refuse;
mod remote;
mod report;
mod rings;
mod sample;
mod stores;
mod verify;
mod versions;

use std::process::Command;

use bench_common::table;
use bench_http::Result;
use clap::{Args, Parser, Subcommand};

use crate::report::Report;

#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Checks valid and invalid tokens.
    Verify(Rounds),
    /// Issues tokens.
    Issue(Rounds),
    /// Counts the heap allocations of a check.
    Allocations {
        /// Prints text for another program.
        #[arg(long)]
        lines: bool,
    },
    /// Looks up revoked tokens in memory.
    Stores {
        /// The numbers of revoked tokens, in ascending order.
        #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = ENTRIES,
            value_parser = clap::value_parser!(u64).range(10_000..))]
        entries: Vec<u64>,
        /// How often each store is measured.
        #[arg(long, default_value_t = 15)]
        rounds: usize,
        /// Only measures bytes, and prints text for another program.
        #[arg(long)]
        lines: bool,
    },
    /// Measures servers over HTTP.
    Http(bench_http::Options),
    /// Runs everything, and prints one table of goals.
    All(all::Options),
    /// Checks tokens of a provider with the keys that it publishes. Writes a table into a page.
    Remote(remote::Options),
    /// Measures what grows and what does not. Writes a page's tables and plots.
    Growth(growth::Options),
}

#[derive(Args)]
struct Rounds {
    /// How often each case is measured.
    #[arg(long, default_value_t = 61)]
    rounds: usize,
}

const ENTRIES: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];

fn main() -> Result<()> {
    bench_http::serve_if_asked()?;
    let Options { what } = Options::parse();
    without_backtraces();
    peers::jsonwebtoken::install();
    let report = match what {
        What::Verify(Rounds { rounds }) => verified(rounds),
        What::Issue(Rounds { rounds }) => issue::run(rounds),
        What::Allocations { lines: true } => {
            print!("{}", allocations::lines());
            return Ok(());
        }
        What::Allocations { lines: false } => allocations::run(),
        What::Stores { entries, lines: true, .. } => {
            print!("{}", stores::lines(&entries));
            return Ok(());
        }
        What::Stores { entries, rounds, lines: false } => stores::run(&entries, rounds),
        What::Http(options) => bench_http::run(&options)?.into(),
        What::All(options) => return all::run(&options),
        What::Remote(options) => return remote::run(&options),
        What::Growth(options) => return growth::run(&options),
    };
    println!("{}{}", versions::markdown(report.flask.as_deref()), report.text);
    println!("\n### Goals\n\n{}", table::markdown(&report.rows));
    Ok(())
}

fn verified(rounds: usize) -> Report {
    let mut report = verify::run(rounds);
    report.add(rings::run(rounds));
    report.add(refuse::run(rounds));
    report
}

/// Some peers capture a backtrace in their errors if the environment enables it, which costs more than everything else.
fn without_backtraces() {
    const WISHES: [&str; 2] = ["RUST_BACKTRACE", "RUST_LIB_BACKTRACE"];
    if WISHES.iter().any(|wish| std::env::var_os(wish).is_some()) {
        let mut again = Command::new(std::env::current_exe().expect("this program"));
        again.args(std::env::args_os().skip(1)).env_remove(WISHES[0]).env_remove(WISHES[1]);
        let status = again.status().expect("this program can be started");
        std::process::exit(status.code().unwrap_or(1));
    }
}
