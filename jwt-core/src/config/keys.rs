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
}

/// Algorithms and secrets.
impl Config {
    /// The algorithm that signs. Default: HS256 for a secret, the key's own for a key pair; another than the key's is
    /// an error.
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.keys.algorithm = Some(algorithm);
        self
    }

    /// The algorithms that verify; the signing one is always among them. Default: that one alone, or those of the
    /// keys of a [`KeyRing`](crate::keys::KeyRing). One secret or key pair serves several of its kind, such as RS256
    /// and PS256; several kinds need a ring.
    pub fn decode_algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.keys.decode_algorithms = algorithms.into_iter().collect();
        self
    }

    /// Accepts a secret that is shorter than its hash, against RFC 7518, 3.2, or that everybody tries first. It can be
    /// guessed offline from any one token. Default: no.
    pub const fn insecure_short_secret(mut self) -> Self {
        self.keys.insecure_short_secret = true;
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
    ],
    flask: same,
    check,
};

/// Keys are checked when they are given: [`KeyRules::keys`].
const fn check(_: &Config) -> Result<(), ConfigError> {
    Ok(())
}

/// What a setter for keys was given.
pub(crate) enum KeyInput {
    Secret(Secret),
    KeyPair(SigningKey),
    PublicKey(VerifyingKey),
    Ring(KeyRing),
}

/// What the manager's own keys must be, and with which library they compute.
#[derive(Debug)]
pub(crate) struct KeyRules {
    algorithm: Option<Algorithm>,
    decode_algorithms: Vec<Algorithm>,
    insecure_short_secret: bool,
    pub(crate) backend: Backend,
}

impl Options {
    pub(super) fn compile(&self, backend: Backend) -> KeyRules {
        KeyRules {
            algorithm: self.algorithm,
            decode_algorithms: self.decode_algorithms.clone(),
            insecure_short_secret: self.insecure_short_secret,
            backend,
        }
    }
}

impl KeyRules {
    /// The keys that the manager computes with, of those that its builder was given.
    pub(crate) fn keys(&self, given: Vec<KeyInput>, has_other_keys: bool) -> Result<Keys, ConfigError> {
        let mut given = given.into_iter();
        let keys = match (given.next(), given.next()) {
            (None, _) if has_other_keys => return Ok(Keys::none()),
            (None, _) => return Err(ConfigError::MissingKey),
            (Some(keys), None) => keys,
            (Some(_), Some(_)) => {
                return Err(ConfigError::invalid(
                    "key",
                    "is given in more than one way: of secret(), key_pair(), public_key() and keys(), call one; a \
                     KeyRing takes several",
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

    /// That a key is for the configured algorithm and, if it is a secret, is long enough for the others that it will
    /// serve.
    fn agree(&self, key: &VerifyingKey) -> Result<(), ConfigError> {
        let of_key = key.algorithm();
        match (self.algorithm, key.secret()) {
            (Some(algorithm), _) if algorithm != of_key => Err(ConfigError::key(
                format!("a key for {of_key}"),
                format!("one for {algorithm}, which is the algorithm of the Config"),
            )),
            (_, Some(secret)) => self.check_secret(secret, of_key),
            (_, None) => Ok(()),
        }
    }

    /// The longest hash among the algorithms decides.
    fn check_secret(&self, secret: &Secret, signing: Algorithm) -> Result<(), ConfigError> {
        let all = [signing].into_iter().chain(self.decode_algorithms.iter().copied());
        let longest = all.max_by_key(|algorithm| algorithm.min_secret_len()).unwrap_or(signing);
        secret.check(longest, self.insecure_short_secret)
    }
}
