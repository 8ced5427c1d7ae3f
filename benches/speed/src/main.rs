//! What verifying and issuing tokens costs, here and elsewhere. Prints Markdown.

mod allocations;
mod contender;
mod floors;
mod harness;
mod issue;
mod issuers;
mod keys;
mod ours;
mod peers;
mod refuse;
mod report;
mod rings;
mod sample;
mod verify;
mod versions;

use std::path::PathBuf;
use std::process::Command;

use bench_common::{plot, table};
use clap::{Parser, Subcommand};

use crate::report::Report;

#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    what: What,
    /// How often the cases take turns.
    #[arg(long, global = true, default_value_t = 61)]
    rounds: usize,
}

#[derive(Subcommand)]
enum What {
    /// Checks tokens, accepting and refusing.
    Verify,
    /// Issues tokens.
    Issue,
    /// Counts heap allocations of a check.
    Allocations {
        /// As text for a program.
        #[arg(long)]
        lines: bool,
    },
    /// All of it.
    All {
        /// Draws what a verified token costs with HS256 into this file.
        #[arg(long)]
        svg: Option<PathBuf>,
    },
}

fn main() {
    let Options { what, rounds } = Options::parse();
    without_backtraces();
    peers::jsonwebtoken::install();
    let report = match what {
        What::Verify => verified(rounds),
        What::Issue => issue::run(rounds),
        What::Allocations { lines: true } => return print!("{}", allocations::lines()),
        What::Allocations { lines: false } => allocations::run(),
        What::All { svg } => {
            let mut report = verified(rounds);
            report.add(issue::run(rounds));
            report.add(allocations::run());
            if let Some(file) = svg {
                let drawn = plot::bars("HS256: nanoseconds per verified token", "ns", &report.bars);
                std::fs::write(&file, drawn).expect("the file can be written");
            }
            report
        }
    };
    println!("{}{}", versions::markdown(), report.text);
    println!("\n### Goals\n\n{}", table::markdown(&report.rows));
}

fn verified(rounds: usize) -> Report {
    let mut report = verify::run(rounds);
    report.add(rings::run(rounds));
    report.add(refuse::run(rounds));
    report
}

/// Some peers' errors hold a backtrace where the environment asks for one, which costs more than all else.
fn without_backtraces() {
    const WISHES: [&str; 2] = ["RUST_BACKTRACE", "RUST_LIB_BACKTRACE"];
    if WISHES.iter().any(|wish| std::env::var_os(wish).is_some()) {
        let mut again = Command::new(std::env::current_exe().expect("this program"));
        again.args(std::env::args_os().skip(1)).env_remove(WISHES[0]).env_remove(WISHES[1]);
        let status = again.status().expect("this program can be started");
        std::process::exit(status.code().unwrap_or(1));
    }
}
