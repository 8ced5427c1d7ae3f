use std::hint::black_box;

use bench_common::floor::{Claims, Floor, SameParse};
use jwt_core::Algorithm;

use crate::contender::Contender;
use crate::keys;
use crate::sample::Sample;

pub const PRIMITIVE: &str = "primitive: aws-lc";
pub const SAME_PARSE: &str = "floor: primitive and the same parse, aws-lc";
pub const SHA2: &str = "floor: primitive and the same parse, sha2";

/// What nobody can do without. Payloads that no buffer on the stack holds get one on the heap.
pub fn all(algorithm: Algorithm, like: &Sample) -> Vec<Contender> {
    let is_short = like.token.len() <= 512;
    let verifier = keys::verifier(algorithm);
    let primitive = Contender::new(PRIMITIVE, move |sample| {
        let (message, signature) = sample.parts();
        verifier.verify(message, signature)
    });
    let mut all = vec![primitive.note("the signature alone")];
    if algorithm == Algorithm::HS256 {
        let secret = keys::SECRET.as_bytes();
        all.push(hs256(SAME_PARSE, Floor::aws_lc(secret), is_short));
        let sha2 = Floor::sha2(secret);
        all.push(Contender::new("primitive: sha2", move |sample| {
            let (message, signature) = sample.parts();
            sha2.verify(message, signature)
        }));
        all.push(hs256(SHA2, Floor::sha2(secret), is_short));
    } else {
        let same = SameParse::like(&like.token, keys::verifier(algorithm)).expect("three segments");
        all.push(Contender::new(SAME_PARSE, move |sample| {
            let token = sample.token.as_bytes();
            if is_short { same.check(token, seen) } else { same.check_long(token, seen) }.is_some()
        }));
    }
    all
}

fn hs256(name: &'static str, floor: Floor, is_short: bool) -> Contender {
    Contender::new(name, move |sample| {
        let token = sample.token.as_bytes();
        if is_short { floor.check(token, seen) } else { floor.check_long(token, seen) }.is_some()
    })
}

fn seen(claims: &Claims<'_>) {
    black_box(claims);
}
