use std::hint::black_box;

use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use jwt_compact::alg::{
    Ed25519, Es256, Hs256, Hs256Key, Hs384, Hs384Key, Hs512, Hs512Key, Rsa, RsaPrivateKey, RsaPublicKey,
};
use jwt_compact::prelude::*;
use jwt_core::Algorithm;
use serde::{Deserialize, Serialize};

use crate::contender::{Check, Contender};
use crate::issuers::{self, Issue, LIFETIME};
use crate::keys;

/// Claims for which the library has no fields.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Custom {
    pub fresh: bool,
    pub jti: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub sub: String,
}

pub fn contender(algorithm: Algorithm) -> Contender {
    let pem = || keys::pem(algorithm).expect("a key pair").1;
    let check = match algorithm {
        Algorithm::HS256 => with(Hs256, Hs256Key::new(keys::SECRET)),
        Algorithm::HS384 => with(Hs384, Hs384Key::new(keys::SECRET)),
        Algorithm::HS512 => with(Hs512, Hs512Key::new(keys::SECRET)),
        Algorithm::ES256 => {
            with(Es256, p256::ecdsa::VerifyingKey::from_public_key_pem(pem()).expect("a public key"))
        }
        Algorithm::EdDSA => {
            with(Ed25519, ed25519_dalek::VerifyingKey::from_public_key_pem(pem()).expect("a public key"))
        }
        Algorithm::ES384 => return Contender::of("jwt-compact", None),
        rsa => with(
            Rsa::with_name(rsa.as_str()),
            RsaPublicKey::from_public_key_pem(pem()).expect("a public key"),
        ),
    };
    Contender::of("jwt-compact", Some(check)).note("checks neither `typ` nor `iat`")
}

fn with<A: jwt_compact::Algorithm + 'static>(algorithm: A, key: A::VerifyingKey) -> Check
where
    A::VerifyingKey: 'static,
{
    let times = TimeOptions::from_leeway(chrono::TimeDelta::zero());
    Box::new(move |sample| {
        let Ok(token) = UntrustedToken::new(&sample.token) else { return false };
        let Ok(token) = algorithm.validator::<Custom>(&key).validate(&token) else { return false };
        let claims = black_box(&token).claims();
        let in_time = claims.validate_expiration(&times).and_then(|claims| claims.validate_maturity(&times));
        in_time.is_ok() && claims.custom.kind == "access"
    })
}

pub fn issue(algorithm: Algorithm) -> Option<Issue> {
    let pem = || keys::pem(algorithm).expect("a key pair").0;
    Some(match algorithm {
        Algorithm::HS256 => issue_with(Hs256, Hs256Key::new(keys::SECRET)),
        Algorithm::RS256 => {
            issue_with(Rsa::rs256(), RsaPrivateKey::from_pkcs8_pem(pem()).expect("a private key"))
        }
        Algorithm::ES256 => {
            issue_with(Es256, p256::ecdsa::SigningKey::from_pkcs8_pem(pem()).expect("a private key"))
        }
        Algorithm::EdDSA => {
            issue_with(Ed25519, ed25519_dalek::SigningKey::from_pkcs8_pem(pem()).expect("a private key"))
        }
        _ => return None,
    })
}

fn issue_with<A: jwt_compact::Algorithm + 'static>(algorithm: A, key: A::SigningKey) -> Issue
where
    A::SigningKey: 'static,
{
    let (times, lifetime) = (TimeOptions::default(), chrono::TimeDelta::seconds(LIFETIME));
    let header = Header::empty().with_token_type("JWT");
    Box::new(move |sub| {
        let (jti, kind) = (issuers::id().to_string(), "access".to_owned());
        let claims = Claims::new(Custom { fresh: false, jti, kind, sub: sub.to_owned() });
        let claims = claims.set_duration_and_issuance(&times, lifetime);
        let nbf = claims.issued_at.expect("it was set");
        algorithm.token(&header, &claims.set_not_before(nbf), &key).expect("a token")
    })
}
