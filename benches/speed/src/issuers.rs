//! The libraries that issue tokens, and the minimal work that every issuer has to do.

use base64_simd::URL_SAFE_NO_PAD;
use jwt_core::{Algorithm, JwtManager};
use serde::Serialize;
use uuid::Uuid;

use crate::sample::manager;
use crate::{keys, peers};

/// The lifetime of tokens, in seconds.
pub const LIFETIME: i64 = 900;

pub const OURS: &str = "jwt-core: access_token, encode";
pub const FLOOR: &str = "floor: ids, serialization, base64, primitive";
pub const PARTS: &str = "ids, serialization, primitive";

pub struct Issuer {
    pub name: &'static str,
    /// `None` if the library lacks the algorithm.
    pub issue: Option<Issue>,
}

pub type Issue = Box<dyn Fn(&str) -> String>;

/// The claims of this library's tokens in their order, as an application's type.
#[derive(Serialize)]
pub struct Claims<'a> {
    fresh: bool,
    iat: i64,
    jti: Uuid,
    #[serde(rename = "type")]
    kind: &'static str,
    sub: &'a str,
    nbf: i64,
    exp: i64,
}

impl<'a> Claims<'a> {
    pub fn new(sub: &'a str) -> Self {
        let now = std::time::UNIX_EPOCH.elapsed().expect("a clock that is set").as_secs() as i64;
        Self { fresh: false, iat: now, jti: id(), kind: "access", sub, nbf: now, exp: now + LIFETIME }
    }
}

/// Returns a version 4 UUID from the operating system's generator, as jwt-core does.
pub fn id() -> Uuid {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("random bytes");
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

pub fn all(algorithm: Algorithm) -> Vec<Issuer> {
    let manager = manager(algorithm);
    let like = manager.access_token("user-0000").encode().expect("a token");
    let mut all = vec![ours(manager), floor(algorithm, &like)];
    all.extend([
        Issuer {
            name: peers::jsonwebtoken::AWS_LC,
            issue: Some(peers::jsonwebtoken::issue(algorithm, false)),
        },
        Issuer {
            name: peers::jsonwebtoken::RUST_CRYPTO,
            issue: Some(peers::jsonwebtoken::issue(algorithm, true)),
        },
        Issuer { name: "jwt-simple", issue: peers::jwt_simple::issue(algorithm) },
        Issuer { name: "jwt-compact", issue: peers::jwt_compact::issue(algorithm) },
    ]);
    all
}

fn ours(manager: JwtManager) -> Issuer {
    let issue = move |sub: &str| manager.access_token(sub).encode().expect("a token");
    Issuer { name: OURS, issue: Some(Box::new(issue)) }
}

/// Handwritten for these claims and this header.
fn floor(algorithm: Algorithm, like: &str) -> Issuer {
    let signer = keys::signer(algorithm);
    let header = like.split_inclusive('.').next().expect("a header").to_owned();
    let length = like.len() + 2;
    let issue = move |sub: &str| {
        let mut text = String::with_capacity(length);
        text.push_str(&header);
        URL_SAFE_NO_PAD.encode_append(serde_json::to_vec(&Claims::new(sub)).expect("JSON"), &mut text);
        signer.finish(&mut text).expect("a signature");
        text
    };
    Issuer { name: FLOOR, issue: Some(Box::new(issue)) }
}
