//! The RustCrypto backend.

use std::sync::Arc;

use getrandom::SysRng;
use hmac::Hmac;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::signature::{RandomizedSigner, SignatureEncoding, Signer, Verifier};
use rsa::{BoxedUint, pkcs1v15, pss};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::der::{ed25519_seed, rsa_public_of};
use super::hmac::{HmacKey, HmacSha256};
use super::material::{Material, Private};
use super::prepared::{Prepared, PreparedSigner, Signature};
use crate::algorithm::{Algorithm, Curve, Family};

pub(super) fn verifier(algorithm: Algorithm, key: &Material) -> Option<Arc<dyn Prepared>> {
    Some(match (algorithm.family(), key) {
        (Family::Hmac, Material::Secret(secret)) => match algorithm {
            Algorithm::HS256 => Arc::new(HmacSha256::new(secret)?),
            Algorithm::HS384 => Arc::new(HmacKey::<Hmac<Sha384>>::new(secret)?),
            Algorithm::HS512 => Arc::new(HmacKey::<Hmac<Sha512>>::new(secret)?),
            _ => return None,
        },
        (Family::Rsa, Material::Rsa { n, e }) => {
            let number = BoxedUint::from_be_slice_vartime;
            let key = rsa::PublicKey::new(number(n), number(e)).ok()?;
            match algorithm {
                Algorithm::RS256 => public(pkcs1v15::VerifyingKey::<Sha256>::new(key)),
                Algorithm::RS384 => public(pkcs1v15::VerifyingKey::<Sha384>::new(key)),
                Algorithm::RS512 => public(pkcs1v15::VerifyingKey::<Sha512>::new(key)),
                Algorithm::PS256 => public(pss::VerifyingKey::<Sha256>::new(key)),
                Algorithm::PS384 => public(pss::VerifyingKey::<Sha384>::new(key)),
                Algorithm::PS512 => public(pss::VerifyingKey::<Sha512>::new(key)),
                _ => return None,
            }
        }
        (Family::Ec(Curve::P256), Material::Ec { curve: Curve::P256, point }) => {
            public::<_, p256::ecdsa::Signature>(p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?)
        }
        (Family::Ec(Curve::P384), Material::Ec { curve: Curve::P384, point }) => {
            public::<_, p384::ecdsa::Signature>(p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?)
        }
        (Family::Ed25519, Material::Ed25519(key)) => {
            Arc::new(EdKey(ed25519_dalek::VerifyingKey::from_bytes(key).ok()?))
        }
        _ => return None,
    })
}

pub(super) fn signer(algorithm: Algorithm, key: &Private) -> Option<(Arc<dyn PreparedSigner>, Material)> {
    let der = match key {
        Private::Secret(secret) => {
            let key: Arc<dyn PreparedSigner> = match algorithm {
                Algorithm::HS256 => Arc::new(HmacSha256::new(secret)?),
                Algorithm::HS384 => Arc::new(HmacKey::<Hmac<Sha384>>::new(secret)?),
                Algorithm::HS512 => Arc::new(HmacKey::<Hmac<Sha512>>::new(secret)?),
                _ => return None,
            };
            return Some((key, Material::Secret(secret.clone())));
        }
        Private::Pkcs8(der) => der,
    };
    Some(match algorithm.family() {
        Family::Hmac => return None,
        Family::Rsa => {
            let key = rsa::PrivateKey::from_pkcs8_der(der).ok()?;
            let signer: Arc<dyn PreparedSigner> = match algorithm {
                Algorithm::RS256 => randomized(pkcs1v15::SigningKey::<Sha256>::new(key)),
                Algorithm::RS384 => randomized(pkcs1v15::SigningKey::<Sha384>::new(key)),
                Algorithm::RS512 => randomized(pkcs1v15::SigningKey::<Sha512>::new(key)),
                Algorithm::PS256 => randomized(pss::SigningKey::<Sha256>::new(key)),
                Algorithm::PS384 => randomized(pss::SigningKey::<Sha384>::new(key)),
                Algorithm::PS512 => randomized(pss::SigningKey::<Sha512>::new(key)),
                _ => return None,
            };
            (signer, rsa_public_of(der)?)
        }
        Family::Ec(Curve::P256) => {
            let key = p256::ecdsa::SigningKey::from_pkcs8_der(der).ok()?;
            let point = key.verifying_key().to_sec1_point(false).as_bytes().into();
            (deterministic::<_, p256::ecdsa::Signature>(key), Material::Ec { curve: Curve::P256, point })
        }
        Family::Ec(Curve::P384) => {
            let key = p384::ecdsa::SigningKey::from_pkcs8_der(der).ok()?;
            let point = key.verifying_key().to_sec1_point(false).as_bytes().into();
            (deterministic::<_, p384::ecdsa::Signature>(key), Material::Ec { curve: Curve::P384, point })
        }
        Family::Ed25519 => {
            let key = ed25519_dalek::SigningKey::from_bytes(&*ed25519_seed(der)?);
            let public = Material::Ed25519(key.verifying_key().to_bytes());
            (deterministic::<_, ed25519_dalek::Signature>(key), public)
        }
    })
}

pub(super) fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

struct PublicKey<K, S> {
    key: K,
    signature: std::marker::PhantomData<fn() -> S>,
}

fn public<K, S>(key: K) -> Arc<dyn Prepared>
where
    K: Verifier<S> + Send + Sync + 'static,
    S: for<'a> TryFrom<&'a [u8]> + 'static,
{
    Arc::new(PublicKey { key, signature: std::marker::PhantomData })
}

impl<K, S> Prepared for PublicKey<K, S>
where
    K: Verifier<S> + Send + Sync,
    S: for<'a> TryFrom<&'a [u8]>,
{
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        S::try_from(signature).is_ok_and(|signature| self.key.verify(message, &signature).is_ok())
    }
}

struct EdKey(ed25519_dalek::VerifyingKey);

impl Prepared for EdKey {
    /// Also rejects keys and commitments of small order.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

/// RSA. PSS needs random bytes, and both schemes use them to blind the private key.
struct Randomized<K, S> {
    key: K,
    signature: std::marker::PhantomData<fn() -> S>,
}

fn randomized<K, S>(key: K) -> Arc<dyn PreparedSigner>
where
    K: RandomizedSigner<S> + Send + Sync + 'static,
    S: SignatureEncoding + 'static,
{
    Arc::new(Randomized { key, signature: std::marker::PhantomData })
}

impl<K, S> PreparedSigner for Randomized<K, S>
where
    K: RandomizedSigner<S> + Send + Sync,
    S: SignatureEncoding,
{
    fn sign(&self, message: &[u8]) -> Option<Signature> {
        Some(self.key.try_sign_with_rng(&mut SysRng, message).ok()?.to_bytes().as_ref().into())
    }
}

/// ECDSA as in RFC 6979, and Ed25519, which is deterministic anyway.
struct Deterministic<K, S> {
    key: K,
    signature: std::marker::PhantomData<fn() -> S>,
}

fn deterministic<K, S>(key: K) -> Arc<dyn PreparedSigner>
where
    K: Signer<S> + Send + Sync + 'static,
    S: SignatureEncoding + 'static,
{
    Arc::new(Deterministic { key, signature: std::marker::PhantomData })
}

impl<K, S> PreparedSigner for Deterministic<K, S>
where
    K: Signer<S> + Send + Sync,
    S: SignatureEncoding,
{
    fn sign(&self, message: &[u8]) -> Option<Signature> {
        Some(self.key.try_sign(message).ok()?.to_bytes().as_ref().into())
    }
}
