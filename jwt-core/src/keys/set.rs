use std::fmt;

use super::backend::Backend;
use super::key::empty_id;
use super::{JwkSet, VerifyingKey, issued};
use crate::algorithm::Algorithm;
use crate::error::ConfigError;
use crate::error::InvalidToken;
use crate::wire::compact;

/// The number of keys of one algorithm that are tried for a token without a `kid`.
const MOST_TRIED: usize = 8;

/// The meaning of a header's `kid`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeyIds {
    /// It is ignored: the keys of the `alg` are tried, which is usually one.
    Ignored,
    /// It selects the key. If it is absent, the keys of the `alg` are tried.
    Selecting,
    /// It selects the key, and must be present.
    Required,
}

/// Verifying keys, each for one algorithm. A token's `alg` and `kid` select the key.
///
/// A token with an unknown `kid` is invalid. For a token without a `kid`, the keys of its `alg` are tried, but at most
/// eight. A secret without an id is tried for every token of its algorithm, whatever the `kid`. A set of a
/// [single](Self::single) key ignores `kid`.
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
    /// parsing. `None` for a key without an id in a set that uses `kid`, and for keys that share an id and an algorithm.
    own_header: Option<Box<str>>,
    key: VerifyingKey,
}

impl KeySet {
    /// Creates a set of keys with distinct [ids](VerifyingKey::id). [`with_key`](Self::with_key) adds a key whose id need
    /// not be distinct.
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
    /// The set belongs to an issuer, so it is read as issuers write it, and one bad key does not spoil it:
    ///
    /// * Unusable keys are skipped: those with an unsupported `kty`, `crv`, or `alg`, with a `use` other than `sig`, or
    ///   with `key_ops` that lack `verify`, those that are weak or damaged, and those with an empty `kid`. For each, but
    ///   at most 64, the log has a debug event with the position, which counts from 0, and the reason.
    /// * Members that are `null`, and an empty `key_ops`, count as absent. Unknown members are ignored. Base64url can be
    ///   padded, and numbers can have too many or too few leading zeros. If the JWK has an `x5c` and no other members
    ///   for the key, the first certificate supplies the key; the certificate itself is [not
    ///   checked](Self::from_certificate_map).
    /// * A key without `alg` serves all algorithms of its kind. The id of a key without `kid` is its thumbprint, so such a
    ///   key is mostly for tokens without a `kid`.
    /// * Several keys can have the same `kid`. Equal ones count once. Of different ones, those for the token's `alg` are
    ///   tried, but at most four; further ones are skipped.
    ///
    /// A set must not contain private keys or secrets, not even unusable ones (RFC 7517, 9.2). Use
    /// [`with_key`](Self::with_key) to add a secret that the issuer uses as well. A single JWK can be a secret.
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the text is neither a JWK set nor a JWK, if the set is empty, if it contains
    /// private keys or secrets, or if it has more than 64 usable keys. If no key is usable, it returns the error of the
    /// first one.
    pub fn from_jwks(json: impl AsRef<str>) -> Result<Self, ConfigError> {
        let json = json.as_ref();
        match issued::of_jwk_set(json) {
            Some(keys) => keys.map(Self::of_issuer),
            None => VerifyingKey::all_of_jwk(json).map(Self::alternatives),
        }
    }

    /// Reads a JSON object from `kid` to X.509 certificate in PEM, as Google and Firebase publish it. A public key in
    /// PEM is accepted as well.
    ///
    /// A certificate does not name the algorithm of the tokens, so all keys are for `algorithm`. The keys are trusted
    /// because of where you got the map: **nothing else in a certificate is checked**, neither its signature nor its
    /// dates or names. Values that are not usable are skipped, as in [`from_jwks`](Self::from_jwks).
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the text is not a JSON object with distinct names, if the object is empty, if it
    /// contains private keys, or if it has more than 64 usable certificates. If none is usable, it returns the error of
    /// the first one.
    ///
    /// ```
    /// use jwt_core::keys::{Algorithm, KeySet};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let certificate = include_str!("../../tests/keys/certificate.pem");
    /// # let json = serde_json::json!({"c3104c68": certificate}).to_string();
    /// // {"c3104c68": "-----BEGIN CERTIFICATE-----\nMIID…"}
    /// let keys = KeySet::from_certificate_map(Algorithm::ES256, &json)?;
    /// assert_eq!(keys.jwks().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_certificate_map(algorithm: Algorithm, json: impl AsRef<str>) -> Result<Self, ConfigError> {
        issued::of_certificate_map(algorithm, json.as_ref()).map(Self::of_issuer)
    }

    /// The keys of an issuer, of which several can have one id.
    fn of_issuer(keys: Vec<VerifyingKey>) -> Self {
        let set = Self { entries: Vec::with_capacity(keys.len()), ids: KeyIds::Selecting };
        keys.into_iter().fold(set, Self::and)
    }

    /// Adds a key, such as a secret that an issuer uses in addition to the keys in its JWK set.
    ///
    /// The key verifies only tokens of its own algorithm, so it never acts as a different kind of key. Its
    /// [id](VerifyingKey::id) can be that of another key: the keys for the token's `alg` are then all tried. A secret
    /// without an id is tried for every token of its algorithm, even one whose `kid` is unknown. A set that ignores `kid`
    /// ignores it for the new key, too.
    ///
    /// # Errors
    /// Returns [`ConfigError::Key`] if the id is empty.
    ///
    /// ```
    /// use jwt_core::keys::{Algorithm, KeySet, Secret, VerifyingKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// # let secret = Secret::generate()?;
    /// // The issuer has begun to use key pairs, but has not replaced all tokens of its secret yet.
    /// let keys = KeySet::from_jwks(jwks)?.with_key(VerifyingKey::from_secret(Algorithm::HS256, secret)?)?;
    /// # let _ = keys;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_key(self, key: VerifyingKey) -> Result<Self, ConfigError> {
        if key.id() == Some("") {
            return Err(empty_id());
        }
        // The issuer may have published the key in the meantime.
        let is_there = self.entries.iter().any(|Entry { key: other, .. }| {
            other.is_same_key(&key) && other.algorithm() == key.algorithm() && other.id() == key.id()
        });
        Ok(if is_there { self } else { self.and(key) })
    }

    fn and(mut self, key: VerifyingKey) -> Self {
        let mut new = Entry::new(key, self.ids);
        for other in &mut self.entries {
            let same_id = self.ids == KeyIds::Ignored || other.key.id() == new.key.id();
            if same_id && other.key.algorithm() == new.key.algorithm() {
                // The header does not tell which of them has signed.
                other.own_header = None;
                new.own_header = None;
            }
        }
        self.entries.push(new);
        self
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

    /// The keys, in the order in which they are tried.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.entries.iter().map(|entry| &entry.key)
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

    /// Returns whether the keys are used regardless of a token's `kid`, as in a set of a [single](Self::single) key or JWK.
    ///
    /// With such a set, no token has an unknown `kid`, so none causes a [`KeySource`](crate::KeySource) to fetch. A source
    /// that reads JWK sets should reject it.
    #[must_use]
    pub fn ignores_kid(&self) -> bool {
        self.ids == KeyIds::Ignored
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
        // Only secrets can lack an id.
        let serves_any = move |key: &VerifyingKey| key.algorithm() == algorithm && key.id().is_none();
        if id.is_some() && !keys.clone().any(|key| key.id() == id || serves_any(key)) {
            return Err(InvalidToken::UnknownKey);
        }
        let fits = move |key: &&VerifyingKey| {
            key.algorithm() == algorithm && (id.is_none() || key.id() == id || key.id().is_none())
        };
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

fn one_id() -> ConfigError {
    ConfigError::key(
        "two keys with the same id",
        "distinct ids (RFC 7517, 4.5): call with_id() on one of the keys",
    )
}
