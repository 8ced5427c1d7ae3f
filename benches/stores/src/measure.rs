//! Measures a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use jwt_core::session::{
    EndRequest, RotateRequest, Rotation, Selector, SessionState, Sessions, StateRequest, Subject,
};

use crate::Result;
use crate::data::{Entry, LIFETIME, PER_SUBJECT, mixed, subject};
use crate::places::Place;

const GRACE: Duration = Duration::from_secs(10);
/// The number of different sessions that are checked.
const MOST_CHECKED: u64 = 100_000;
/// The share of the exchangeable sessions that one measurement under load may use up.
const ROTATED_AT_ONCE: u64 = 20;
const REVOCATIONS: u64 = 100_000;
/// A prime, so steps of this size visit every number before one repeats.
const STRIDE: u64 = 7919;
/// The number of concurrent operations, in addition to measuring one at a time.
pub(crate) const MANY: usize = 64;
const LONG: Duration = Duration::from_secs(2);
const TIMES: u32 = 3;

/// How often an operation is repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    rounds: u32,
    /// Per round.
    checks: u32,
    /// The number of checks that are timed together. Reading the clock takes as long as one check in memory.
    batch: u32,
}

impl Effort {
    /// For checks in memory.
    pub(crate) const fn local(rounds: u32) -> Self {
        Self { rounds, checks: 200, batch: 100 }
    }

    pub(crate) const fn remote(rounds: u32) -> Self {
        Self { rounds, checks: 300, batch: 1 }
    }
}

const ROTATIONS: u64 = 40;
const ENDS: u64 = 4;

/// The results for a store.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) levels: Vec<Level>,
    /// Checks and exchanges with the most sessions: one at a time, and with [`MANY`] in flight.
    pub(crate) checks: [Load; 2],
    pub(crate) rotations: [Load; 2],
    /// `None` for a copy, because its share of this process is unknown.
    pub(crate) weight: Option<Weight>,
}

/// Bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weight {
    pub(crate) session: f64,
    pub(crate) revocation: f64,
}

/// Microseconds, with this many sessions.
#[derive(Debug)]
pub(crate) struct Level {
    pub(crate) sessions: u64,
    pub(crate) check: f64,
    pub(crate) rotation: f64,
    pub(crate) end: f64,
}

/// Microseconds until the response, and responses per second.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    pub(crate) latency: f64,
    pub(crate) per_second: f64,
}

/// A filled store. Sessions in the first half are checked and exchanged; those in the second half are ended.
#[derive(Clone)]
pub(crate) struct Filled<S> {
    store: S,
    sessions: u64,
    used: Arc<Used>,
}

/// The sessions that have been exchanged and ended, through any store.
#[derive(Default)]
struct Used {
    rotated: AtomicU64,
    ended: AtomicU64,
}

impl<S> Filled<S> {
    pub(crate) fn store(&self) -> &S {
        &self.store
    }

    /// The same sessions, through another store.
    pub(crate) fn through<T>(&self, store: T) -> Filled<T> {
        Filled { store, sessions: self.sessions, used: self.used.clone() }
    }

    fn half(&self) -> u64 {
        self.sessions / PER_SUBJECT / 2 * PER_SUBJECT
    }

    /// Returns sessions to check, in random order.
    fn to_check(&self) -> Vec<Entry> {
        (0..self.half().min(MOST_CHECKED)).map(|at| Entry::new(mixed(at) % self.half())).collect()
    }

    /// Returns the next sessions whose refresh token has not been exchanged.
    fn to_rotate(&self, count: u64) -> Vec<Entry> {
        let from = self.used.rotated.fetch_add(count, Ordering::Relaxed);
        (from..from + count).map(|at| Entry::new(at * STRIDE % self.half())).collect()
    }

    /// Returns the next subjects that are logged in.
    fn to_end(&self, count: u64) -> Vec<String> {
        let half = self.half() / PER_SUBJECT;
        let from = self.used.ended.fetch_add(count, Ordering::Relaxed);
        (from..from + count).map(|at| subject(half + at * STRIDE % half)).collect()
    }
}

impl<S: Sessions> Filled<S> {
    async fn check(&self, entry: &Entry) -> Result<()> {
        let state =
            self.store.state(StateRequest::new(entry.access(), SystemTime::now()).grace(GRACE)).await?;
        if state == SessionState::Active { Ok(()) } else { Err(format!("a session is {state:?}").into()) }
    }

    async fn rotate(&self, entry: &Entry) -> Result<()> {
        let request = RotateRequest::new(entry.refresh(), &entry.next, SystemTime::now());
        match self.store.rotate(request.grace(GRACE).idle(LIFETIME)).await? {
            Rotation::Rotated(_) => Ok(()),
            other => Err(format!("an exchange is {other:?}").into()),
        }
    }

    async fn end(&self, subject: &str) -> Result<()> {
        let all = Selector::AllOf(Subject::new("", subject));
        let ended = self.store.end(EndRequest::new(all, SystemTime::now())).await?.live;
        if ended == PER_SUBJECT { Ok(()) } else { Err(format!("{ended} sessions have ended").into()) }
    }
}

/// Fills a store for each number of sessions, and returns how many bytes a session takes.
pub(crate) async fn fill<P: Place>(
    name: &str,
    place: &P,
    sessions: &[u64],
) -> Result<(Vec<Filled<P::Store>>, f64)> {
    let (mut all, mut bytes) = (Vec::new(), f64::NAN);
    for &sessions in sessions {
        let (prefix, began) = (format!("n{sessions}"), Instant::now());
        let store = place.open(&prefix).await?;
        let empty = place.size(&prefix).await?;
        place.fill(&prefix, &store, sessions).await?;
        bytes = per(empty, place.size(&prefix).await?, sessions);
        eprintln!("{name}: {sessions} sessions in {:.1?}", began.elapsed());
        all.push(Filled { store, sessions, used: Arc::default() });
    }
    Ok((all, bytes))
}

/// Returns how many bytes a revocation takes.
pub(crate) async fn weigh<P: Place>(name: &str, place: &P) -> Result<f64> {
    eprintln!("{name}: {REVOCATIONS} revocations");
    let store = place.open("revoked").await?;
    let empty = place.size("revoked").await?;
    place.revoke("revoked", &store, REVOCATIONS).await?;
    Ok(per(empty, place.size("revoked").await?, REVOCATIONS))
}

/// Measures the filled stores in turn, and the one with the most sessions under load.
pub(crate) async fn ask<S: Sessions + Clone>(
    name: &'static str,
    filled: &[Filled<S>],
    effort: Effort,
    weight: Option<Weight>,
) -> Result<Measured> {
    eprintln!("{name}: in turn");
    let levels = levels(filled, effort).await?;
    eprintln!("{name}: under load");
    let most = filled.last().ok_or("no number of sessions")?;
    let [mut checks, mut rotations] = [[Load::default(); 2]; 2];
    for (at, in_flight) in [1, MANY].into_iter().enumerate() {
        checks[at] = load(most, Call::Check, in_flight, effort.batch).await?;
        rotations[at] = load(most, Call::Rotate, in_flight, 1).await?;
    }
    Ok(Measured { name, levels, checks, rotations, weight })
}

/// Measures one operation at a time. The stores take turns with every call.
async fn levels<S: Sessions>(filled: &[Filled<S>], effort: Effort) -> Result<Vec<Level>> {
    let all: Vec<_> = filled.iter().map(|filled| (filled, filled.to_check())).collect();
    let mut medians: Vec<[Vec<f64>; 3]> = filled.iter().map(|_| Default::default()).collect();
    let mut next = 0;
    // The first round warms up.
    for round in 0..=effort.rounds {
        let mut seen: Vec<[Vec<f64>; 3]> = filled.iter().map(|_| Default::default()).collect();
        for _ in 0..effort.checks {
            for ((filled, entries), [seen, ..]) in all.iter().zip(&mut seen) {
                let began = Instant::now();
                for at in 0..effort.batch as usize {
                    filled.check(&entries[(next + at) % entries.len()]).await?;
                }
                seen.push(micros(began) / f64::from(effort.batch));
            }
            next += effort.batch as usize;
        }
        for _ in 0..ROTATIONS {
            for (filled, [_, seen, _]) in filled.iter().zip(&mut seen) {
                for entry in filled.to_rotate(1) {
                    let began = Instant::now();
                    filled.rotate(&entry).await?;
                    seen.push(micros(began));
                }
            }
        }
        for _ in 0..ENDS {
            for (filled, [.., seen]) in filled.iter().zip(&mut seen) {
                for subject in filled.to_end(1) {
                    let began = Instant::now();
                    filled.end(&subject).await?;
                    seen.push(micros(began));
                }
            }
        }
        if round > 0 {
            for (all, seen) in medians.iter_mut().flatten().zip(seen.iter_mut().flatten()) {
                all.push(median(seen));
            }
        }
    }
    let level = |(filled, mut medians): (&Filled<S>, [Vec<f64>; 3])| {
        let [check, rotation, end] = medians.each_mut().map(|medians| median(medians));
        Level { sessions: filled.sessions, check, rotation, end }
    };
    Ok(filled.iter().zip(medians).map(level).collect())
}

#[derive(Clone, Copy)]
enum Call {
    Check,
    Rotate,
}

/// Measures with this many operations in flight, for a while or until a share of the sessions has been exchanged.
/// Returns the median of several measurements.
async fn load<S: Sessions + Clone>(
    filled: &Filled<S>,
    call: Call,
    in_flight: usize,
    batch: u32,
) -> Result<Load> {
    let (mut latencies, mut rates) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let (entries, most) = match call {
            Call::Check => (filled.to_check(), usize::MAX),
            Call::Rotate => {
                let entries = filled.to_rotate(filled.half() / ROTATED_AT_ONCE);
                let most = entries.len();
                (entries, most)
            }
        };
        let (entries, next, began) = (Arc::new(entries), Arc::new(AtomicUsize::new(0)), Instant::now());
        let worker = |filled: Filled<S>, entries: Arc<Vec<Entry>>, next: Arc<AtomicUsize>| async move {
            let mut seen = Vec::new();
            while began.elapsed() < LONG {
                let from = next.fetch_add(batch as usize, Ordering::Relaxed);
                if from >= most {
                    break;
                }
                let asked = Instant::now();
                for at in from..from + batch as usize {
                    let entry = &entries[at % entries.len()];
                    match call {
                        Call::Check => filled.check(entry).await?,
                        Call::Rotate => filled.rotate(entry).await?,
                    }
                }
                seen.push(micros(asked) / f64::from(batch));
            }
            Result::Ok(seen)
        };
        let workers: Vec<_> = (0..in_flight)
            .map(|_| tokio::spawn(worker(filled.clone(), entries.clone(), next.clone())))
            .collect();
        let mut seen = Vec::new();
        for worker in workers {
            seen.extend(worker.await??);
        }
        rates.push(seen.len() as f64 * f64::from(batch) / began.elapsed().as_secs_f64());
        latencies.push(median(&mut seen));
    }
    Ok(Load { latency: median(&mut latencies), per_second: median(&mut rates) })
}

fn micros(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e6
}

fn per(before: u64, after: u64, count: u64) -> f64 {
    after.saturating_sub(before) as f64 / count as f64
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
