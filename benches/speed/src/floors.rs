use std::hint::black_box;

use bench_common::floor::{Claims, Floor, LONGEST, SameParse};
use jwt_core::Algorithm;

use crate::contender::Contender;
use crate::keys;
use crate::sample::Sample;

pub const PRIMITIVE: &str = "primitive: aws-lc";
pub const SAME_PARSE: &str = "floor: primitive and the same parse, aws-lc";
pub const SHA2: &str = "floor: primitive and the same parse, sha2";

/// The minimal work that every verifier has to do. A payload that is too large for the buffer on the stack gets one on
/// the heap.
pub fn all(algorithm: Algorithm, like: &Sample) -> Vec<Contender> {
    let is_short = like.token.split('.').nth(1).is_some_and(|payload| payload.len() <= LONGEST);
    let primitive = primitive_of(algorithm);
    if algorithm == Algorithm::HS256 {
        let secret = keys::SECRET.as_bytes();
        let sha2 = Floor::sha2(secret);
        return vec![
            primitive,
            hs256(SAME_PARSE, Floor::aws_lc(secret), is_short),
            self::primitive("primitive: sha2", move |message, signature| sha2.verify(message, signature)),
            hs256(SHA2, Floor::sha2(secret), is_short),
        ];
    }
    let same = SameParse::like(&like.token, keys::verifier(algorithm)).expect("three segments");
    let same =
        floor(
            SAME_PARSE,
            move |token| {
                if is_short { same.check(token, seen) } else { same.check_long(token, seen) }
            },
        );
    vec![primitive, same]
}

pub fn primitive_of(algorithm: Algorithm) -> Contender {
    let verifier = keys::verifier(algorithm);
    primitive(PRIMITIVE, move |message, signature| verifier.verify(message, signature))
}

fn primitive(name: &'static str, verify: impl Fn(&[u8], &[u8]) -> bool + 'static) -> Contender {
    let check = move |sample: &Sample| {
        let (message, signature) = sample.parts();
        verify(message, signature)
    };
    Contender::new(name, check).note("the signature alone")
}

fn hs256(name: &'static str, hs256: Floor, is_short: bool) -> Contender {
    floor(name, move |token| if is_short { hs256.check(token, seen) } else { hs256.check_long(token, seen) })
}

fn floor(name: &'static str, check: impl Fn(&[u8]) -> Option<()> + 'static) -> Contender {
    let check = move |sample: &Sample| check(sample.token.as_bytes()).is_some();
    Contender::new(name, check).note("one header, flat claims, no `iat`")
}

fn seen(claims: &Claims<'_>) {
    black_box(claims);
}
