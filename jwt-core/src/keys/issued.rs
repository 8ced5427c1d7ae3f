//! The keys that an issuer publishes: JWK sets (RFC 7517, 5), and maps from `kid` to certificate.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::key::{VerifyingKey, empty_id};
use super::pem;
use crate::algorithm::Algorithm;
use crate::error::ConfigError;
use crate::wire::{self, Members, text};

/// The maximum number of keys in a set. Each takes time to prepare, and the issuer may not be honest.
const MOST_KEYS: usize = 64;

/// The maximum number of keys with the same `kid` and algorithm. All of them are tried for a token with that `kid`.
const MOST_OF_ONE_ID: usize = 4;

/// `kty`, and the members of a JWK that must stay secret (RFC 7518, 6; RFC 8037, 2). `priv` is that of `AKP` keys.
const KTY_AND_SECRETS: [&str; 10] = ["kty", "d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// Reads a JWK set. Returns `None` if the text is not a set, but perhaps a single JWK.
pub(super) fn of_jwk_set(json: &str) -> Option<Result<Vec<VerifyingKey>, ConfigError>> {
    let [keys, kty] = Members::read(json, &["keys", "kty"])?.texts();
    if keys.is_none() && kty.is_none() {
        return Some(Err(ConfigError::key(
            "a JSON object that is neither a JWK set nor a JWK",
            "keys (RFC 7517, 5) or kty: from_certificate_map() reads an object from kid to certificate",
        )));
    }
    let keys = serde_json::from_str(keys?);
    let not_a_list = |_| ConfigError::key("a JWK set whose keys are not a list", "a list (RFC 7517, 5.1)");
    Some(keys.map_err(not_a_list).and_then(of_members))
}

fn of_members(members: Vec<&RawValue>) -> Result<Vec<VerifyingKey>, ConfigError> {
    let (mut secrets, mut private, mut pairs) = (false, false, false);
    // This includes unusable keys: someone is publishing secrets.
    for member in &members {
        let found = Published::of(member.get());
        secrets |= found == Published::Secret;
        private |= found == Published::Private;
        pairs |= found == Published::Public;
    }
    let found = match (secrets, private, pairs) {
        (true, _, true) => "a JWK set with secrets alongside public keys",
        (true, _, false) => "a JWK set with secrets",
        (false, true, _) => "a JWK set with private keys",
        (false, false, _) => {
            let mut kept = Kept::default();
            for (position, member) in members.into_iter().enumerate() {
                kept.add(position, VerifyingKey::all_of_jwk(member.get()))?;
            }
            return kept.finish("a JWK set without keys");
        }
    };
    Err(ConfigError::key(
        found,
        "public keys only (RFC 7517, 9.2): replace keys that were published, and add a shared secret with with_key()",
    ))
}

/// Reads a map from `kid` to a certificate, or to a public key, in PEM.
pub(super) fn of_certificate_map(algorithm: Algorithm, json: &str) -> Result<Vec<VerifyingKey>, ConfigError> {
    let expected = "a JSON object from kid to certificate in PEM, with distinct names";
    let entries = wire::entries(json)
        .ok_or_else(|| ConfigError::key("text that is not a map of certificates", expected))?;
    if entries.iter().any(|(name, _)| name == "keys" || name == "kty") {
        return Err(ConfigError::key(
            "a JWK or a JWK set",
            format!("{expected}: from_jwks() reads JWK sets"),
        ));
    }
    let mut kept = Kept::default();
    for (position, (id, value)) in entries.into_iter().enumerate() {
        let pem = text(value.get());
        if pem.as_deref().is_some_and(|pem| pem::is_private(pem.as_bytes())) {
            return Err(ConfigError::key(
                "a map of certificates with private keys",
                "certificates only: replace keys that were published",
            ));
        }
        let key = pem
            .ok_or_else(|| ConfigError::key("a value that is not text", "a certificate in PEM"))
            .and_then(|pem| VerifyingKey::of_certificate(algorithm, &pem));
        kept.add(position, key.map(|key| vec![key.with_id(id)]))?;
    }
    kept.finish("a map without certificates")
}

/// What a member of a set publishes, even if it is not usable.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Published {
    Secret,
    Private,
    Public,
    /// Nothing that is known.
    Other,
}

impl Published {
    fn of(jwk: &str) -> Self {
        let of = |kty: Option<&str>, has_secret: bool| match kty.and_then(text).as_deref() {
            Some("oct") => Self::Secret,
            _ if has_secret => Self::Private,
            Some("RSA" | "EC" | "OKP") => Self::Public,
            _ => Self::Other,
        };
        if let Some(members) = Members::read(jwk, &KTY_AND_SECRETS) {
            let [kty, secret @ ..] = members.texts();
            return of(kty, secret.into_iter().flatten().any(|json| json != "null"));
        }
        // Not acceptable as a JWK, for example because of a name that occurs twice.
        let members: HashMap<String, &RawValue> = serde_json::from_str(jwk).unwrap_or_default();
        let [_, secret @ ..] = KTY_AND_SECRETS;
        let has_secret = secret.into_iter().any(|name| members.contains_key(name));
        of(members.get("kty").map(|kty| kty.get()), has_secret)
    }
}

/// The usable keys of a set.
#[derive(Default)]
struct Kept {
    keys: Vec<VerifyingKey>,
    /// The number of usable members. A key that is listed once for each of its algorithms counts once.
    usable: usize,
    unusable: usize,
    /// The error of the first unusable member.
    refused: Option<ConfigError>,
}

impl Kept {
    /// Adds the keys of one member, which are the same key for several algorithms.
    fn add(
        &mut self,
        position: usize,
        keys: Result<Vec<VerifyingKey>, ConfigError>,
    ) -> Result<(), ConfigError> {
        let keys = match keys {
            Ok(keys) if keys.iter().any(|key| key.id() == Some("")) => {
                self.skip(position, empty_id());
                return Ok(());
            }
            Ok(keys) => keys,
            Err(error) => {
                self.skip(position, error);
                return Ok(());
            }
        };
        let is_known = keys.iter().any(|key| self.keys_of(key).next().is_some());
        let new: Vec<_> = keys.into_iter().filter(|key| !self.has(key)).collect();
        if !is_known || new.is_empty() {
            self.usable = self.usable.saturating_add(1);
        }
        if self.usable > MOST_KEYS {
            return Err(ConfigError::key(
                format!("a set of more than {MOST_KEYS} keys"),
                format!("at most {MOST_KEYS}: remove those that no longer sign"),
            ));
        }
        let mut is_too_much = false;
        for key in new {
            let is_rival =
                |other: &&VerifyingKey| other.id() == key.id() && other.algorithm() == key.algorithm();
            if self.keys.iter().filter(is_rival).count() < MOST_OF_ONE_ID {
                self.keys.push(key);
            } else {
                is_too_much = true;
            }
        }
        if is_too_much {
            let found = format!("more than {MOST_OF_ONE_ID} keys with the same id");
            self.skip(position, ConfigError::key(found, "distinct ids (RFC 7517, 4.5)"));
        }
        Ok(())
    }

    fn has(&self, key: &VerifyingKey) -> bool {
        self.keys_of(key).any(|other| other.algorithm() == key.algorithm())
    }

    /// The same key under the same id.
    fn keys_of(&self, key: &VerifyingKey) -> impl Iterator<Item = &VerifyingKey> {
        self.keys.iter().filter(move |other| other.is_same_key(key) && other.id() == key.id())
    }

    /// Notes that a member is not used. A hostile set cannot fill the log.
    fn skip(&mut self, position: usize, reason: ConfigError) {
        if self.unusable < MOST_KEYS {
            tracing::debug!(position, %reason, "a key in the set of an issuer is not usable, so it is skipped");
        }
        self.unusable = self.unusable.saturating_add(1);
        self.refused.get_or_insert(reason);
    }

    /// Returns the keys. If there are none, returns the error of the first member.
    fn finish(self, empty: &'static str) -> Result<Vec<VerifyingKey>, ConfigError> {
        if self.keys.is_empty() {
            return Err(self.refused.unwrap_or_else(|| ConfigError::key(empty, "at least one")));
        }
        Ok(self.keys)
    }
}
