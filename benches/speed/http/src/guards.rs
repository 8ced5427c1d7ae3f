//! Measures what guards add: all cases of a server in turn, over many rounds, each compared with the open route in the
//! same round.

use std::time::Duration;

use anyhow::{Context as _, Result};
use bench_common::table::{Goal, Row};

use crate::child::{Cores, Server};
use crate::flask::{Packages, Worker};
use crate::load::{self, CONNECTIONS, Target, Window};
use crate::stats::{Spread, median, spread};
use crate::tokens::{Place, Requests, State};
use crate::{Options, Outcome, report};

/// The duration of the warm-up.
const WARM_UP: Duration = Duration::from_millis(100);

/// A route, with a token.
pub(crate) struct Case {
    /// What serves the route.
    pub(crate) what: &'static str,
    route: &'static str,
    pub(crate) place: Place,
    pub(crate) state: State,
    pub(crate) status: u16,
}

pub(crate) const OPEN: &str = "open";
const GUARD: &str = "guard";
const FLOOR: &str = "handwritten floor";
const AXUM_PEER: &str = "axum-jwt-auth";
const ACTIX_PEER: &str = "actix-web-httpauth";

const fn open(place: Place) -> Case {
    Case { what: OPEN, route: "open", place, state: State::Valid, status: 200 }
}

const fn valid(what: &'static str, route: &'static str) -> Case {
    Case { what, route, place: Place::Header, state: State::Valid, status: 200 }
}

/// A route with tokens of every kind; a forged one gets this status.
fn every_state(what: &'static str, route: &'static str, place: Place, forged: u16) -> [Case; 3] {
    [(State::Valid, 200), (State::Expired, 401), (State::Forged, forged)].map(|(state, status)| Case {
        what,
        route,
        place,
        state,
        status,
    })
}

/// A server, and its measurements.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    server: Server,
    pub(crate) cases: Vec<(Case, Target)>,
    /// The measurements of each case, one per round.
    windows: Vec<Vec<Window>>,
}

impl Measured {
    fn new(name: &'static str, server: Server, cases: impl IntoIterator<Item = Case>) -> Result<Self> {
        let with_target = |case: Case| {
            let requests = Requests::new(case.route, case.place, case.state)?;
            let requests =
                (0..CONNECTIONS as u64).map(|number| requests.make(number)).collect::<Result<_>>()?;
            let target = Target { port: server.port(case.route)?, requests, status: case.status };
            Ok((case, target))
        };
        let cases: Vec<_> = cases.into_iter().map(with_target).collect::<Result<_>>()?;
        let windows = cases.iter().map(|_| Vec::new()).collect();
        Ok(Self { name, server, cases, windows })
    }

    /// Each round starts with a different case.
    async fn round(&mut self, round: usize, length: Duration) -> Result<Vec<Window>> {
        let count = self.cases.len();
        let mut windows = vec![None; count];
        for place in 0..count {
            let index = (place + round) % count;
            let (case, target) = &self.cases[index];
            let measured = load::window(&self.server, target, length).await;
            windows[index] = Some(measured.with_context(|| format!("{}, {}", self.name, case.what))?);
        }
        Ok(windows.into_iter().flatten().collect())
    }

    pub(crate) fn windows(&self, what: &str, place: Place, state: State) -> Result<&[Window]> {
        let is_it = |(case, _): &(Case, _)| case.what == what && case.place == place && case.state == state;
        let index = self.cases.iter().position(is_it).with_context(|| format!("no case {what}"))?;
        Ok(&self.windows[index])
    }

    /// Returns how much more a request costs than one to the open route with the same token, in microseconds, for each
    /// round.
    pub(crate) fn added(&self, what: &str, place: Place, state: State) -> Result<Vec<f64>> {
        let open = self.windows(OPEN, place, State::Valid)?;
        let guarded = self.windows(what, place, state)?;
        Ok(guarded.iter().zip(open).map(|(guarded, open)| guarded.cpu_each() - open.cpu_each()).collect())
    }

    /// Returns the cost of a guard relative to another guard, or NaN if one of them seems to add nothing.
    fn ratio(&self, what: &str, other: &str) -> Result<(f64, Spread)> {
        let ours = self.added(what, Place::Header, State::Valid)?;
        let theirs = self.added(other, Place::Header, State::Valid)?;
        let each = spread(ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs));
        let (ours, theirs) = (median(ours), median(theirs));
        let ratio = if ours > 0.0 && theirs > 0.0 { ours / theirs } else { f64::NAN };
        Ok((ratio, each))
    }

    fn median(&self, what: &str, figure: fn(&Window) -> f64) -> Result<f64> {
        Ok(median(self.windows(what, Place::Header, State::Valid)?.iter().map(figure)))
    }
}

/// The cases of each framework, with its alternatives, and the peer.
fn cases(alternatives: impl IntoIterator<Item = Case>, peer: &'static str) -> impl Iterator<Item = Case> {
    [open(Place::Header), open(Place::Cookie)]
        .into_iter()
        .chain(every_state(GUARD, "guarded", Place::Header, 422))
        .chain(every_state(GUARD, "cookie", Place::Cookie, 422))
        .chain(alternatives)
        .chain(every_state(FLOOR, "floor", Place::Header, 401))
        .chain(every_state(peer, "decode", Place::Header, 401))
}

fn frameworks(cores: &Cores) -> Result<Vec<Measured>> {
    let start = |name| Server::start(name, 1, &cores.server);
    let extractors = || [valid("guard, then extractor", "both"), valid("extractor", "extractor")];
    let alone = every_state("guard without its layer", "plain", Place::Header, 422);
    Ok(vec![
        Measured::new("axum", start("axum")?, cases(extractors(), AXUM_PEER))?,
        Measured::new("actix-web", start("actix")?, cases(extractors(), ACTIX_PEER))?,
        Measured::new("warp", start("warp")?, cases(alone, "jsonwebtoken in a filter"))?,
    ])
}

fn flask(name: &'static str, server: Server) -> Result<Measured> {
    let guard = every_state(GUARD, "guarded", Place::Header, 422);
    Measured::new(name, server, [open(Place::Header)].into_iter().chain(guard))
}

pub(crate) fn run(options: &Options, packages: Option<&Packages>) -> Result<Outcome> {
    let cores = Cores::divide()?;
    let runtime = load::runtime()?;
    let mut all = frameworks(&cores)?;
    if let Some(packages) = packages {
        let threads = packages.serve(Worker::Threads, &cores.server)?;
        let sync = packages.serve(Worker::Sync, &cores.server)?;
        all.push(flask("flask-jwt-extended, gunicorn gthread with 4 threads", threads)?);
        all.push(flask("flask-jwt-extended, gunicorn sync", sync)?);
    }
    for measured in &mut all {
        runtime.block_on(measured.round(0, WARM_UP))?;
    }
    for round in 0..options.rounds as usize {
        eprintln!("round {} of {}", round + 1, options.rounds);
        for measured in &mut all {
            let windows = runtime.block_on(measured.round(round, options.window()))?;
            measured.windows.iter_mut().zip(windows).for_each(|(windows, window)| windows.push(window));
        }
    }
    let flask = packages.map(Packages::versions).transpose()?;
    Ok(Outcome { text: report::text(&all)?, rows: rows(&all)?, flask, ..Outcome::default() })
}

fn rows(all: &[Measured]) -> Result<Vec<Row>> {
    let [axum, actix, warp, flasks @ ..] = all else {
        unreachable!("there are always three");
    };
    let against = |measured: &Measured, other: &str, most: f64| {
        let (ratio, Spread { low, median, high }) = measured.ratio(GUARD, other)?;
        let what = format!("{}: CPU time added to a request, guard ÷ {other}", measured.name);
        let note = match ratio.is_nan() {
            true => "lost in noise: use a quiet machine or more rounds".to_owned(),
            false => format!("per round: median {median:.2}, middle half {low:.2} to {high:.2}"),
        };
        Ok::<_, anyhow::Error>(Row::new(what, Goal::AtMost(most), ratio, "×").note(note))
    };
    let mut rows = vec![
        against(axum, FLOOR, 1.2)?,
        against(actix, FLOOR, 1.2)?,
        against(warp, FLOOR, 1.4)?,
        against(axum, AXUM_PEER, 0.5)?,
        against(actix, ACTIX_PEER, 0.5)?,
    ];
    let mut best: Option<(&Measured, f64)> = None;
    for flask in flasks {
        let per_second = flask.median(GUARD, Window::per_second)?;
        if best.is_none_or(|(_, most)| per_second > most) {
            best = Some((flask, per_second));
        }
    }
    if let Some((flask, per_second)) = best {
        let what = format!("guarded requests per second: axum ÷ {}", flask.name);
        let ratio = axum.median(GUARD, Window::per_second)? / per_second;
        // The load generator may be slower than axum, but it is not slower than Flask.
        let idle = 1.0 - axum.median(GUARD, Window::cores)?;
        let cpu = flask.median(GUARD, Window::cpu_each)? / axum.median(GUARD, Window::cpu_each)?;
        let note = format!(
            "{cpu:.1} by CPU time; axum's core was idle or had other work for {:.0} % of the time",
            idle * 100.0
        );
        rows.push(Row::new(what, Goal::AtLeast(50.0), ratio, "×").note(note));
    }
    Ok(rows)
}
