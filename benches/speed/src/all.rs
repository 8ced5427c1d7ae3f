//! Measures everything, and prints the table of all goals.

use std::path::PathBuf;

use bench_common::page::Place;
use bench_common::plot;
use bench_common::table::{self, Goal, Row};
use bench_http::Result;

use crate::{ENTRIES, allocations, issue, remote, stores, verified, versions};

#[derive(clap::Args)]
pub struct Options {
    /// Runs few rounds: enough for a first impression, but not for a verdict.
    #[arg(long)]
    quick: bool,
    /// Leaves out flask-jwt-extended, which pip would have to install.
    #[arg(long)]
    no_flask: bool,
    /// The ratio from `scripts/instructions.sh`: instructions outside the hash, relative to jsonwebtoken.
    #[arg(long, value_name = "RATIO")]
    instructions: Option<f64>,
    /// Plots the cost of verifying an HS256 token into this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Writes a summary of the goals into this page, between `<!-- speed -->` and `<!-- /speed -->`.
    #[arg(long, value_name = "FILE")]
    readme: Option<PathBuf>,
    /// Writes versions and all goals into this page, between `<!-- goals -->` and `<!-- /goals -->`.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Writes the table about a provider's tokens into this page, between `<!-- remote -->` and `<!-- /remote -->`.
    #[arg(long, value_name = "FILE")]
    remote: Option<PathBuf>,
}

/// The sentences of the summary, each with the name of its row.
const SUMMARY: [(&str, &str); 5] = [
    (
        "HS256: check ÷ floor",
        "A check takes {} times as long as the floor, a handwritten check that does nothing else.",
    ),
    ("HS256: check ÷ `jsonwebtoken::decode`", "It takes {} times as long as `jsonwebtoken::decode`."),
    (
        "HS256: rejecting, bad signature ÷ accepting with `jsonwebtoken::decode`",
        "Rejecting a bad signature takes {} times as long as `jsonwebtoken::decode` takes to accept a token.",
    ),
    (
        "HS256: issuing ÷ `jsonwebtoken::encode`",
        "Issuing a token takes {} times as long as `jsonwebtoken::encode`.",
    ),
    (
        "guarded requests per second: axum ÷ flask-jwt-extended",
        "A guarded route on axum serves {} times as many requests per second as flask-jwt-extended on gunicorn.",
    ),
];

pub fn run(options: &Options) -> Result<()> {
    let readme = options.readme.as_deref().map(|page| Place::find(page, "speed")).transpose()?;
    let page = options.page.as_deref().map(|page| Place::find(page, "goals")).transpose()?;
    let of_provider = options.remote.as_deref().map(|page| Place::find(page, "remote")).transpose()?;
    let (rounds, of_stores, of_http, window) =
        if options.quick { (11, 3, 5, 100) } else { (61, 15, 15, 500) };
    let http =
        bench_http::Options { rounds: of_http, window, no_flask: options.no_flask, ..Default::default() };

    let mut report = verified(rounds);
    let measured = remote::measure(rounds);
    let section = remote::section(&measured);
    report.add(remote::titled(measured));
    report.add(issue::run(rounds));
    report.add(bench_http::run(&http)?.into());
    report.add(stores::run(&ENTRIES, of_stores));
    report.add(allocations::run());
    if let Some(ratio) = options.instructions {
        let what = "HS256: instructions outside the hash, check ÷ `jsonwebtoken::decode`";
        report.rows.push(Row::new(what, Goal::AtMost(0.35), ratio, "×").note("counted with valgrind"));
    }

    let versions = versions::markdown(report.flask.as_deref());
    let goals = table::markdown(&report.rows);
    println!("{versions}{}\n### Goals\n\n{goals}", report.text);
    if let Some(file) = &options.svg {
        std::fs::write(file, plot::bars("HS256: nanoseconds per verified token", "ns", &report.bars))?;
    }
    if let Some(place) = readme {
        let summary = table::sentences(&report.rows, &SUMMARY);
        place.fill(&format!("{summary}\n{}.\n", table::count(&report.rows)))?;
    }
    if let Some(place) = page {
        place.fill(&format!("{versions}{goals}"))?;
    }
    if let Some(place) = of_provider {
        place.fill(&section)?;
    }
    Ok(())
}
