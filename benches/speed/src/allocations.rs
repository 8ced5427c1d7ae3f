//! Counts heap allocations.

use bench_common::table::{Goal, Row};

use crate::report::Report;

const ACCEPTED: &str = "accepted";

/// A library, a case, and its allocations.
struct Count {
    what: String,
    who: String,
    count: u64,
    bytes: u64,
}

#[cfg(feature = "allocations")]
pub fn lines() -> String {
    use jwt_core::Algorithm;

    use crate::refuse::{Refusal, contenders, refusals};
    use crate::sample::{Sample, manager, tokens};

    let count = |check: &dyn Fn(&Sample) -> bool, sample: &Sample| {
        // Do not count what is allocated only once.
        check(sample);
        let counted = allocation_counter::measure(|| _ = check(sample));
        (counted.count_total, counted.bytes_total)
    };
    let good = tokens(&manager(Algorithm::HS256), 0);
    let mut text = String::new();
    for contender in contenders() {
        let Some(check) = &contender.check else { continue };
        let mut line = |what: &str, samples: &[Sample]| {
            let (count, bytes) = count(check, &samples[0]);
            text += &format!("{what}\t{}\t{count}\t{bytes}\n", contender.name);
        };
        line(ACCEPTED, &good);
        for Refusal { name, samples, .. } in refusals() {
            line(name, &samples);
        }
    }
    text
}

#[cfg(not(feature = "allocations"))]
pub fn lines() -> String {
    crate::counting::lines(&["allocations", "--lines"])
}

fn count(line: &str) -> Option<Count> {
    let mut cells = line.split('\t');
    let mut cell = || cells.next();
    let (what, who) = (cell()?.to_owned(), cell()?.to_owned());
    Some(Count { what, who, count: cell()?.parse().ok()?, bytes: cell()?.parse().ok()? })
}

pub fn run() -> Report {
    let counts: Vec<_> = lines().lines().filter_map(count).collect();
    let mut report = Report::default();
    report.heading("HS256: heap allocations of one check");
    report.paragraph("The number of allocations, with their bytes in parentheses. Allocations by C libraries are not counted.");
    let (mut whats, mut whos) = (Vec::new(), Vec::new());
    for Count { what, who, .. } in &counts {
        if !whats.contains(what) {
            whats.push(what.clone());
        }
        if !whos.contains(who) {
            whos.push(who.clone());
        }
    }
    let find = |what: &str, who: &str| counts.iter().find(|count| count.what == what && count.who == who);
    let mut lines = Vec::new();
    for what in &whats {
        let cell = |who: &String| {
            find(what, who).map_or_else(String::new, |found| format!("{} ({})", found.count, found.bytes))
        };
        lines.push([what.clone()].into_iter().chain(whos.iter().map(cell)).collect());
        let Some(ours) = find(what, crate::ours::CHECK) else { continue };
        let most = match &**what {
            ACCEPTED => 4.0,
            "oversized: 1 MiB" | "two segments" | "four segments" | "16 KiB without dots" => 0.0,
            _ => continue,
        };
        let row =
            Row::new(format!("HS256: heap allocations, {what}"), Goal::AtMost(most), ours.count as f64, "");
        report.rows.push(row.note(format!("{} bytes", ours.bytes)));
    }
    let head: Vec<_> = [""].into_iter().chain(whos.iter().map(String::as_str)).collect();
    report.table(&head, &lines);
    report
}
