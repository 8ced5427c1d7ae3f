use std::hint::black_box;

use jwt_core::Algorithm;
use jwt_simple::prelude::*;

use crate::contender::{Check, Contender};
use crate::issuers::{self, Issue, LIFETIME};
use crate::keys;

/// Claims for which the library has no fields.
#[derive(Debug, Deserialize, Serialize)]
pub struct Custom {
    pub fresh: bool,
    #[serde(rename = "type")]
    pub kind: String,
}

pub fn contender(algorithm: Algorithm) -> Contender {
    let secret = keys::SECRET.as_bytes();
    let pem = || keys::pem(algorithm).expect("a key pair").1;
    let options = VerificationOptions {
        time_tolerance: Some(Duration::from_secs(0)),
        ..VerificationOptions::default()
    };
    macro_rules! with {
        ($key:expr) => {{
            let key = $key;
            let check: Check = Box::new(move |sample| {
                let claims = key.verify_token::<Custom>(&sample.token, Some(options.clone()));
                black_box(&claims).as_ref().is_ok_and(|claims| claims.custom.kind == "access")
            });
            Some(check)
        }};
    }
    macro_rules! public {
        ($key:ident) => {
            with!($key::from_pem(pem()).expect("a public key"))
        };
    }
    let check = match algorithm {
        Algorithm::HS256 => with!(HS256Key::from_bytes(secret)),
        Algorithm::HS384 => with!(HS384Key::from_bytes(secret)),
        Algorithm::HS512 => with!(HS512Key::from_bytes(secret)),
        Algorithm::RS256 => public!(RS256PublicKey),
        Algorithm::RS384 => public!(RS384PublicKey),
        Algorithm::RS512 => public!(RS512PublicKey),
        Algorithm::PS256 => public!(PS256PublicKey),
        Algorithm::PS384 => public!(PS384PublicKey),
        Algorithm::PS512 => public!(PS512PublicKey),
        Algorithm::ES256 => public!(ES256PublicKey),
        Algorithm::ES384 => public!(ES384PublicKey),
        Algorithm::EdDSA => public!(Ed25519PublicKey),
        _ => None,
    };
    Contender::of("jwt-simple", check)
}

pub fn issue(algorithm: Algorithm) -> Option<Issue> {
    macro_rules! with {
        ($key:expr, $sign:ident) => {{
            let key = $key;
            Some(Box::new(move |sub| {
                let custom = Custom { fresh: false, kind: "access".to_owned() };
                let claims = Claims::with_custom_claims(custom, Duration::from_secs(LIFETIME as u64));
                let claims = claims.with_subject(sub).with_jwt_id(issuers::id());
                key.$sign(claims).expect("a token")
            }))
        }};
    }
    let pem = || keys::pem(algorithm).expect("a key pair").0;
    match algorithm {
        Algorithm::HS256 => with!(HS256Key::from_bytes(keys::SECRET.as_bytes()), authenticate),
        Algorithm::RS256 => with!(RS256KeyPair::from_pem(pem()).expect("a private key"), sign),
        Algorithm::ES256 => with!(ES256KeyPair::from_pem(pem()).expect("a private key"), sign),
        Algorithm::EdDSA => with!(Ed25519KeyPair::from_pem(pem()).expect("a private key"), sign),
        _ => None,
    }
}
