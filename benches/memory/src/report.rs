//! Tables in Markdown.

use std::io::{self, Write as _};

use crate::fill::Filled;
use crate::lookups::Times;

/// Where the goal for times is set.
const MANY: u64 = 10_000_000;
const MOST_NANOS: f64 = 150.0;
const MOST_BYTES: f64 = 64.0;

pub(crate) fn print(stores: &[Filled], times: &[Times], rounds: u32) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "jwt-core {}, medians of {rounds} rounds:\n", env!("CARGO_PKG_VERSION"))?;
    writeln!(
        out,
        "| revoked tokens | one read, ns | look-up of another, ns | reads | look-up of one, ns | reads | bytes each | at worst |"
    )?;
    writeln!(out, "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for (store, time) in stores.iter().zip(times) {
        let Filled { entries, bytes, worst, worst_at, .. } = store;
        let Times { read, unknown, revoked } = time;
        let [other, one] = [unknown / read, revoked / read];
        writeln!(
            out,
            "| {entries} | {read:.0} | {unknown:.0} | {other:.1} | {revoked:.0} | {one:.1} | {bytes:.1} | {worst:.1}, of {worst_at} |"
        )?;
    }
    writeln!(out, "\n| goal | at most | measured | |\n| --- | ---: | ---: | --- |")?;
    let many = stores.iter().zip(times).find(|(store, _)| store.entries == MANY);
    let name = format!("look-up of a token that is not revoked, among {MANY}, ns");
    goal(&mut out, &name, MOST_NANOS, many.map(|(_, time)| time.unknown))?;
    let worst = stores.iter().map(|store| store.worst).max_by(f64::total_cmp);
    goal(&mut out, "bytes each, at worst", MOST_BYTES, worst)?;
    out.flush()
}

fn goal(out: &mut impl io::Write, name: &str, most: f64, measured: Option<f64>) -> io::Result<()> {
    let Some(measured) = measured else {
        return writeln!(out, "| {name} | {most:.0} | | not measured |");
    };
    let verdict = if measured <= most { "met" } else { "missed" };
    writeln!(out, "| {name} | {most:.0} | {measured:.1} | {verdict} |")
}
