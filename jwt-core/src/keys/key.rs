use std::fmt;
use std::sync::Arc;

use super::backend::Backend;
use super::jwk::Form;
use super::material::{Material, Private, wanted};
use super::prepared::{Prepared, PreparedSigner, Signature};
use super::secret::Secret;
use super::{der, jwk, pem};
use crate::algorithm::Algorithm;
use crate::error::ConfigError;

/// The message that a new signing key signs to check that its parts belong together.
const PROBE: &[u8] = b"probe";

/// A key that verifies signatures of one algorithm (RFC 8725, 3.1).
///
/// The key is parsed and checked once, when it is created. It is cheap to clone. `Debug` shows only the algorithm.
///
/// * An RSA modulus must be odd and have 2048 to 8192 bits (4096 with `rust-crypto`). The exponent must be odd and at
///   least 3, and have at most 33 bits.
/// * An EC point must be on its curve and not be compressed.
/// * An Ed25519 key must not have a small order.
/// * A secret must be at least as long as the hash.
///
/// ```no_run
/// use jwt_core::keys::{Algorithm, VerifyingKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = VerifyingKey::from_pem(Algorithm::ES256, std::fs::read("keys/public.pem")?)?;
/// println!("tokens of this key have the kid {:?}", key.id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    id: Option<Box<str>>,
    thumbprint: Option<Box<str>>,
    material: Material,
    prepared: Arc<dyn Prepared>,
}

impl VerifyingKey {
    /// Reads a public key in PEM: `BEGIN PUBLIC KEY`, or `BEGIN RSA PUBLIC KEY` for RSA.
    ///
    /// Line ends can be missing, or written as `\n`: this is how a key comes out of many environment variables and JSON
    /// files.
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the key is not usable. The error describes the key that was found and the
    /// expected one.
    pub fn from_pem(algorithm: Algorithm, pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::new(algorithm, pem::public(algorithm, pem.as_ref())?, Backend::default())
    }

    /// Reads a public key in DER: `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7), or `RSAPublicKey` for RSA (RFC 8017,
    /// A.1.1).
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the key is not usable. The error describes the key that was found and the
    /// expected one.
    pub fn from_der(algorithm: Algorithm, der: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::new(algorithm, der::public(algorithm, der.as_ref())?, Backend::default())
    }

    /// Reads a public JWK, or one that holds a secret (RFC 7517, 4).
    ///
    /// The `kid` becomes the [id](Self::id). If the JWK has `alg`, `use`, or `key_ops`, they must permit verifying with
    /// `algorithm`. Every member that is used must be written as RFC 7517 and RFC 7518 specify it.
    /// [`KeySet::from_jwks`](super::KeySet::from_jwks) tolerates more.
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the key is not usable. The error describes the key that was found and the
    /// expected one. If the JWK holds a secret, the errors of [`from_secret`](Self::from_secret) apply as well.
    pub fn from_jwk(algorithm: Algorithm, json: impl AsRef<str>) -> Result<Self, ConfigError> {
        let jwk = jwk::verifying(json.as_ref(), Form::Exact)?;
        agree(algorithm, jwk.algorithm)?;
        if let Material::Secret(secret) = &jwk.key {
            secret.check(algorithm, false, false)?;
        }
        Ok(Self { id: jwk.id, ..Self::new(algorithm, jwk.key, Backend::default())? })
    }

    /// Creates a key from a secret. In a [`KeyRing`](super::KeyRing) the key needs an [id](Self::with_id).
    ///
    /// # Errors
    /// Returns [`ConfigError::ShortSecret`] or [`ConfigError::WellKnownSecret`] if the secret can be guessed, and
    /// [`ConfigError::Key`] if it is a key or a certificate, or if `algorithm` does not use secrets.
    pub fn from_secret(algorithm: Algorithm, secret: impl Into<Secret>) -> Result<Self, ConfigError> {
        let secret = secret.into();
        let key = Self::new(algorithm, Material::Secret(secret.clone()), Backend::default())?;
        secret.check(algorithm, false, false).map(|()| key)
    }

    /// Creates a key for each algorithm that a JWK of an issuer allows: its `alg`, or else all algorithms of its kind.
    pub(super) fn all_of_jwk(json: &str) -> Result<Vec<Self>, ConfigError> {
        let jwk = jwk::verifying(json, Form::Issued)?;
        let all: Vec<_> = match jwk.algorithm {
            Some(algorithm) => vec![algorithm],
            None => jwk.key.algorithms().collect(),
        };
        let mut keys = Vec::with_capacity(all.len());
        let mut refused = None;
        for algorithm in all {
            let strong = match &jwk.key {
                Material::Secret(secret) => secret.check(algorithm, false, false),
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

    /// Creates the key of a certificate or a public key in PEM.
    pub(super) fn of_certificate(algorithm: Algorithm, pem: &str) -> Result<Self, ConfigError> {
        Self::new(algorithm, pem::certificate_or_public(algorithm, pem.as_bytes())?, Backend::default())
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
            ConfigError::key(found, format!("{}, complete and on its curve", wanted(algorithm)))
        })?;
        Ok(Self { algorithm, id: None, thumbprint, material, prepared })
    }

    /// Prepares the same key for a different algorithm of its kind.
    pub(crate) fn for_algorithm(&self, algorithm: Algorithm, backend: Backend) -> Result<Self, ConfigError> {
        Ok(Self { id: self.id.clone(), ..Self::new(algorithm, self.material.clone(), backend)? })
    }

    /// Sets the `kid` that selects the key in a [`KeyRing`](super::KeyRing) or [`KeySet`](super::KeySet). Default: the
    /// thumbprint of a public key. It must not be empty.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Returns the same key, prepared for a different crypto library.
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the library does not support the key, such as an RSA key of more than 4096 bits.
    pub fn prepared_by(&self, backend: Backend) -> Result<Self, ConfigError> {
        self.for_algorithm(self.algorithm, backend)
    }

    /// Returns the algorithm that the key verifies.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the `kid` of the key: the [id](Self::with_id) that was set, or else the [thumbprint](Self::thumbprint).
    ///
    /// Returns `None` for a secret without an id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref().or(self.thumbprint.as_deref())
    }

    /// Returns the SHA-256 thumbprint of a public key, in base64url (RFC 7638, 3).
    ///
    /// Returns `None` for a secret, because a thumbprint would help to guess it.
    #[must_use]
    pub fn thumbprint(&self) -> Option<&str> {
        self.thumbprint.as_deref()
    }

    /// Whether both are the same public key, perhaps for different algorithms or under different ids.
    pub(super) fn is_same_key(&self, other: &Self) -> bool {
        self.thumbprint.is_some() && self.thumbprint == other.thumbprint
    }

    /// The secret, if the key is one.
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

/// A private key or a secret that signs with one algorithm, together with the key that verifies its signatures.
///
/// The key is parsed and checked once, when it is created. The bounds of a [`VerifyingKey`] apply. The key is cheap to
/// clone. `Debug` shows only the algorithm. Memory that held the private key is wiped.
///
/// ```no_run
/// use jwt_core::keys::{Algorithm, SigningKey};
/// use jwt_core::{Config, JwtManager};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Made with `openssl genpkey -algorithm ed25519`.
/// let key = SigningKey::from_pem(Algorithm::EdDSA, std::fs::read("keys/private.pem")?)?;
/// let jwt = JwtManager::builder(Config::default()).key_pair(key).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SigningKey {
    private: Private,
    signer: Arc<dyn PreparedSigner>,
    verifying: VerifyingKey,
}

impl SigningKey {
    /// Reads a private key in PEM: PKCS#8 (`BEGIN PRIVATE KEY`), or `BEGIN RSA PRIVATE KEY` for RSA. `openssl genpkey`
    /// writes PKCS#8.
    ///
    /// Line ends can be missing, or written as `\n`: this is how a key comes out of many environment variables and JSON
    /// files.
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the key is not usable. The error describes the key that was found and the
    /// expected one.
    pub fn from_pem(algorithm: Algorithm, pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::new(algorithm, pem::private(algorithm, pem.as_ref())?, Backend::default())
    }

    /// Reads a private key in DER: PKCS#8 (RFC 5208, 5), or `RSAPrivateKey` for RSA (RFC 8017, A.1.2).
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the key is not usable. The error describes the key that was found and the
    /// expected one.
    pub fn from_der(algorithm: Algorithm, der: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::new(algorithm, der::private(algorithm, der.as_ref())?, Backend::default())
    }

    /// Reads a private JWK, or one that holds a secret (RFC 7517, 4).
    ///
    /// The `kid` becomes the [id](Self::with_id). If the JWK has `alg`, `use`, or `key_ops`, they must permit signing
    /// with `algorithm`.
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the key is not usable. The error describes the key that was found and the
    /// expected one. If the JWK holds a secret, the errors of [`from_secret`](Self::from_secret) apply as well.
    pub fn from_jwk(algorithm: Algorithm, json: impl AsRef<str>) -> Result<Self, ConfigError> {
        let jwk = jwk::signing(json.as_ref())?;
        agree(algorithm, jwk.algorithm)?;
        let (private, public) = jwk.key;
        if let Private::Secret(secret) = &private {
            secret.check(algorithm, false, false)?;
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

    /// Creates a key from a secret. In a [`KeyRing`](super::KeyRing) the key needs an [id](Self::with_id).
    ///
    /// # Errors
    /// Returns [`ConfigError::ShortSecret`] or [`ConfigError::WellKnownSecret`] if the secret can be guessed, and
    /// [`ConfigError::Key`] if it is a key or a certificate, or if `algorithm` does not use secrets.
    pub fn from_secret(algorithm: Algorithm, secret: impl Into<Secret>) -> Result<Self, ConfigError> {
        let secret = secret.into();
        let key = Self::of_secret(algorithm, secret.clone(), Backend::default())?;
        secret.check(algorithm, false, false).map(|()| key)
    }

    /// Creates a key without checking whether the secret can be guessed.
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
        // Checked here because the library's error does not give a reason.
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

    /// Sets the `kid` of tokens that a [`KeyRing`](super::KeyRing) signs with the key. Default: the thumbprint of the
    /// public key. It must not be empty.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.verifying = self.verifying.with_id(id);
        self
    }

    /// Returns the same key, prepared for a different crypto library.
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the library does not support the key, such as an RSA key of more than 4096 bits.
    pub fn prepared_by(&self, backend: Backend) -> Result<Self, ConfigError> {
        let mut key = Self::new(self.algorithm(), self.private.clone(), backend)?;
        key.verifying.id.clone_from(&self.verifying.id);
        Ok(key)
    }

    /// Returns the key that verifies the signatures: the public key, or the same secret.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// Returns the algorithm that the key signs with.
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
            format!("a JWK for {algorithm}, or without alg"),
        )),
        _ => Ok(()),
    }
}

fn mixed_up() -> ConfigError {
    ConfigError::key(
        "a private key that is damaged, or whose parts do not belong together",
        "a valid private key",
    )
}

pub(super) fn empty_id() -> ConfigError {
    ConfigError::key("a key whose id is empty", "an id that is not empty, or none to use the thumbprint")
}
