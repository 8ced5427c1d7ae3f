//! Issuing tokens.

use std::hint::black_box;

use jwt_core::{Algorithm, Policy};

use crate::harness::{Bench, Times};
use crate::issuers::{self, Claims, FLOOR, Issuer, OURS, PARTS};
use crate::keys;
use crate::peers::jsonwebtoken::AWS_LC;
use crate::report::{Report, ns, times};
use crate::sample::{Sample, TOKENS, manager};

/// The algorithms, and the goal as a fraction of `jsonwebtoken::encode`.
const GOALS: [(Algorithm, f64); 4] =
    [(Algorithm::HS256, 0.6), (Algorithm::RS256, 0.65), (Algorithm::ES256, 0.65), (Algorithm::EdDSA, 0.65)];

const PRIMITIVE: &str = "primitive";
const IDS: &str = "ids";

pub fn run(rounds: usize) -> Report {
    let mut report = Report::default();
    for (algorithm, goal) in GOALS {
        let issuers = issuers::all(algorithm);
        let times = measure(algorithm, &issuers, rounds);
        report.heading(&format!("{algorithm}: issuing"));
        let names = [PRIMITIVE, IDS, PARTS].into_iter().chain(issuers.iter().map(|issuer| issuer.name));
        let lines: Vec<_> = names.map(|name| line(name, &times)).collect();
        report.table(&["", "ns", "÷ floor", "÷ jsonwebtoken"], &lines);
        let what = format!("{algorithm}: issuing ÷ ids, serialization, and primitive");
        report.ratio(&what, &times, OURS, FLOOR, 1.1, "base64 counts as serialization");
        let what = format!("{algorithm}: issuing ÷ `jsonwebtoken::encode`");
        report.ratio(&what, &times, OURS, AWS_LC, goal, "aws_lc_rs, ids included");
    }
    report
}

fn measure(algorithm: Algorithm, issuers: &[Issuer], rounds: usize) -> Times {
    let identities: Vec<String> = (0..TOKENS).map(|index| format!("user-{index:04}")).collect();
    let manager = manager(algorithm);
    for issuer in issuers {
        let Some(issue) = &issuer.issue else { continue };
        let sample = Sample::new(issue(&identities[0]));
        let checked = manager.check(&sample.request, &Policy::access());
        assert!(checked.is_ok(), "{} issues {}", issuer.name, sample.token);
    }
    let sample = Sample::new(manager.access_token(&identities[0]).encode().expect("a token"));
    let (message, _) = sample.parts();
    let signer = keys::signer(algorithm);
    let sign = |message| signer.sign(black_box(message), |signature| _ = black_box(signature));
    let mut bench = Bench::new(format!("{algorithm}, issuing"));
    bench.case(PRIMITIVE, &identities, |_| sign(message));
    bench.case(IDS, &identities, |_| issuers::id());
    bench.case(PARTS, &identities, |sub| (serde_json::to_vec(&Claims::new(sub)), sign(message)));
    for issuer in issuers {
        if let Some(issue) = &issuer.issue {
            bench.case(issuer.name, &identities, |sub| issue(sub));
        }
    }
    bench.measure(rounds)
}

fn line(name: &str, measured: &Times) -> Vec<String> {
    vec![
        name.to_owned(),
        ns(measured.median(name)),
        times(measured.ratio(name, FLOOR)),
        times(measured.ratio(name, AWS_LC)),
    ]
}
