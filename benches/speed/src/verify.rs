//! Valid tokens, and tokens with a wrong signature.

use jwt_core::Algorithm;

use crate::contender::{self, Contender};
use crate::floors::{PRIMITIVE, SAME_PARSE, SHA2};
use crate::harness::{Bench, Times};
use crate::keys;
use crate::ours::CHECK;
use crate::peers::jsonwebtoken::AWS_LC;
use crate::report::{Report, noted, ns, times};
use crate::sample::{Sample, manager, tokens};

/// The length of a token, and of the filler claim that makes it that long.
const SIZES: [(&str, usize); 4] = [("0.3 KiB", 0), ("1 KiB", 1024), ("4 KiB", 4096), ("8 KiB", 8192)];

pub fn run(rounds: usize) -> Report {
    let mut report = Report::default();
    report.paragraph(
        "Nanoseconds of one thread's CPU time, medians; ratios are medians of the rounds' ratios. All check signature, \
         `exp`, `nbf` and `type`; jwt-core also finds the token in an HTTP request.",
    );
    for algorithm in keys::ALGORITHMS {
        of_algorithm(algorithm, rounds, &mut report);
    }
    for algorithm in [Algorithm::HS256, Algorithm::RS256] {
        of_sizes(algorithm, rounds, &mut report);
    }
    report
}

fn of_algorithm(algorithm: Algorithm, rounds: usize, report: &mut Report) {
    let good = tokens(&manager(algorithm), 0);
    let bad: Vec<_> = good.iter().map(Sample::damaged).collect();
    let contenders = contender::all(algorithm, &good[0]);
    for contender in &contenders {
        contender.prove(&good, &bad);
    }
    let mut bench = Bench::new(algorithm.as_str());
    for contender in &contenders {
        if let Some(check) = &contender.check {
            bench.case(contender.name, &good, check);
            bench.case(refused(contender), &bad, check);
        }
    }
    let measured = bench.measure(rounds);
    report.heading(&format!("{algorithm}: a token of {} bytes", good[0].token.len()));
    let lines: Vec<_> = contenders.iter().map(|contender| line(contender, &measured)).collect();
    report.table(&["", "accepted, ns", "÷ floor", "÷ jsonwebtoken", "bad signature, ns"], &lines);
    goals(algorithm, &measured, report);
    if algorithm == Algorithm::HS256 {
        let is_shown = |contender: &&Contender| {
            !contender.name.contains("complete") && !contender.name.starts_with("primitive")
        };
        let bar = |contender: &Contender| Some((contender.name.to_owned(), measured.median(contender.name)?));
        report.bars = contenders.iter().filter(is_shown).filter_map(bar).collect();
    }
}

fn refused(contender: &Contender) -> String {
    format!("{}, refused", contender.name)
}

fn line(contender: &Contender, measured: &Times) -> Vec<String> {
    vec![
        noted(contender.name, contender.note),
        ns(measured.median(contender.name)),
        times(measured.ratio(contender.name, SAME_PARSE)),
        times(measured.ratio(contender.name, AWS_LC)),
        ns(measured.median(&refused(contender))),
    ]
}

fn goals(algorithm: Algorithm, measured: &Times, report: &mut Report) {
    match algorithm {
        Algorithm::HS256 => {
            report.ratio("HS256: check ÷ floor", measured, CHECK, SAME_PARSE, 1.2, "aws-lc");
            let note = "with SHA-256 instructions, the same hash as in jwt-core";
            report.ratio("HS256: check ÷ floor with sha2", measured, CHECK, SHA2, 1.2, note);
            report.ratio("HS256: check ÷ `jsonwebtoken::decode`", measured, CHECK, AWS_LC, 0.38, "aws_lc_rs");
        }
        Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA => {
            let what = format!("{algorithm}: check ÷ primitive and the same parse");
            report.ratio(&what, measured, CHECK, SAME_PARSE, 1.05, "aws-lc");
        }
        _ => {}
    }
}

/// The times of all libraries for tokens of one length.
pub struct Size {
    title: &'static str,
    /// The length of a token.
    pub bytes: usize,
    names: Vec<&'static str>,
    pub times: Times,
}

pub fn sizes(algorithm: Algorithm, rounds: usize) -> Vec<Size> {
    let manager = manager(algorithm);
    let plain = tokens(&manager, 0)[0].token.len();
    let size = |(title, bytes): (&'static str, usize)| {
        let good = tokens(&manager, bytes.saturating_sub(plain + 12) / 4 * 3);
        let contenders = contender::all(algorithm, &good[0]);
        let mut bench = Bench::new(format!("{algorithm}, {title}"));
        for contender in &contenders {
            contender.prove(&good, &[]);
            if let Some(check) = &contender.check {
                bench.case(contender.name, &good, check);
            }
        }
        let times = bench.measure(rounds);
        let names = contenders.iter().map(|contender| contender.name).collect();
        Size { title, bytes: good[0].token.len(), names, times }
    };
    SIZES.map(size).into()
}

fn of_sizes(algorithm: Algorithm, rounds: usize, report: &mut Report) {
    let sizes = sizes(algorithm, rounds);
    report.heading(&format!("{algorithm}: the length of the token"));
    report.paragraph("Nanoseconds, and the ratio to the floor. Only jwt-core reads the long claim.");
    let head: Vec<_> = [""].into_iter().chain(sizes.iter().map(|size| size.title)).collect();
    let line = |name: &&'static str| {
        let cells = sizes.iter().map(|size| cell(name, &size.times));
        [(*name).to_owned()].into_iter().chain(cells).collect()
    };
    report.table(&head, &sizes[0].names.iter().map(line).collect::<Vec<_>>());
}

/// Nanoseconds, and the ratio to the floor.
pub fn cell(name: &str, measured: &Times) -> String {
    let figure = measured.median(name);
    if name == PRIMITIVE || figure.is_none() {
        return ns(figure);
    }
    format!("{} ({})", ns(figure), times(measured.ratio(name, SAME_PARSE)))
}
