//! What revoked tokens cost in the memory of the process: nanoseconds a look-up, and bytes an entry.
//!
//! ```sh
//! cargo run --release -p bench-memory -- --entries 10000,100000,1000000,10000000
//! ```
//!
//! It fills one store for each number of entries, looking at the size all the time, because tables double; and then asks them
//! in turn, so that what else the machine does falls on all alike. Times are medians of the thread's own processor time, and
//! every look-up is for another token. Beside them stands what one read of memory takes among as many bytes, since that is
//! what differs most between machines, and between two moments of a busy one. Tables in Markdown go to standard output.

mod fill;
mod ids;
mod lookups;
mod report;

use clap::Parser;

use crate::fill::Filled;

/// Measures the memory store of revoked tokens.
#[derive(Debug, Parser)]
struct Options {
    /// How many tokens are revoked: at least 10000, from few to many.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000, 10_000_000],
        value_parser = clap::value_parser!(u64).range(10_000..))]
    entries: Vec<u64>,

    /// How often each store is asked in turn.
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
}

fn main() -> std::io::Result<()> {
    let Options { entries, rounds } = Options::parse();
    let stores: Vec<_> = entries.into_iter().map(Filled::new).collect();
    let times = lookups::ask(&stores, rounds);
    report::print(&stores, &times, rounds)
}
