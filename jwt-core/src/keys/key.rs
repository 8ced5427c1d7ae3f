use std::fmt;
use std::sync::Arc;

use super::backend::Backend;
use super::material::{Material, Private, wanted};
use super::prepared::{Prepared, PreparedSigner, Signature};
use super::secret::Secret;
use super::{der, jwk, pem};
use crate::algorithm::Algorithm;
use crate::error::ConfigError;

/// What a new signing key signs, to see that its parts fit together.
const PROBE: &[u8] = b"probe";

/// A key that verifies signatures of one algorithm, prepared once (RFC 8725, 3.1). Cheap to clone; `Debug` shows
/// nothing of it.
///
/// Its bounds: RSA moduli of 2048 to 8192 bits (4096 with `rust-crypto`), odd, with an odd exponent from 3 to 33 bits; EC
/// points on their curve and not compressed; Ed25519 keys not of small order; secrets as long as the hash.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    id: Option<Box<str>>,
    thumbprint: Option<Box<str>>,
    material: Material,
    prepared: Arc<dyn Prepared>,
}

impl VerifyingKey {
    /// A public key in PEM: `BEGIN PUBLIC KEY`, or of RSA `BEGIN RSA PUBLIC KEY`.
    ///
    /// # Errors
    /// [`ConfigError::Key`] says what was found and what was expected.
    pub fn from_pem(algorithm: Algorithm, pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::new(algorithm, pem::public(algorithm, pem.as_ref())?, Backend::default())
    }

    /// A public key in DER: `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7), or of RSA `RSAPublicKey` (RFC 8017, A.1.1).
    ///
    /// # Errors
    /// [`ConfigError::Key`] says what was found and what was expected.
    pub fn from_der(algorithm: Algorithm, der: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::new(algorithm, der::public(algorithm, der.as_ref())?, Backend::default())
    }

    /// A public JWK (RFC 7517, 4), or one with a secret. Its `kid` becomes the id; its `alg`, `use` and `key_ops`, if
    /// it has them, must permit verifying with this algorithm.
    ///
    /// # Errors
    /// [`ConfigError::Key`] says what was found and what was expected.
    pub fn from_jwk(algorithm: Algorithm, json: impl AsRef<str>) -> Result<Self, ConfigError> {
        let jwk = jwk::verifying(json.as_ref())?;
        agree(algorithm, jwk.algorithm)?;
        if let Material::Secret(secret) = &jwk.key {
            secret.check(algorithm, false)?;
        }
        Ok(Self { id: jwk.id, ..Self::new(algorithm, jwk.key, Backend::default())? })
    }

    /// A secret. In a [`KeyRing`](super::KeyRing) it needs an [id](Self::with_id).
    ///
    /// # Errors
    /// [`ConfigError::ShortSecret`] and [`ConfigError::WellKnownSecret`] if it can be guessed, [`ConfigError::Key`] if
    /// it is a key or the algorithm takes none.
    pub fn from_secret(algorithm: Algorithm, secret: impl Into<Secret>) -> Result<Self, ConfigError> {
        let secret = secret.into();
        let key = Self::new(algorithm, Material::Secret(secret.clone()), Backend::default())?;
        secret.check(algorithm, false).map(|()| key)
    }

    /// Every algorithm that a JWK of a set allows for: the one that it names, or those of its kind.
    pub(super) fn all_of_jwk(json: &str) -> Result<Vec<Self>, ConfigError> {
        let jwk = jwk::verifying(json)?;
        let all: Vec<_> = match jwk.algorithm {
            Some(algorithm) => vec![algorithm],
            None => jwk.key.algorithms().collect(),
        };
        let mut keys = Vec::with_capacity(all.len());
        let mut refused = None;
        for algorithm in all {
            let strong = match &jwk.key {
                Material::Secret(secret) => secret.check(algorithm, false),
                _ => Ok(()),
            };
            match strong.and_then(|()| Self::new(algorithm, jwk.key.clone(), Backend::default())) {
                Ok(key) => keys.push(Self { id: jwk.id.clone(), ..key }),
                Err(error) => refused = Some(error),
            }
        }
        match refused {
            Some(error) if keys.is_empty() => Err(error),
            _ => Ok(keys),
        }
    }

    pub(super) fn new(
        algorithm: Algorithm,
        material: Material,
        backend: Backend,
    ) -> Result<Self, ConfigError> {
        material.check(algorithm, backend)?;
        let thumbprint = jwk::thumbprint(&material, backend);
        let prepared = backend.verifier(algorithm, &material).ok_or_else(|| {
            let found = format!("{} that is damaged", material.family().describe());
            ConfigError::key(found, format!("{}, whole and on its curve", wanted(algorithm)))
        })?;
        Ok(Self { algorithm, id: None, thumbprint, material, prepared })
    }

    /// The same key for another algorithm of its kind.
    pub(crate) fn for_algorithm(&self, algorithm: Algorithm, backend: Backend) -> Result<Self, ConfigError> {
        Ok(Self { id: self.id.clone(), ..Self::new(algorithm, self.material.clone(), backend)? })
    }

    /// The `kid` by which tokens of a [`KeyRing`](super::KeyRing) ask for it, in place of its thumbprint.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The same key, prepared by this library.
    ///
    /// # Errors
    /// [`ConfigError::Key`] if the library does not take it: an RSA key of over 4096 bits.
    pub fn prepared_by(&self, backend: Backend) -> Result<Self, ConfigError> {
        self.for_algorithm(self.algorithm, backend)
    }

    /// The one algorithm it verifies.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its `kid`: the one it was given, or the thumbprint. A secret has none of its own.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref().or(self.thumbprint.as_deref())
    }

    /// The SHA-256 thumbprint of a public key (RFC 7638, 3), in base64url. `None` for a secret, which it would help to
    /// guess.
    #[must_use]
    pub fn thumbprint(&self) -> Option<&str> {
        self.thumbprint.as_deref()
    }

    /// The secret that it is, if it is no public key.
    pub(crate) const fn secret(&self) -> Option<&Secret> {
        match &self.material {
            Material::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    pub(super) const fn material(&self) -> &Material {
        &self.material
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.prepared.verify(message, signature)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// A private key or a secret that signs with one algorithm, prepared once, with the key that verifies what it signs.
/// Cheap to clone; `Debug` shows nothing of it, and what it was read from is wiped.
#[derive(Clone)]
pub struct SigningKey {
    private: Private,
    signer: Arc<dyn PreparedSigner>,
    verifying: VerifyingKey,
}

impl SigningKey {
    /// A private key in PEM: PKCS#8 (`BEGIN PRIVATE KEY`), or of RSA `BEGIN RSA PRIVATE KEY`. `openssl genpkey` writes
    /// PKCS#8.
    ///
    /// # Errors
    /// [`ConfigError::Key`] says what was found and what was expected.
    pub fn from_pem(algorithm: Algorithm, pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::new(algorithm, pem::private(algorithm, pem.as_ref())?, Backend::default())
    }

    /// A private key in DER: PKCS#8 (RFC 5208, 5), or of RSA `RSAPrivateKey` (RFC 8017, A.1.2).
    ///
    /// # Errors
    /// [`ConfigError::Key`] says what was found and what was expected.
    pub fn from_der(algorithm: Algorithm, der: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::new(algorithm, der::private(algorithm, der.as_ref())?, Backend::default())
    }

    /// A private JWK (RFC 7517, 4), or one with a secret. Its `kid` becomes the id; its `alg`, `use` and `key_ops`, if
    /// it has them, must permit signing with this algorithm.
    ///
    /// # Errors
    /// [`ConfigError::Key`] says what was found and what was expected.
    pub fn from_jwk(algorithm: Algorithm, json: impl AsRef<str>) -> Result<Self, ConfigError> {
        let jwk = jwk::signing(json.as_ref())?;
        agree(algorithm, jwk.algorithm)?;
        let (private, public) = jwk.key;
        if let Private::Secret(secret) = &private {
            secret.check(algorithm, false)?;
        }
        public.check(algorithm, Backend::default())?;
        let key = Self::new(algorithm, private, Backend::default())?;
        if jwk::thumbprint(&public, Backend::default()) != key.verifying.thumbprint {
            return Err(mixed_up());
        }
        Ok(match jwk.id {
            Some(id) => key.with_id(id),
            None => key,
        })
    }

    /// A secret. In a [`KeyRing`](super::KeyRing) it needs an [id](Self::with_id).
    ///
    /// # Errors
    /// [`ConfigError::ShortSecret`] and [`ConfigError::WellKnownSecret`] if it can be guessed, [`ConfigError::Key`] if
    /// it is a key or the algorithm takes none.
    pub fn from_secret(algorithm: Algorithm, secret: impl Into<Secret>) -> Result<Self, ConfigError> {
        let secret = secret.into();
        let key = Self::of_secret(algorithm, secret.clone(), Backend::default())?;
        secret.check(algorithm, false).map(|()| key)
    }

    /// Without a look at whether it can be guessed.
    pub(crate) fn of_secret(
        algorithm: Algorithm,
        secret: Secret,
        backend: Backend,
    ) -> Result<Self, ConfigError> {
        Self::new(algorithm, Private::Secret(secret), backend)
    }

    fn new(algorithm: Algorithm, private: Private, backend: Backend) -> Result<Self, ConfigError> {
        if let Private::Secret(secret) = &private {
            Material::Secret(secret.clone()).check(algorithm, backend)?;
        }
        // Before the library refuses it without a word.
        if let Private::Pkcs8(der) = &private
            && let Some(public) = der::rsa_public_of(der)
        {
            public.check(algorithm, backend)?;
        }
        let (signer, public) = backend.signer(algorithm, &private).ok_or_else(mixed_up)?;
        let verifying = VerifyingKey::new(algorithm, public, backend)?;
        let signature = signer.sign(PROBE).ok_or_else(mixed_up)?;
        if verifying.verify(PROBE, signature.as_ref()) {
            Ok(Self { private, signer, verifying })
        } else {
            Err(mixed_up())
        }
    }

    /// The `kid` of tokens that a [`KeyRing`](super::KeyRing) signs with it, in place of its thumbprint.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.verifying = self.verifying.with_id(id);
        self
    }

    /// The same key, prepared by this library.
    ///
    /// # Errors
    /// [`ConfigError::Key`] if the library does not take it: an RSA key of over 4096 bits.
    pub fn prepared_by(&self, backend: Backend) -> Result<Self, ConfigError> {
        let mut key = Self::new(self.algorithm(), self.private.clone(), backend)?;
        key.verifying.id.clone_from(&self.verifying.id);
        Ok(key)
    }

    /// What verifies its signatures: the public key, or the same secret.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The one algorithm it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Option<Signature> {
        self.signer.sign(message)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

fn agree(algorithm: Algorithm, named: Option<Algorithm>) -> Result<(), ConfigError> {
    match named {
        Some(named) if named != algorithm => Err(ConfigError::key(
            format!("a JWK for {named}"),
            format!("one for {algorithm}, or without alg"),
        )),
        _ => Ok(()),
    }
}

fn mixed_up() -> ConfigError {
    ConfigError::key("a private key whose parts do not belong together, or a damaged one", "a whole key")
}
