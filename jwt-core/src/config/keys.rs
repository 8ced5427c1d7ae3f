//! Algorithms, and whether the keys fit them.

use super::group::{Group, flask, own, same};
use super::setter::Setter::{self, Algorithms, Flag};
use crate::Config;
use crate::algorithm::Algorithm;
use crate::error::ConfigError;
use crate::keys::{Backend, KeyRing, Keys, Secret, SigningKey, VerifyingKey};

#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(super) algorithm: Option<Algorithm>,
    pub(super) decode_algorithms: Vec<Algorithm>,
    pub(super) insecure_short_secret: bool,
    pub(super) insecure_placeholder_secret: bool,
}

/// Algorithms and secrets.
impl Config {
    /// Sets the signing algorithm. Default: HS256 for a secret, and the algorithm of the key for a key pair.
    ///
    /// If it differs from the algorithm of the key, [`build`](crate::JwtManagerBuilder::build) returns an error.
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.keys.algorithm = Some(algorithm);
        self
    }

    /// Sets the algorithms that are accepted, in addition to the one that signs. Default: none, or all algorithms of
    /// the keys of a [`KeyRing`](crate::keys::KeyRing).
    ///
    /// A secret or key pair can serve several algorithms of its kind, such as RS256 and PS256. To accept different
    /// kinds, use a ring.
    pub fn decode_algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.keys.decode_algorithms = algorithms.into_iter().collect();
        self
    }

    /// Accepts a secret that is shorter than its hash, which RFC 7518, 3.2 forbids, well known, or a placeholder.
    /// Default: no.
    ///
    /// Anyone with a single token can guess such a secret offline.
    pub const fn insecure_short_secret(mut self) -> Self {
        self.keys.insecure_short_secret = true;
        self
    }

    /// Accepts a secret that is well known, or that looks like a placeholder from documentation, such as
    /// `replace-this-with-a-long-random-secret`. It must still be as long as its hash. Default: no.
    ///
    /// Anyone with a single token can guess such a secret offline. This is for tests with recorded tokens.
    /// [`Secret::insecure_placeholder_secret`](crate::keys::Secret::insecure_placeholder_secret) does the same for a
    /// single secret.
    pub const fn insecure_placeholder_secret(mut self) -> Self {
        self.keys.insecure_placeholder_secret = true;
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        flask("algorithm", "JWT_ALGORITHM", Setter::Algorithm(Config::algorithm)),
        flask("decode_algorithms", "JWT_DECODE_ALGORITHMS", Algorithms(Config::decode_algorithms)),
        own(
            "insecure_short_secret",
            Flag(|mut config, on| {
                config.keys.insecure_short_secret = on;
                config
            }),
        ),
        own(
            "insecure_placeholder_secret",
            Flag(|mut config, on| {
                config.keys.insecure_placeholder_secret = on;
                config
            }),
        ),
    ],
    flask: same,
    check,
};

/// Keys are checked later, when they are set: see [`KeyRules::keys`].
const fn check(_: &Config) -> Result<(), ConfigError> {
    Ok(())
}

/// A key that was passed to the builder.
pub(crate) enum KeyInput {
    Secret(Secret),
    KeyPair(SigningKey),
    PublicKey(VerifyingKey),
    Ring(KeyRing),
}

/// The requirements for the manager's own keys, and the library that uses them.
#[derive(Debug)]
pub(crate) struct KeyRules {
    algorithm: Option<Algorithm>,
    decode_algorithms: Vec<Algorithm>,
    insecure_short_secret: bool,
    insecure_placeholder_secret: bool,
    pub(crate) backend: Backend,
}

impl Options {
    pub(super) fn compile(&self, backend: Backend) -> KeyRules {
        KeyRules {
            algorithm: self.algorithm,
            decode_algorithms: self.decode_algorithms.clone(),
            insecure_short_secret: self.insecure_short_secret,
            insecure_placeholder_secret: self.insecure_placeholder_secret,
            backend,
        }
    }
}

impl KeyRules {
    /// The keys of a manager, made from those that were passed to its builder.
    pub(crate) fn keys(&self, given: Vec<KeyInput>, has_other_keys: bool) -> Result<Keys, ConfigError> {
        let mut given = given.into_iter();
        let keys = match (given.next(), given.next()) {
            (None, _) if has_other_keys => return Ok(Keys::none()),
            (None, _) => return Err(ConfigError::MissingKey),
            (Some(keys), None) => keys,
            (Some(_), Some(_)) => {
                return Err(ConfigError::invalid(
                    "key",
                    "must be set only once: call one of secret(), key_pair(), public_key(), and keys(); a \
                     KeyRing can hold several keys",
                ));
            }
        };
        match keys {
            KeyInput::Secret(secret) => {
                let algorithm = self.algorithm.unwrap_or(Algorithm::HS256);
                self.check_secret(&secret, algorithm)?;
                self.pair(SigningKey::of_secret(algorithm, secret, self.backend)?)
            }
            KeyInput::KeyPair(key) => {
                self.agree(key.verifying_key())?;
                self.pair(key)
            }
            KeyInput::PublicKey(key) => {
                self.agree(&key)?;
                Keys::one(None, &key, &self.decode_algorithms, self.backend)
            }
            KeyInput::Ring(ring) => self.ring(ring),
        }
    }

    pub(crate) fn ring(&self, ring: KeyRing) -> Result<Keys, ConfigError> {
        Keys::ring(ring, self.algorithm, &self.decode_algorithms, self.backend)
    }

    fn pair(&self, key: SigningKey) -> Result<Keys, ConfigError> {
        let verifying = key.verifying_key().clone();
        Keys::one(Some(key), &verifying, &self.decode_algorithms, self.backend)
    }

    /// Checks that a key is for the configured algorithm. A secret must also be long enough for the other algorithms
    /// that it serves.
    fn agree(&self, key: &VerifyingKey) -> Result<(), ConfigError> {
        let of_key = key.algorithm();
        match (self.algorithm, key.secret()) {
            (Some(algorithm), _) if algorithm != of_key => Err(ConfigError::key(
                format!("a key for {of_key}"),
                format!("a key for {algorithm}, which is the algorithm of the Config"),
            )),
            (_, Some(secret)) => self.check_secret(secret, of_key),
            (_, None) => Ok(()),
        }
    }

    /// Checks the secret for the algorithm with the longest hash.
    fn check_secret(&self, secret: &Secret, signing: Algorithm) -> Result<(), ConfigError> {
        let all = [signing].into_iter().chain(self.decode_algorithms.iter().copied());
        let longest = all.max_by_key(|algorithm| algorithm.min_secret_len()).unwrap_or(signing);
        secret.check(longest, self.insecure_short_secret, self.insecure_placeholder_secret)
    }
}
