//! Access tokens of a provider, checked with the keys that it publishes.

use std::hint::black_box;
use std::path::PathBuf;

use bench_common::floor::SameParse;
use bench_common::page::Place;
use bench_common::table;
use bench_http::Result;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::Response;
use http::header::CACHE_CONTROL;
use jwt_core::keys::KeySet;
use jwt_core::{Algorithm, BoxError, Config, Issuer, JwtManager};
use jwt_jwks::{Fetch, FetchRequest, RemoteIssuer};

use crate::contender::Contender;
use crate::floors::{self, PRIMITIVE, SAME_PARSE};
use crate::harness::{Bench, Times};
use crate::peers::cached::{self, CACHED};
use crate::peers::oauth_resource_server::{self, VALIDATOR};
use crate::provider::{ALGORITHMS, AUDIENCE, NAME, jwks, misused, tokens};
use crate::report::{Report, noted};
use crate::verify::cell;
use crate::{keys, ours, versions};

const REMOTE: &str = "jwt-core: check, complete_now, fetched keys";
const IN_MEMORY: &str = "jwt-core: check, complete_now, keys in memory";

const EXPLANATION: &str = "Nanoseconds, and the ratio to the floor. The access tokens have nine claims (RFC 9068) and a \
    `kid`, and the provider publishes three keys. All check signature, `typ`, `iss`, `aud`, and `exp`; jwt-core also \
    finds the token in an HTTP request. Nothing is fetched meanwhile.";

/// The packages that have a part in it.
const PACKAGES: [&str; 9] = [
    "arc-swap",
    "aws-lc-rs",
    "aws-lc-sys",
    "jsonwebtoken",
    "jwt-core",
    "jwt-jwks",
    "oauth-resource-server",
    "ring",
    "serde_json",
];

#[derive(clap::Args)]
pub struct Options {
    /// How often each case is measured.
    #[arg(long, default_value_t = 61)]
    rounds: usize,
    /// The page with the table, which is between `<!-- remote -->` and `<!-- /remote -->`.
    #[arg(long, value_name = "FILE", default_value = "jwt-core/src/guide/speed_remote.md")]
    page: PathBuf,
}

pub fn run(options: &Options) -> Result<()> {
    let place = Place::find(&options.page, "remote")?;
    let section = section(&measure(options.rounds));
    print!("{section}");
    Ok(place.fill(&section)?)
}

/// The table and the goals, with the versions.
pub fn section(report: &Report) -> String {
    format!("{}{}\n{}", versions::of(&PACKAGES, None), report.text, table::markdown(&report.rows))
}

pub fn titled(measured: Report) -> Report {
    let mut report = Report::default();
    report.heading("Tokens of a provider");
    report.paragraph(EXPLANATION);
    report.add(measured);
    report
}

pub fn measure(rounds: usize) -> Report {
    let mut report = Report::default();
    let measured = ALGORITHMS.map(|algorithm| (algorithm, of_algorithm(algorithm, rounds)));
    let [(_, (contenders, _)), ..] = &measured;
    let line = |contender: &Contender| {
        let cells = measured.iter().map(|(_, (_, times))| cell(contender.name, times));
        [noted(contender.name, contender.note)].into_iter().chain(cells).collect()
    };
    let head: Vec<_> =
        [""].into_iter().chain(ALGORITHMS.iter().map(|algorithm| algorithm.as_str())).collect();
    report.table(&head, &contenders.iter().map(line).collect::<Vec<_>>());
    for (algorithm, (_, times)) in &measured {
        goals(*algorithm, times, &mut report);
    }
    report
}

fn of_algorithm(algorithm: Algorithm, rounds: usize) -> (Vec<Contender>, Times) {
    let good = tokens(algorithm);
    // A rejected token can make a contender look for newer keys, so those that are measured have seen none.
    for contender in all(algorithm) {
        contender.prove(&good, &[good[0].damaged()]);
        if contender.name != PRIMITIVE {
            contender.prove(&[], &misused(algorithm));
        }
    }
    let contenders = all(algorithm);
    let mut bench = Bench::new(format!("{algorithm}, tokens of a provider"));
    for contender in &contenders {
        contender.prove(&good, &[]);
        if let Some(check) = &contender.check {
            bench.case(contender.name, &good, check);
        }
    }
    let measured = bench.measure(rounds);
    (contenders, measured)
}

fn all(algorithm: Algorithm) -> Vec<Contender> {
    let jwks = jwks();
    vec![
        ours::completed(REMOTE, manager(fetched(jwks.clone()))),
        ours::completed(IN_MEMORY, manager(Issuer::new(NAME, KeySet::from_jwks(&jwks).expect("keys")))),
        floors::primitive_of(algorithm),
        floor(algorithm),
        oauth_resource_server::contender(algorithm, &jwks),
        cached::contender(&jwks),
    ]
}

fn manager(issuer: Issuer) -> JwtManager {
    let issuer = issuer.audience(AUDIENCE).rfc9068();
    JwtManager::builder(Config::default()).trusted_issuer(issuer).build().expect("a manager")
}

/// The documents of the provider. They stay fresh for as long as the measurement takes.
struct Published(String);

impl Fetch for Published {
    async fn get(&self, _: FetchRequest) -> std::result::Result<Response<Bytes>, BoxError> {
        Ok(Response::builder().header(CACHE_CONTROL, "max-age=3600").body(self.0.clone().into())?)
    }
}

fn fetched(jwks: String) -> Issuer {
    let login = RemoteIssuer::jwks(NAME, "https://login.example/keys").fetch(Published(jwks)).build();
    let login = login.expect("an issuer");
    // Without a runtime, the caller carries out the fetch.
    login.ready().now_or_never().expect("no waiting").expect("keys");
    login.issuer()
}

/// Its key is prepared, and it accepts the header of this key alone.
fn floor(algorithm: Algorithm) -> Contender {
    let like = &tokens(algorithm)[0].token;
    let same = SameParse::like(like, keys::verifier(algorithm)).expect("three segments");
    Contender::new(SAME_PARSE, move |sample| {
        let token = sample.token.as_bytes();
        same.check_provider(token, (NAME, AUDIENCE), |claims| _ = black_box(claims)).is_some()
    })
    .note("one header, flat claims, no `iat`")
}

fn goals(algorithm: Algorithm, measured: &Times, report: &mut Report) {
    let name = format!("{algorithm}, fetched keys: check");
    let what = format!("{name} ÷ primitive and the same parse");
    report.ratio(&what, measured, REMOTE, SAME_PARSE, 1.05, "aws-lc");
    let what = format!("{name} ÷ `jsonwebtoken::decode` behind a cache");
    report.ratio(&what, measured, REMOTE, CACHED, 1.0, "version 12, aws_lc_rs");
    let what = format!("{name} ÷ oauth-resource-server's validator");
    report.ratio(&what, measured, REMOTE, VALIDATOR, 1.0, "ring");
}
