//! Measures how throughput grows with workers, and whether memory grows with tokens.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;

use anyhow::Result;
use bench_common::table::{Goal, Row};

use crate::child::{Cores, Server};
use crate::load::{self, CONNECTIONS, Target, Window};
use crate::stats::median;
use crate::tokens::{Place, Requests, State};
use crate::{Options, Outcome};

const SERVERS: [&str; 3] = ["axum", "actix", "warp"];
const ROUTES: [&str; 2] = ["open", "guarded"];
const WORKERS: [usize; 2] = [1, 2];

/// The number of tokens between two readings of the memory.
const SAMPLE: u64 = 50_000;

/// After this many tokens, a server has allocated what it needs.
const SETTLED: f64 = 100_000.0;

/// Resident memory at the end, relative to the memory after the warm-up.
const FLAT: f64 = 1.05;

/// The points of a curve.
#[derive(Clone, Debug)]
pub struct Series {
    /// The measured quantity.
    pub name: String,
    /// The quantity that grows.
    pub x: &'static str,
    /// The quantity that might grow with it.
    pub y: &'static str,
    pub points: Vec<(f64, f64)>,
}

/// Measures requests per second with one worker and with two, and the CPU time per request. Server and load share all
/// cores.
pub fn workers(options: &Options) -> Result<Outcome> {
    let all = Cores::shared()?;
    let runtime = load::runtime()?;
    let mut cases = Vec::new();
    for name in SERVERS {
        for route in ROUTES {
            for workers in WORKERS {
                let server = Server::start(name, workers, &all)?;
                let requests = Requests::new(route, Place::Header, State::Valid)?;
                let requests =
                    (0..CONNECTIONS as u64).map(|number| requests.make(number)).collect::<Result<_>>()?;
                let target = Target { port: server.port(route)?, requests, status: 200 };
                cases.push((name, route, workers, server, target, Vec::new()));
            }
        }
    }
    for round in 0..options.rounds {
        eprintln!("round {} of {}", round + 1, options.rounds);
        for (.., server, target, windows) in &mut cases {
            windows.push(runtime.block_on(load::window(server, target, options.window()))?);
        }
    }

    let mut text = String::from(
        "The load generator uses at most one core and shares all cores with the server. On a machine with two cores, a \
        second worker therefore cannot double the throughput.\n\n",
    );
    writeln!(text, "| server | route | workers | requests/s | cores in use | CPU µs/request |")?;
    writeln!(text, "| --- | --- | ---: | ---: | ---: | ---: |")?;
    let mut series: Vec<Series> = Vec::new();
    for (name, route, workers, .., windows) in &cases {
        let median = |figure: fn(&Window) -> f64| median(windows.iter().map(figure));
        let (per_second, cores, each) =
            (median(Window::per_second), median(Window::cores), median(Window::cpu_each));
        writeln!(text, "| {name} | {route} | {workers} | {per_second:.0} | {cores:.2} | {each:.2} |")?;
        let of = |what| format!("{name}, {route}: {what}");
        let (fast, dear) = (of("requests per second"), of("CPU time of a request"));
        for (name, y, value) in [(fast, "requests/s", per_second), (dear, "µs", each)] {
            let point = (*workers as f64, value);
            match series.iter_mut().find(|series| series.name == name) {
                Some(series) => series.points.push(point),
                None => series.push(Series { name, x: "workers", y, points: vec![point] }),
            }
        }
    }
    Ok(Outcome { text, series, ..Outcome::default() })
}

/// Measures the resident memory of servers that receive different tokens, each of them once.
pub fn memory(options: &Options) -> Result<Outcome> {
    let cores = Cores::divide()?;
    let all = SERVERS.map(|name| one(name, options.tokens, &cores));
    let all = all.into_iter().collect::<Result<Vec<_>>>()?;

    let mut text = String::from("Rows that repeat the previous row are left out.\n\n");
    writeln!(text, "| different tokens | {} |", SERVERS.map(|name| format!("{name}, MiB")).join(" | "))?;
    writeln!(text, "| ---: | {} |", SERVERS.map(|_| "---:").join(" | "))?;
    let mut before = String::new();
    for (index, (tokens, _)) in all[0].points.iter().enumerate() {
        let mebibytes = |series: &Series| format!("{:.2}", series.points[index].1 / 1048576.0);
        let line = all.iter().map(mebibytes).collect::<Vec<_>>().join(" | ");
        if line != before || index + 1 == all[0].points.len() {
            writeln!(text, "| {tokens} | {line} |")?;
        }
        before = line;
    }
    Ok(Outcome { text, rows: all.iter().map(flat).collect(), series: all, ..Outcome::default() })
}

fn one(name: &str, tokens: u64, cores: &Cores) -> Result<Series> {
    eprintln!("{name}: {tokens} tokens");
    let server = Server::start(name, 1, &cores.server)?;
    let requests = Requests::new("guarded", Place::Header, State::Valid)?;
    let (sent, points) = (Cell::new(0), RefCell::new(Vec::new()));
    let next = |_| {
        let number = sent.get();
        let mut points = points.borrow_mut();
        // At the end, every connection gets here.
        if number % SAMPLE == 0 && points.last().is_none_or(|(last, _)| *last < number as f64) {
            points.push((number as f64, server.memory()? as f64));
        }
        if number == tokens {
            return Ok(None);
        }
        sent.set(number + 1);
        requests.make(number).map(Some)
    };
    let mut connections = load::open(server.port("guarded")?);
    load::runtime()?.block_on(load::drive(&mut connections, 200, &next))?;
    let name = format!("{name}: resident memory");
    Ok(Series { name, x: "different tokens", y: "bytes", points: points.into_inner() })
}

fn flat(series: &Series) -> Row {
    let settled =
        series.points.iter().find(|(tokens, _)| *tokens >= SETTLED).map_or(f64::NAN, |point| point.1);
    let (tokens, last) = series.points.last().copied().unwrap_or((f64::NAN, f64::NAN));
    let what = format!("{}, after {tokens} different tokens ÷ after {SETTLED}", series.name);
    Row::new(what, Goal::AtMost(FLAT), last / settled, "×")
}
