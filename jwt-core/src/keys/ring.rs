use super::backend::Backend;
use super::prepared::Signature;
use super::set::{KeyIds, KeySet};
use super::{SigningKey, VerifyingKey};
use crate::algorithm::Algorithm;
use crate::error::ConfigError;
use crate::wire::compact;

/// Several keys at once, for key rotation. One key signs new tokens, and any of the keys can verify a token.
///
/// A token names its key in `kid`. The `kid` of a public key is its RFC 7638 thumbprint, or the id that
/// [`with_id`](SigningKey::with_id) set. A secret needs an id. A token with an unknown `kid` is invalid. For a token
/// without a `kid`, the keys of its `alg` are tried, but at most eight. [`require_kid`](Self::require_kid) rejects such
/// tokens instead.
///
/// To rotate keys without rejecting valid tokens:
///
/// 1. Add the new key as a [verifying key](Self::with_verifying_key), on all nodes.
/// 2. Make the new key the signing key, and keep the old one as a verifying key.
/// 3. Remove the old key when its last token has expired.
///
/// [`JwtManager::set_keys`](crate::JwtManager::set_keys) replaces the ring of a running manager.
///
/// ```no_run
/// use jwt_core::keys::{Algorithm, KeyRing, SigningKey, VerifyingKey};
/// use jwt_core::{Config, JwtManager};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let new = SigningKey::from_pem(Algorithm::ES256, std::fs::read("keys/2027.pem")?)?;
/// let old = VerifyingKey::from_pem(Algorithm::ES256, std::fs::read("keys/2026.pub.pem")?)?;
///
/// let ring = KeyRing::new(new).with_verifying_key(old).require_kid(true);
/// let jwt = JwtManager::builder(Config::default()).keys(ring).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct KeyRing {
    signing: Option<SigningKey>,
    verifying: Vec<VerifyingKey>,
    require_kid: bool,
}

impl KeyRing {
    /// Creates a ring that signs and verifies with this key.
    pub fn new(signing: SigningKey) -> Self {
        Self { signing: Some(signing), ..Self::default() }
    }

    /// Creates a ring that only verifies, for services that do not issue tokens. Add keys with
    /// [`with_verifying_key`](Self::with_verifying_key).
    pub fn verifying_only() -> Self {
        Self::default()
    }

    /// Adds a key that verifies.
    pub fn with_verifying_key(mut self, key: VerifyingKey) -> Self {
        self.verifying.push(key);
        self
    }

    /// Sets whether to reject tokens without a `kid`. Default: no, so the keys of the token's `alg` are tried.
    pub const fn require_kid(mut self, require: bool) -> Self {
        self.require_kid = require;
        self
    }
}

/// The key that signs new tokens, and the keys that verify received ones.
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
    /// For a manager that only accepts the tokens of its trusted issuers.
    pub(crate) fn none() -> Self {
        Self { signer: None, verifying: KeySet::alternatives([]) }
    }

    /// A key that signs a single token. Other keys verify the token.
    pub(crate) fn signing_only(key: SigningKey) -> Self {
        let id = key.verifying_key().id().map(Into::into);
        Self { signer: Some(Signer::new(key, id)), ..Self::none() }
    }

    /// One key, and the algorithms that it verifies in addition to its own. Tokens are signed without a `kid`, and the
    /// `kid` of received ones is ignored.
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

    /// The keys of a ring. If `signing_algorithm` or `algorithms` is set, the ring must not use any other algorithms.
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
                format!("one that signs with {expected}, which is the algorithm of the Config"),
            ));
        }
        let own = signing.as_ref().map(SigningKey::verifying_key);
        let mut keys = Vec::new();
        for key in own.into_iter().chain(&verifying) {
            let algorithm = key.algorithm();
            if !algorithms.is_empty() && !algorithms.contains(&algorithm) && Some(algorithm) != signs {
                return Err(ConfigError::key(
                    format!("a key for {algorithm} in the ring"),
                    "only keys for decode_algorithms, or a Config without decode_algorithms",
                ));
            }
            if key.id().is_none() {
                return Err(ConfigError::key(
                    "a secret without an id in a ring",
                    "a secret with an id, which becomes the kid of its tokens: call with_id()",
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

    /// The `kid` of new tokens.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The header segment of tokens without additional header parameters.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Option<Signature> {
        self.key.sign(message)
    }
}
