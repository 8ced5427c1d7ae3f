//! What was seen, counted.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jwt_tests::FRAMEWORKS;

use crate::servers::{Engine as _, EverySecond};

/// How many faults there are: each test is one, and has a row a framework.
const FAULTS: usize = 28;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Requests while the fault lasted and after it.
    pub(crate) sent: usize,
    /// How many of them were answered with 503.
    pub(crate) unavailable: usize,
    /// Accepted without being known to be good: a token, or a log-out that was none.
    pub(crate) wrongly_accepted: usize,
    /// Log-outs that were acknowledged, and whose tokens were accepted afterwards.
    pub(crate) lost_log_outs: usize,
    /// How long it took until a request was answered again, after what was broken was whole again.
    pub(crate) recovery: Duration,
    /// Log-ins and exchanges that were acknowledged, and whose tokens were refused afterwards.
    pub(crate) lost_tokens: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.unavailable += other.unavailable;
        self.wrongly_accepted += other.wrongly_accepted;
        self.lost_log_outs += other.lost_log_outs;
        self.lost_tokens += other.lost_tokens;
        self.recovery = self.recovery.max(other.recovery);
    }

    fn mistakes(&self) -> usize {
        self.wrongly_accepted + self.lost_log_outs + self.lost_tokens
    }
}

/// A fault, a store and a framework, with what was seen.
type Row = (&'static str, &'static str, &'static str, Counts);

static TABLE: Mutex<Vec<Row>> = Mutex::new(Vec::new());

/// Puts a row down, and prints the table if it is the last one. Then nothing may have been accepted or lost that was to be kept.
pub(crate) fn put_down(fault: &'static str, store: &'static str, framework: &'static str, counts: Counts) {
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    table.push((fault, store, framework, counts));
    if table.len() == FAULTS * FRAMEWORKS.len() {
        table.sort_by_key(|(fault, store, ..)| (*fault, *store));
        print(&table);
    }
    drop(table);
    // What such a Redis has acknowledged, it may lose.
    if store == EverySecond::STORE {
        return;
    }
    assert_eq!(counts.mistakes(), 0, "{fault}, {store}, {framework}: {counts:?}");
}

/// Each framework for itself, then what they come to together.
fn print(table: &[Row]) {
    println!("\n| fault | store | framework | {COLUMNS}\n| --- | --- | --- | {RULES}");
    for (fault, store, framework, counts) in table {
        println!("| {fault} | {store} | {framework} | {counts}");
    }
    println!("\n| fault | store | {COLUMNS}\n| --- | --- | {RULES}");
    for of_frameworks in table.chunk_by(|(fault, store, ..), (other, its, ..)| (fault, store) == (other, its))
    {
        let mut sum = Counts::default();
        for (.., counts) in of_frameworks {
            sum.add(*counts);
        }
        let (fault, store, ..) = of_frameworks[0];
        println!("| {fault} | {store} | {sum}");
    }
}

const COLUMNS: &str = "requests | 503 | wrongly accepted | lost logouts | lost tokens | recovered within |";
const RULES: &str = "---: | ---: | ---: | ---: | ---: | ---: |";

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, unavailable, wrongly_accepted, lost_log_outs, lost_tokens, recovery } = self;
        write!(f, "{sent} | {unavailable} | {wrongly_accepted} | {lost_log_outs} | {lost_tokens} | ")?;
        if recovery.is_zero() { f.write_str("|") } else { write!(f, "{} ms |", recovery.as_millis() + 1) }
    }
}
