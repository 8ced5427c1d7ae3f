//! What was seen, counted.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jwt_tests::FRAMEWORKS;

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

/// Puts a row down, and prints the table if it is the last one. Then nothing may have been accepted or lost.
pub(crate) fn put_down(fault: &'static str, store: &'static str, framework: &'static str, counts: Counts) {
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    table.push((fault, store, framework, counts));
    if table.len() == FAULTS * FRAMEWORKS.len() {
        table.sort_by_key(|(fault, store, ..)| (*fault, *store));
        print(&table);
    }
    drop(table);
    assert_eq!(counts.mistakes(), 0, "{fault}, {store}, {framework}: {counts:?}");
}

fn print(table: &[Row]) {
    let mut text = String::from(
        "\n| fault | store | framework | requests | 503 | wrongly accepted | lost log-outs | lost tokens | answers again after |\n\
         | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for (fault, store, framework, counts) in table {
        let Counts { sent, unavailable, wrongly_accepted, lost_log_outs, lost_tokens, recovery } = counts;
        text += &format!(
            "| {fault} | {store} | {framework} | {sent} | {unavailable} | {wrongly_accepted} | {lost_log_outs} | \
             {lost_tokens} | {recovery:.1?} |\n"
        );
    }
    println!("{text}");
}
