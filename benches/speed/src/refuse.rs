//! Rejected tokens, compared with an accepted one.

use base64_simd::URL_SAFE_NO_PAD;
use bench_common::table::{Goal, Row};
use jwt_core::Algorithm;

use crate::contender::Contender;
use crate::harness::Bench;
use crate::peers::jsonwebtoken::AWS_LC;
use crate::report::{Report, ns, times};
use crate::sample::{Sample, manager, tokens};
use crate::{ours, peers};

/// What an HS256 server rejects, and the goal as a fraction of accepting a token with `jsonwebtoken::decode`.
pub struct Refusal {
    pub name: &'static str,
    most: f64,
    pub samples: Vec<Sample>,
}

pub fn refusals() -> Vec<Refusal> {
    let good = tokens(&manager(Algorithm::HS256), 0);
    // Use only a few large ones. Otherwise, they would evict everything else from the processor's caches.
    let each = |name, most, change: &dyn Fn(&Sample) -> String| {
        let large = change(&good[0]).len() > 4096;
        let good = if large { &good[..2] } else { &good[..] };
        let samples = good.iter().map(|sample| Sample::new(change(sample))).collect();
        Refusal { name, most, samples }
    };
    let payload = |sample: &Sample| sample.token.split('.').nth(1).expect("a payload").to_owned();
    let none = URL_SAFE_NO_PAD.encode_to_string(r#"{"alg":"none","typ":"JWT"}"#);
    let rs256 = tokens(&manager(Algorithm::RS256), 0);
    vec![
        each("wrong alg: `none`", 0.1, &|sample| format!("{none}.{}.", payload(sample))),
        Refusal { name: "wrong alg: RS256", most: 0.1, samples: rs256 },
        each("bad signature", 0.35, &|sample| sample.damaged().token),
        each("oversized: 1 MiB", 0.03, &|sample| sample.token.clone() + &"x".repeat(1 << 20)),
        each("two segments", 0.03, &|sample| sample.token.rsplit_once('.').expect("segments").0.to_owned()),
        each("four segments", 0.03, &|sample| sample.token.clone() + ".e30"),
        each("16 KiB without dots", 0.03, &|_| "x".repeat(16 << 10)),
    ]
}

pub fn contenders() -> Vec<Contender> {
    let mut all = vec![ours::check(manager(Algorithm::HS256))];
    all.extend(peers::all(Algorithm::HS256));
    all
}

pub fn run(rounds: usize) -> Report {
    let (good, refusals, contenders) = (tokens(&manager(Algorithm::HS256), 0), refusals(), contenders());
    let mut bench = Bench::new("HS256, rejecting");
    for contender in &contenders {
        let Some(check) = &contender.check else { continue };
        if contender.name == AWS_LC {
            bench.case(AWS_LC, &good, check);
        }
        for refusal in &refusals {
            contender.prove(&[], &refusal.samples);
            bench.case(case(contender.name, refusal), &refusal.samples, check);
        }
    }
    let measured = bench.measure(rounds);
    let mut report = Report::default();
    report.heading("HS256: rejecting");
    let accepted = ns(measured.median(AWS_LC));
    report.paragraph(&format!(
        "Nanoseconds, and the ratio to accepting a token with `jsonwebtoken::decode` and aws_lc_rs ({accepted} ns)."
    ));
    let mut head = vec![""];
    head.extend(contenders.iter().map(|contender| contender.name));
    let mut lines = Vec::new();
    for refusal in &refusals {
        let cell = |contender: &Contender| {
            let case = case(contender.name, refusal);
            format!("{} ({})", ns(measured.median(&case)), times(measured.ratio(&case, AWS_LC)))
        };
        lines.push([refusal.name.to_owned()].into_iter().chain(contenders.iter().map(cell)).collect());
        let figure = measured.ratio(&case(ours::CHECK, refusal), AWS_LC).expect("both were measured");
        let what = format!("HS256: rejecting, {} ÷ accepting with `jsonwebtoken::decode`", refusal.name);
        report.rows.push(Row::new(what, Goal::AtMost(refusal.most), figure, "×").note("aws_lc_rs"));
    }
    report.table(&head, &lines);
    report
}

fn case(name: &str, refusal: &Refusal) -> String {
    format!("{name}: {}", refusal.name)
}
