//! Key rings, and the ways in which tokens select one of the keys.

use jwt_core::keys::{KeyRing, SigningKey, VerifyingKey};
use jwt_core::{Algorithm, Config, JwtManager};

use crate::harness::Bench;
use crate::ours;
use crate::report::{Report, ns, times};
use crate::sample::{Sample, tokens};

const SIZES: [usize; 3] = [1, 10, 100];

pub const EXPLANATION: &str = "Nanoseconds, and the ratio to a ring with one key and a token with its `kid`. Without \
    a `kid`, the first eight keys of the token's `alg` are tried.";

/// A name, tokens for a ring with this many keys, and whether the tokens are accepted.
type Case<'a> = (&'static str, &'a dyn Fn(usize) -> Vec<Sample>, bool);

/// A case, with the nanoseconds for each size and the ratio to the smallest ring in the first case.
pub type Line = (&'static str, [(usize, f64, f64); SIZES.len()]);

pub fn run(rounds: usize) -> Report {
    let mut report = Report::default();
    report.heading("HS256: rings of keys, jwt-core's check");
    report.paragraph(EXPLANATION);
    table(&mut report, &measure(rounds));
    report
}

pub fn table(report: &mut Report, lines: &[Line]) {
    let cell =
        |(_, median, ratio): (usize, f64, f64)| format!("{} ({})", ns(Some(median)), times(Some(ratio)));
    let line = |(name, sizes): &Line| {
        [(*name).to_owned()].into_iter().chain(sizes.iter().copied().map(cell)).collect()
    };
    report.table(&["", "1 key", "10 keys", "100 keys"], &lines.iter().map(line).collect::<Vec<_>>());
}

pub fn measure(rounds: usize) -> Vec<Line> {
    let last = |size: usize| signed_by(size - 1, true);
    let cases: [Case<'_>; 4] = [
        ("`kid` of the last key", &last, true),
        ("no `kid`, signed with the first key", &|_| signed_by(0, false), true),
        ("no `kid`, signed with an unknown key: rejected", &|size| signed_by(size, false), false),
        ("unknown `kid`: rejected", &|size| signed_by(size, true), false),
    ];
    let samples = cases.map(|(_, samples, _)| SIZES.map(samples));
    let checks = SIZES.map(|size| ours::check(ring(size)));
    let mut bench = Bench::new("HS256, rings");
    for ((name, _, accepted), samples) in cases.iter().zip(&samples) {
        for ((size, check), samples) in SIZES.iter().zip(&checks).zip(samples) {
            let (good, bad) = if *accepted { (&samples[..], &[][..]) } else { (&[][..], &samples[..]) };
            check.prove(good, bad);
            let check = check.check.as_ref().expect("ours");
            bench.case(format!("{name}, {size}"), samples, check);
        }
    }
    let measured = bench.measure(rounds);
    let reference = format!("{}, 1", cases[0].0);
    let figures = |name: &str, size| {
        let case = format!("{name}, {size}");
        let figures = measured.median(&case).zip(measured.ratio(&case, &reference));
        figures.map(|(median, ratio)| (size, median, ratio)).expect("it was measured")
    };
    cases.map(|(name, _, _)| (name, SIZES.map(|size| figures(name, size)))).into()
}

fn secret(index: usize) -> String {
    format!("{index:04}-7Q0n3vYt1mZr5xLw8cJb2dKe6hFgPsAu")
}

fn ring(size: usize) -> JwtManager {
    let key = |index| VerifyingKey::from_secret(Algorithm::HS256, secret(index)).expect("a secret");
    let ring = (0..size).fold(KeyRing::verifying_only(), |ring, index| {
        ring.with_verifying_key(key(index).with_id(format!("key-{index:04}")))
    });
    JwtManager::builder(Config::default()).keys(ring).build().expect("a manager")
}

fn signed_by(index: usize, named: bool) -> Vec<Sample> {
    let builder = JwtManager::builder(Config::default());
    let builder = if named {
        let key = SigningKey::from_secret(Algorithm::HS256, secret(index)).expect("a secret");
        builder.keys(KeyRing::new(key.with_id(format!("key-{index:04}"))))
    } else {
        builder.secret(secret(index))
    };
    tokens(&builder.build().expect("a manager"), 0)
}
