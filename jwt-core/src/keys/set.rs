use std::fmt;

use super::VerifyingKey;
use super::backend::Backend;
use super::jwk::{self, JwkSet};
use crate::algorithm::Algorithm;
use crate::error::ConfigError;
use crate::error::InvalidToken;
use crate::wire::compact;

/// The number of keys of one algorithm that are tried for a token without a `kid`.
const MOST_TRIED: usize = 8;

/// The meaning of a header's `kid`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeyIds {
    /// It is ignored, because there is only one key.
    Ignored,
    /// It selects the key. If it is absent, the keys of the `alg` are tried.
    Selecting,
    /// It selects the key, and must be present.
    Required,
}

/// Verifying keys, each for one algorithm. A token's `alg` and `kid` select the key.
///
/// A token with an unknown `kid` is invalid. For a token without a `kid`, the keys of its `alg` are tried, but at most
/// eight. A set of a [single](Self::single) key ignores `kid`.
///
/// ```no_run
/// use jwt_core::Issuer;
/// use jwt_core::keys::KeySet;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = KeySet::from_jwks(std::fs::read_to_string("keys/login.json")?)?;
/// let login = Issuer::new("https://login.example", keys);
/// # let _ = login;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct KeySet {
    entries: Vec<Entry>,
    ids: KeyIds,
}

#[derive(Clone)]
struct Entry {
    /// The header segment of tokens that only this key can have signed. They are recognized by comparison, without
    /// parsing. `None` for a key without an id in a set that uses `kid`.
    own_header: Option<Box<str>>,
    key: VerifyingKey,
}

impl KeySet {
    /// Creates a set of keys with distinct [ids](VerifyingKey::id).
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if two keys of one algorithm have the same id, or if an id is empty.
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, ConfigError> {
        Self::with_ids(keys, KeyIds::Selecting)
    }

    /// Creates a set of one key, which is used regardless of a token's `kid`.
    #[must_use]
    pub fn single(key: VerifyingKey) -> Self {
        Self { entries: vec![Entry::new(key, KeyIds::Ignored)], ids: KeyIds::Ignored }
    }

    /// One key, prepared for several algorithms.
    pub(super) fn alternatives(keys: impl IntoIterator<Item = VerifyingKey>) -> Self {
        let entries = keys.into_iter().map(|key| Entry::new(key, KeyIds::Ignored));
        Self { entries: entries.collect(), ids: KeyIds::Ignored }
    }

    /// Reads the public keys of a JWK set (RFC 7517, 5), or a single JWK.
    ///
    /// Unusable keys are skipped: those with an unsupported `kty`, `alg`, `use`, or `key_ops`, those that are weak or
    /// damaged, and those with an empty `kid`. A key without `alg` serves all algorithms of its kind.
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the text is not a JWK set, if the set is empty, if two keys have the same `kid`,
    /// or if secrets are mixed with public keys. If no key is usable, it returns the error of the first one.
    pub fn from_jwks(json: impl AsRef<str>) -> Result<Self, ConfigError> {
        let json = json.as_ref();
        let Some(members) = jwk::members_of_set(json) else {
            return VerifyingKey::all_of_jwk(json).map(Self::alternatives);
        };
        let mut kept: Vec<VerifyingKey> = Vec::new();
        let mut refused = None;
        let (mut secrets, mut pairs) = (false, false);
        for member in members? {
            match jwk::kty(member.get()).as_deref() {
                Some("oct") => secrets = true,
                Some("RSA" | "EC" | "OKP") => pairs = true,
                _ => {}
            }
            match VerifyingKey::all_of_jwk(member.get()) {
                Ok(keys) if keys.iter().any(|key| key.id() == Some("")) => {
                    refused.get_or_insert_with(empty_id);
                }
                Ok(keys) => {
                    if keys.iter().any(|key| kept.iter().any(|other| clash(key, other))) {
                        return Err(one_id());
                    }
                    kept.extend(keys);
                }
                Err(error) => {
                    refused.get_or_insert(error);
                }
            }
        }
        // This includes unusable keys: someone is publishing secrets.
        if secrets && pairs {
            return Err(ConfigError::key(
                "a JWK set with secrets alongside public keys",
                "either secrets or public keys",
            ));
        }
        if kept.is_empty() {
            let empty = || ConfigError::key("a JWK set without keys", "at least one");
            return Err(refused.unwrap_or_else(empty));
        }
        Self::with_ids(kept, KeyIds::Selecting)
    }

    pub(super) fn with_ids(
        keys: impl IntoIterator<Item = VerifyingKey>,
        ids: KeyIds,
    ) -> Result<Self, ConfigError> {
        let entries: Vec<_> = keys.into_iter().map(|key| Entry::new(key, ids)).collect();
        for (index, Entry { key, .. }) in entries.iter().enumerate() {
            if key.id() == Some("") {
                return Err(empty_id());
            }
            let same = |other: &Entry| other.key.id() == key.id() && other.key.algorithm() == key.algorithm();
            if key.id().is_some() && entries.iter().take(index).any(same) {
                return Err(one_id());
            }
        }
        Ok(Self { entries, ids })
    }

    /// Returns the same keys, prepared for a different crypto library.
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the library does not support one of the keys, such as an RSA key of more than
    /// 4096 bits.
    pub fn prepared_by(&self, backend: Backend) -> Result<Self, ConfigError> {
        let mut entries = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            entries
                .push(Entry { own_header: entry.own_header.clone(), key: entry.key.prepared_by(backend)? });
        }
        Ok(Self { entries, ids: self.ids })
    }

    /// Whether one of the keys is for this algorithm.
    pub(crate) fn serves(&self, algorithm: Algorithm) -> bool {
        self.entries.iter().any(|entry| entry.key.algorithm() == algorithm)
    }

    /// Returns whether the set is empty. An empty set verifies nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the public keys as a JWK set (RFC 7517, 5). Other services can use it to verify tokens.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        JwkSet::of(self.entries.iter().map(|Entry { key, .. }| {
            let id = if self.ids == KeyIds::Ignored { None } else { key.id() };
            (key.algorithm(), id, key.material())
        }))
    }

    /// The key whose tokens have exactly this header segment.
    pub(crate) fn of_own_header(&self, segment: &[u8]) -> Option<&VerifyingKey> {
        let is_own = |entry: &&Entry| entry.own_header.as_deref().map(str::as_bytes) == Some(segment);
        self.entries.iter().find(is_own).map(|entry| &entry.key)
    }

    /// The keys to try for a header. Each key has the header's `alg`, and its `kid` if the header has one.
    pub(crate) fn of_header<'k, 'h>(
        &'k self,
        alg: &str,
        kid: Option<&'h str>,
    ) -> Result<impl Iterator<Item = &'k VerifyingKey> + use<'k, 'h>, InvalidToken> {
        // RFC 7515, 4.1.1 and RFC 8725, 3.1: compared exactly.
        let algorithm = Algorithm::named(alg).ok_or(InvalidToken::AlgorithmNotAllowed)?;
        let (id, most) = match (self.ids, kid) {
            (KeyIds::Ignored, _) => (None, usize::MAX),
            (KeyIds::Selecting, None) => (None, MOST_TRIED),
            (KeyIds::Required, None) => return Err(InvalidToken::KeyIdMissing),
            (KeyIds::Selecting | KeyIds::Required, Some(id)) => (Some(id), usize::MAX),
        };
        let keys = self.entries.iter().map(|entry| &entry.key);
        if id.is_some() && !keys.clone().any(|key| key.id() == id) {
            return Err(InvalidToken::UnknownKey);
        }
        let fits =
            move |key: &&VerifyingKey| key.algorithm() == algorithm && (id.is_none() || key.id() == id);
        Ok(keys.filter(fits).take(most))
    }
}

impl Entry {
    fn new(key: VerifyingKey, ids: KeyIds) -> Self {
        let own_header = match (ids, key.id()) {
            (KeyIds::Ignored, _) => Some(compact::default_header(key.algorithm(), None)),
            (_, Some(id)) => Some(compact::default_header(key.algorithm(), Some(id))),
            (_, None) => None,
        };
        Self { own_header: own_header.map(Into::into), key }
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("len", &self.entries.len())
            .field("ids", &self.ids)
            .finish_non_exhaustive()
    }
}

/// Whether two keys of a JWK set have the same id. The same key for different algorithms does not clash.
fn clash(one: &VerifyingKey, other: &VerifyingKey) -> bool {
    let same_key = one.thumbprint().is_some() && one.thumbprint() == other.thumbprint();
    one.id().is_some() && one.id() == other.id() && !(same_key && one.algorithm() != other.algorithm())
}

fn empty_id() -> ConfigError {
    ConfigError::key("a key whose id is empty", "an id that is not empty, or none to use the thumbprint")
}

fn one_id() -> ConfigError {
    ConfigError::key(
        "two keys with the same id",
        "distinct ids (RFC 7517, 4.5): call with_id() on one of the keys",
    )
}
