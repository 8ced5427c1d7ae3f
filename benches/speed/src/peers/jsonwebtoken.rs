//! A process can only have one provider, so this module uses a flag to choose between the two.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

use jsonwebtoken::crypto::{CryptoProvider, KeyUtils, aws_lc, rust_crypto};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
use jwt_core::Algorithm;

use super::Claims;
use crate::contender::Contender;
use crate::issuers::{self, Issue};
use crate::keys;

pub const AWS_LC: &str = "jsonwebtoken: aws_lc_rs";
pub const RUST_CRYPTO: &str = "jsonwebtoken: rust_crypto";

static RUST: AtomicBool = AtomicBool::new(false);

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| (provider().signer_factory)(algorithm, key),
    verifier_factory: |algorithm, key| (provider().verifier_factory)(algorithm, key),
    key_utils: KeyUtils::new_unimplemented(),
};

fn provider() -> &'static CryptoProvider {
    if RUST.load(Ordering::Relaxed) { &rust_crypto::DEFAULT_PROVIDER } else { &aws_lc::DEFAULT_PROVIDER }
}

/// Must be called once per process, before the first token.
pub fn install() {
    PROVIDER.install_default().expect("the first provider");
}

pub fn aws_lc(algorithm: Algorithm) -> Contender {
    contender(AWS_LC, algorithm, false)
}

pub fn rust_crypto(algorithm: Algorithm) -> Contender {
    contender(RUST_CRYPTO, algorithm, true)
}

fn contender(name: &'static str, algorithm: Algorithm, rust: bool) -> Contender {
    let key = match keys::pem(algorithm) {
        None => DecodingKey::from_secret(keys::SECRET.as_bytes()),
        Some((_, public)) => match algorithm {
            Algorithm::ES256 | Algorithm::ES384 => DecodingKey::from_ec_pem(public.as_bytes()),
            Algorithm::EdDSA => DecodingKey::from_ed_pem(public.as_bytes()),
            _ => DecodingKey::from_rsa_pem(public.as_bytes()),
        }
        .expect("a public key"),
    };
    let mut validation = Validation::new(algorithm.as_str().parse().expect("it has them all"));
    validation.leeway = 0;
    validation.validate_nbf = true;
    Contender::new(name, move |sample| {
        RUST.store(rust, Ordering::Relaxed);
        let token = decode::<Claims>(&sample.token, &key, &validation);
        black_box(&token).as_ref().is_ok_and(|token| token.claims.kind == "access")
    })
    .note("checks neither `typ` nor `iat`")
}

pub fn issue(algorithm: Algorithm, rust: bool) -> Issue {
    let key = match keys::pem(algorithm) {
        None => EncodingKey::from_secret(keys::SECRET.as_bytes()),
        Some((private, _)) => match algorithm {
            Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_pem(private.as_bytes()),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(private.as_bytes()),
            _ => EncodingKey::from_rsa_pem(private.as_bytes()),
        }
        .expect("a private key"),
    };
    let header = Header::new(algorithm.as_str().parse().expect("it has them all"));
    Box::new(move |sub| {
        RUST.store(rust, Ordering::Relaxed);
        encode(&header, &issuers::Claims::new(sub), &key).expect("a token")
    })
}
