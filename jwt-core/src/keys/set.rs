use std::fmt;

use super::VerifyingKey;
use super::backend::Backend;
use super::jwk::{self, JwkSet};
use crate::algorithm::Algorithm;
use crate::error::ConfigError;
use crate::error::InvalidToken;
use crate::wire::compact;

/// How many keys of one algorithm are tried for a token without `kid`.
const MOST_TRIED: usize = 8;

/// What the `kid` of a header means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeyIds {
    /// Nothing: there is one key, and any `kid` is ignored.
    Ignored,
    /// It selects the key. Without one, the keys of the `alg` are tried.
    Selecting,
    /// It selects the key and must be there.
    Required,
}

/// Keys that verify, each for one algorithm, picked by `alg` and `kid`.
///
/// A header's `kid` selects one key of a set; an unknown one is invalid; without one, the keys of the `alg` are tried,
/// the first eight at most. A set [of one key](Self::single) ignores `kid`.
#[derive(Clone)]
pub struct KeySet {
    entries: Vec<Entry>,
    ids: KeyIds,
}

#[derive(Clone)]
struct Entry {
    /// The header segment of tokens that no other key can have signed: recognised by comparison, so that it need not
    /// be parsed. `None` for a key of a set that no `kid` names.
    own_header: Option<Box<str>>,
    key: VerifyingKey,
}

impl KeySet {
    /// Keys with distinct ids: public ones have their thumbprint, unless they were given another.
    ///
    /// # Errors
    /// [`ConfigError::Key`] if two keys of an algorithm have one id, or an id is empty.
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, ConfigError> {
        Self::with_ids(keys, KeyIds::Selecting)
    }

    /// One key, whatever `kid` a header has.
    #[must_use]
    pub fn single(key: VerifyingKey) -> Self {
        Self { entries: vec![Entry::new(key, KeyIds::Ignored)], ids: KeyIds::Ignored }
    }

    /// One key for several algorithms.
    pub(super) fn alternatives(keys: impl IntoIterator<Item = VerifyingKey>) -> Self {
        let entries = keys.into_iter().map(|key| Entry::new(key, KeyIds::Ignored));
        Self { entries: entries.collect(), ids: KeyIds::Ignored }
    }

    /// The public keys of a JWK set (RFC 7517, 5), or one JWK. Keys that cannot be used here are left out: those of
    /// another `kty`, `alg`, `use` or `key_ops`, weak and damaged ones, and those whose `kid` is empty. A key without `alg` serves every algorithm of
    /// its kind.
    ///
    /// # Errors
    /// [`ConfigError::Key`] if it is no JWK set, if it has no key, if none of its keys can be used (then for the first of
    /// them), if two have one `kid`, or if secrets stand beside public keys.
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
        // Whether or not they can be used: somebody publishes what is secret.
        if secrets && pairs {
            return Err(ConfigError::key(
                "a JWK set with secrets beside public keys",
                "one kind or the other",
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

    /// The same keys, prepared by this library.
    ///
    /// # Errors
    /// [`ConfigError::Key`] if the library does not take one of them: an RSA key of over 4096 bits.
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

    /// Whether there is no key, so that nothing can be verified.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The public keys as a JWK set (RFC 7517, 5), for others to verify by.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        JwkSet::of(self.entries.iter().map(|Entry { key, .. }| {
            let id = if self.ids == KeyIds::Ignored { None } else { key.id() };
            (key.algorithm(), id, key.material())
        }))
    }

    /// The key whose tokens have this very header segment.
    pub(crate) fn of_own_header(&self, segment: &[u8]) -> Option<&VerifyingKey> {
        let is_own = |entry: &&Entry| entry.own_header.as_deref().map(str::as_bytes) == Some(segment);
        self.entries.iter().find(is_own).map(|entry| &entry.key)
    }

    /// The keys to try for a header: never one of another algorithm, never one of another `kid`.
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

/// Whether two keys of a JWK set have one id; that a key stands there once for each of its algorithms is no clash.
fn clash(one: &VerifyingKey, other: &VerifyingKey) -> bool {
    let same_key = one.thumbprint().is_some() && one.thumbprint() == other.thumbprint();
    one.id().is_some() && one.id() == other.id() && !(same_key && one.algorithm() != other.algorithm())
}

fn empty_id() -> ConfigError {
    ConfigError::key("a key whose id is empty", "a text, or none for the thumbprint")
}

fn one_id() -> ConfigError {
    ConfigError::key("two keys with one id", "distinct ids (RFC 7517, 4.5): with_id() gives another")
}
