//! Measures what grows and what does not.

use std::fs;
use std::path::{Path, PathBuf};

use bench_common::page::Place;
use bench_common::plot::{self, Line};
use bench_common::table;
use bench_http::{Outcome, Result, Series};
use jwt_core::Algorithm;

use crate::floors::SAME_PARSE;
use crate::ours::CHECK;
use crate::peers::jsonwebtoken::AWS_LC;
use crate::report::{Report, ns, times};
use crate::stores::Store;
use crate::verify::Size;
use crate::{ENTRIES, rings, stores, verify, versions};

#[derive(clap::Args)]
pub struct Options {
    /// How often each case is measured.
    #[arg(long, default_value_t = 31)]
    rounds: usize,
    /// How often each server is measured.
    #[arg(long, default_value_t = 15)]
    http_rounds: u32,
    /// How often each store is measured.
    #[arg(long, default_value_t = 15)]
    store_rounds: usize,
    /// The folder with the parts of the page, one for each table, and the plots.
    #[arg(long, value_name = "FOLDER", default_value = "jwt-core/src/guide/growth")]
    out: PathBuf,
}

pub fn run(options: &Options) -> Result<()> {
    const PARTS: [&str; 6] = ["machine", "workers", "memory", "size", "keys", "revoked"];
    let parts = PARTS.map(|name| (options.out.join(format!("{name}.md")), name));
    let [machine, workers, memory, size, keys, revoked] =
        parts.each_ref().map(|(part, name)| Place::find(part, name));
    let (machine, workers, memory, size, keys, revoked) =
        (machine?, workers?, memory?, size?, keys?, revoked?);
    let plots = Plots(&options.out);
    let http = bench_http::Options { rounds: options.http_rounds, ..Default::default() };

    let sizes = verify::sizes(Algorithm::HS256, options.rounds);
    plots.draw(
        "size",
        "HS256: a check and the length of the token",
        "KiB of a token",
        "ns",
        &of_sizes(&sizes),
    )?;
    size.fill(&table_of_sizes(&sizes))?;

    let rings = rings::measure(options.rounds);
    let line = |(name, sizes): &rings::Line| {
        (name.replace('`', ""), sizes.iter().map(|(size, median, _)| (*size as f64, *median)).collect())
    };
    let lines: Vec<_> = rings.iter().map(line).collect();
    plots.draw("keys", "HS256: a check and the keys of its ring", "keys", "ns", &lines)?;
    keys.fill(&text(|report| rings::table(report, &rings)))?;

    let Outcome { text: table, series, .. } = bench_http::workers(&http)?;
    let lines: Vec<_> = series.iter().filter(|series| series.y == "requests/s").map(of_series).collect();
    plots.draw("workers", "Requests per second and workers", "workers", "requests/s", &lines)?;
    workers.fill(&table)?;

    let Outcome { text: table, series, rows, .. } = bench_http::memory(&http)?;
    let lines: Vec<_> = series.iter().map(of_series).map(in_mebibytes).collect();
    plots.draw("memory", "Resident memory and different tokens", "different tokens", "MiB", &lines)?;
    memory.fill(&format!("{table}\n{}", table::markdown(&rows)))?;

    let filled = stores::measure(&ENTRIES, options.store_rounds);
    let lines = [
        of_stores("lookup of another", &filled, |store| store.times.unknown),
        of_stores("lookup of one", &filled, |store| store.times.revoked),
        of_stores("one read", &filled, |store| store.times.read),
    ];
    plots.draw("revoked-ns", "A lookup and the number of revoked tokens", "revoked tokens", "ns", &lines)?;
    let lines = [
        of_stores("now", &filled, |store| store.bytes),
        of_stores("in the worst case", &filled, |store| store.worst),
    ];
    plots.draw("revoked-bytes", "Bytes of a revoked token", "revoked tokens", "bytes", &lines)?;
    revoked.fill(&text(|report| stores::table(report, &filled)))?;

    machine.fill(&versions::markdown(None))?;
    Ok(())
}

/// The folder for the plots.
struct Plots<'a>(&'a Path);

impl Plots<'_> {
    fn draw(&self, name: &str, title: &str, x: &str, y: &str, lines: &[Line]) -> Result<()> {
        let file = self.0.join(format!("{name}.svg"));
        fs::write(&file, plot::lines(title, x, y, lines))?;
        eprintln!("written: {}", file.display());
        Ok(())
    }
}

const SHOWN: [&str; 3] = [CHECK, SAME_PARSE, AWS_LC];

fn of_sizes(sizes: &[Size]) -> Vec<Line> {
    let point = |size: &Size, name: &str| {
        let kibibytes = (size.bytes as f64 / 1024.0 * 100.0).round() / 100.0;
        (kibibytes, size.times.median(name).expect("it was measured"))
    };
    let line = |name: &str| {
        let short = name.split([',', ':']).next().unwrap_or(name);
        (short.to_owned(), sizes.iter().map(|size| point(size, name)).collect())
    };
    SHOWN.map(line).into()
}

fn table_of_sizes(sizes: &[Size]) -> String {
    let line = |size: &Size| {
        let figures = SHOWN.map(|name| ns(size.times.median(name)));
        let ratios = SHOWN[1..].iter().map(|other| times(size.times.ratio(CHECK, other)));
        [size.bytes.to_string()].into_iter().chain(figures).chain(ratios).collect()
    };
    let head =
        ["bytes of a token", "check, ns", "floor, ns", "jsonwebtoken, ns", "÷ floor", "÷ jsonwebtoken"];
    text(|report| report.table(&head, &sizes.iter().map(line).collect::<Vec<_>>()))
}

/// Leaves out points at 0, which a logarithmic axis cannot show.
fn of_series(series: &Series) -> Line {
    let name = series.name.split(':').next().unwrap_or_default();
    (name.to_owned(), series.points.iter().copied().filter(|(x, _)| *x > 0.0).collect())
}

fn in_mebibytes((name, points): Line) -> Line {
    (name, points.into_iter().map(|(x, bytes)| (x, bytes / 1048576.0)).collect())
}

fn of_stores(name: &str, stores: &[Store], figure: fn(&Store) -> f64) -> Line {
    (name.to_owned(), stores.iter().map(|store| (store.times.entries as f64, figure(store))).collect())
}

fn text(write: impl FnOnce(&mut Report)) -> String {
    let mut report = Report::default();
    write(&mut report);
    report.text
}
