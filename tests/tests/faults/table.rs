//! Counts the results and prints them as a table.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jwt_tests::FRAMEWORKS;

use crate::servers::{Engine as _, EverySecond};

/// The number of faults. Each is one test, with one row per framework.
const FAULTS: usize = 28;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Requests during and after the fault.
    pub(crate) sent: usize,
    /// How many of them got a 503.
    pub(crate) unavailable: usize,
    /// Tokens that were accepted although nothing proved them valid, and logouts that did not happen.
    pub(crate) wrongly_accepted: usize,
    /// Logouts that were acknowledged but whose tokens were accepted afterwards.
    pub(crate) lost_log_outs: usize,
    /// The time from the end of the fault to the first successful response.
    pub(crate) recovery: Duration,
    /// Logins and exchanges that were acknowledged but whose tokens were rejected afterwards.
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

/// A fault, a store, and a framework, with the results.
type Row = (&'static str, &'static str, &'static str, Counts);

static TABLE: Mutex<Vec<Row>> = Mutex::new(Vec::new());

/// Adds a row, and prints the table if the row is the last one. Panics if something was wrongly accepted or lost.
pub(crate) fn put_down(fault: &'static str, store: &'static str, framework: &'static str, counts: Counts) {
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    table.push((fault, store, framework, counts));
    if table.len() == FAULTS * FRAMEWORKS.len() {
        table.sort_by_key(|(fault, store, ..)| (*fault, *store));
        print(&table);
    }
    drop(table);
    // A Redis with this setting may lose acknowledged data.
    if store == EverySecond::STORE {
        return;
    }
    assert_eq!(counts.mistakes(), 0, "{fault}, {store}, {framework}: {counts:?}");
}

/// Prints a table with a row per framework, then one with the sums.
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
