//! Revoked tokens in memory.

use bench_common::table::{Goal, Row};
use bench_stores::Times;

use crate::report::Report;

/// The number of revoked tokens for which there are goals.
const MANY: u64 = 10_000_000;

/// A store with this many revoked tokens.
pub struct Store {
    pub times: Times,
    /// Bytes per entry, at the end.
    pub bytes: f64,
    /// Bytes per entry, at the peak.
    pub worst: f64,
}

#[cfg(feature = "allocations")]
pub fn lines(entries: &[u64]) -> String {
    let line = |&entries: &u64| {
        let (bytes, worst) = bench_stores::size(entries);
        format!("{bytes}\t{worst}\n")
    };
    entries.iter().map(line).collect()
}

#[cfg(not(feature = "allocations"))]
pub fn lines(entries: &[u64]) -> String {
    let entries: Vec<_> = entries.iter().map(u64::to_string).collect();
    crate::counting::lines(&["stores", "--lines", "--entries", &entries.join(",")])
}

pub fn measure(entries: &[u64], rounds: usize) -> Vec<Store> {
    let lines = lines(entries);
    let sizes = lines.lines().map(|line| {
        let (bytes, worst) = line.split_once('\t').expect("two figures");
        (bytes.parse().expect("a number"), worst.parse().expect("a number"))
    });
    let times = bench_stores::ask(entries, rounds);
    times.into_iter().zip(sizes).map(|(times, (bytes, worst))| Store { times, bytes, worst }).collect()
}

pub fn run(entries: &[u64], rounds: usize) -> Report {
    let stores = measure(entries, rounds);
    let mut report = Report::default();
    report.heading("Revoked tokens in memory");
    table(&mut report, &stores);
    if let Some(Store { times, .. }) = stores.iter().find(|store| store.times.entries == MANY) {
        let what = "lookup of a token that is not revoked, among 10,000,000 revoked tokens";
        let note = format!("a single read from as many bytes: {:.0} ns", times.read);
        report.rows.push(Row::new(what, Goal::AtMost(150.0), times.unknown, "ns").note(note));
    }
    if let Some(worst) = stores.iter().map(|store| store.worst).max_by(f64::total_cmp) {
        report.rows.push(Row::new(
            "memory of a revoked token, in the worst case",
            Goal::AtMost(64.0),
            worst,
            "bytes",
        ));
    }
    report
}

pub fn table(report: &mut Report, stores: &[Store]) {
    let head = [
        "revoked tokens",
        "one read, ns",
        "lookup of another, ns",
        "lookup of one, ns",
        "bytes each",
        "bytes each, in the worst case",
    ];
    let line = |Store { times, bytes, worst }: &Store| {
        let Times { entries, read, unknown, revoked } = times;
        let figures = [*read, *unknown, *revoked].map(|ns| format!("{ns:.0}"));
        let sizes = [*bytes, *worst].map(|size| format!("{size:.1}"));
        [entries.to_string()].into_iter().chain(figures).chain(sizes).collect()
    };
    report.table(&head, &stores.iter().map(line).collect::<Vec<_>>());
}
