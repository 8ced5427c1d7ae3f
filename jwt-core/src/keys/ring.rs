use super::backend::Backend;
use super::prepared::Signature;
use super::set::{KeyIds, KeySet};
use super::{SigningKey, VerifyingKey};
use crate::algorithm::Algorithm;
use crate::error::ConfigError;
use crate::wire::compact;

/// Several keys at once, for rotation: one signs, all verify.
///
/// Tokens name their key in `kid`: the RFC 7638 thumbprint of a public key, or the id that the key was given; a secret
/// must be given one. A token of an unknown `kid` is invalid. Without `kid`, the keys of the token's `alg` are tried,
/// the first eight at most, unless [`require_kid`](Self::require_kid) is set.
///
/// To rotate without refusing anybody: add the new key as a [verifying key](Self::with_verifying_key) everywhere; make it
/// the signing key, the old one a verifying key; drop the old one when its last token has expired.
/// [`JwtManager::set_keys`](crate::JwtManager::set_keys) swaps the ring of a running manager.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct KeyRing {
    signing: Option<SigningKey>,
    verifying: Vec<VerifyingKey>,
    require_kid: bool,
}

impl KeyRing {
    /// A ring that signs with this key, and verifies with it.
    pub fn new(signing: SigningKey) -> Self {
        Self { signing: Some(signing), ..Self::default() }
    }

    /// A ring that only verifies, for services that issue no tokens.
    pub fn verifying_only() -> Self {
        Self::default()
    }

    /// One more key that verifies.
    pub fn with_verifying_key(mut self, key: VerifyingKey) -> Self {
        self.verifying.push(key);
        self
    }

    /// Refuses tokens without `kid`. Default: their keys are tried.
    pub const fn require_kid(mut self, require: bool) -> Self {
        self.require_kid = require;
        self
    }
}

/// What signs new tokens and what verifies presented ones.
#[derive(Debug)]
pub(crate) struct Keys {
    signer: Option<Signer>,
    verifying: KeySet,
}

#[derive(Debug)]
pub(crate) struct Signer {
    key: SigningKey,
    id: Option<Box<str>>,
    header: String,
}

impl Keys {
    /// For a manager that only verifies what its trusted issuers sign.
    pub(crate) fn none() -> Self {
        Self { signer: None, verifying: KeySet::alternatives([]) }
    }

    /// A key for one token; what verifies it is somebody else's part.
    pub(crate) fn signing_only(key: SigningKey) -> Self {
        let id = key.verifying_key().id().map(Into::into);
        Self { signer: Some(Signer::new(key, id)), ..Self::none() }
    }

    /// One key that signs, or a public one; it verifies these algorithms, too. No `kid` is written, and any is ignored.
    pub(crate) fn one(
        signing: Option<SigningKey>,
        verifying: &VerifyingKey,
        algorithms: &[Algorithm],
        backend: Backend,
    ) -> Result<Self, ConfigError> {
        let mut keys = vec![verifying.prepared_by(backend)?];
        for &algorithm in algorithms {
            if !keys.iter().any(|key| key.algorithm() == algorithm) {
                keys.push(verifying.for_algorithm(algorithm, backend)?);
            }
        }
        let signer = match signing {
            Some(key) => Some(Signer::new(key.prepared_by(backend)?, None)),
            None => None,
        };
        Ok(Self { signer, verifying: KeySet::alternatives(keys) })
    }

    /// Of a list of algorithms that is not empty, or with one that must sign, the ring must keep to them.
    pub(crate) fn ring(
        ring: KeyRing,
        signing_algorithm: Option<Algorithm>,
        algorithms: &[Algorithm],
        backend: Backend,
    ) -> Result<Self, ConfigError> {
        let KeyRing { signing, verifying, require_kid } = ring;
        let signs = signing.as_ref().map(SigningKey::algorithm);
        if let (Some(signs), Some(expected)) = (signs, signing_algorithm)
            && signs != expected
        {
            return Err(ConfigError::key(
                format!("a ring that signs with {signs}"),
                format!("{expected}, which is the algorithm of the Config"),
            ));
        }
        let own = signing.as_ref().map(SigningKey::verifying_key);
        let mut keys = Vec::new();
        for key in own.into_iter().chain(&verifying) {
            let algorithm = key.algorithm();
            if !algorithms.is_empty() && !algorithms.contains(&algorithm) && Some(algorithm) != signs {
                return Err(ConfigError::key(
                    format!("a key for {algorithm} in the ring"),
                    "keys of decode_algorithms only, or no decode_algorithms",
                ));
            }
            if key.id().is_none() {
                return Err(ConfigError::key(
                    "a secret without an id in a ring",
                    "one that with_id() gave a name, which tokens have as kid",
                ));
            }
            keys.push(key.prepared_by(backend)?);
        }
        if keys.is_empty() {
            return Err(ConfigError::MissingKey);
        }
        let signer = match signing {
            Some(key) => {
                let id = key.verifying_key().id().map(Into::into);
                Some(Signer::new(key.prepared_by(backend)?, id))
            }
            None => None,
        };
        let ids = if require_kid { KeyIds::Required } else { KeyIds::Selecting };
        Ok(Self { signer, verifying: KeySet::with_ids(keys, ids)? })
    }

    pub(crate) const fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref()
    }

    pub(crate) const fn verifying(&self) -> &KeySet {
        &self.verifying
    }
}

impl Signer {
    fn new(key: SigningKey, id: Option<Box<str>>) -> Self {
        let header = compact::default_header(key.algorithm(), id.as_deref());
        Self { key, id, header }
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// The `kid` that is written.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The header segment of a token without additional headers.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Option<Signature> {
        self.key.sign(message)
    }
}
