//! One attempt to get keys, from an address or a file, up to the usable set.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use http::{HeaderMap, StatusCode};
use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use serde::Deserialize;
use url::Url;

use crate::address::Rule;
use crate::cache;
use crate::clock::Clock;
use crate::common::keys_of_all_tenants;
use crate::discovery;
use crate::error::{FetchError, chain, shown_address};
use crate::fetch::{DynFetch, FetchRequest};
use crate::file::Bounded;

/// The largest document. A set of 64 keys with certificates is smaller.
pub(crate) const MOST_BYTES: usize = 256 * 1024;

/// Where the keys are.
pub(crate) enum Place {
    Discovery { url: Url, rule: Rule },
    Keys { url: Url, rule: Rule },
    File(Bounded),
}

/// Everything that a fetch needs.
pub(crate) struct Origin {
    /// The exact name of the issuer.
    pub(crate) name: Box<str>,
    pub(crate) place: Place,
    /// For certificate maps, the algorithm of the keys.
    pub(crate) certificates: Option<Algorithm>,
    /// Whether several issuers share the keys.
    pub(crate) for_tenants: bool,
    pub(crate) added: Vec<VerifyingKey>,
    pub(crate) time_to_live: RangeInclusive<Duration>,
    pub(crate) timeout: Duration,
    pub(crate) clock: Clock,
    /// `None` for files.
    pub(crate) client: Option<Arc<dyn DynFetch>>,
}

/// Usable keys, and how long they are fresh.
pub(crate) struct Fetched {
    pub(crate) keys: KeySet,
    pub(crate) time_to_live: Duration,
    /// How long a cache on the way has had them.
    pub(crate) age: Duration,
}

impl Origin {
    /// Fetches the keys. The limit applies to all documents together.
    pub(crate) async fn fetch(&self, revalidate: bool) -> Result<Fetched, FetchError> {
        let started = self.clock.now();
        let fetched = self.attempt(revalidate, started).await?;
        // Caches may ignore the age that a request permits.
        if revalidate || fetched.age <= *self.time_to_live.end() {
            return Ok(fetched);
        }
        self.attempt(true, started).await
    }

    async fn attempt(&self, revalidate: bool, started: Instant) -> Result<Fetched, FetchError> {
        let (address, headers, body) = match &self.place {
            Place::File(file) => {
                let body = file.read().await?;
                return Ok(Fetched {
                    keys: self.read(&file.shown(), &body)?,
                    // Reading a file is cheap.
                    time_to_live: *self.time_to_live.start(),
                    age: Duration::ZERO,
                });
            }
            Place::Keys { url, rule } => self.get(url, rule, revalidate, started).await?,
            Place::Discovery { url, rule } => {
                let keys = self.discover(url, rule, revalidate, started).await?;
                self.get(&keys, rule, revalidate, started).await?
            }
        };
        let keys = self.read(&address, &body)?;
        let time_to_live = cache::time_to_live(&headers, &self.time_to_live);
        Ok(Fetched { keys, time_to_live, age: cache::age(&headers) })
    }

    /// The address of the keys, from the first discovery document that there is.
    async fn discover(
        &self,
        issuer: &Url,
        rule: &Rule,
        revalidate: bool,
        started: Instant,
    ) -> Result<Url, FetchError> {
        let mut first = None;
        for address in discovery::addresses(issuer) {
            let found = match self.get(&address, rule, revalidate, started).await {
                Ok((address, _, body)) => discovery::jwks_uri(&self.name, &address, &body),
                Err(error) => Err(error),
            };
            match found {
                Ok(keys) => {
                    return rule.permits(&keys).map_err(|problem| {
                        FetchError::address(
                            &keys,
                            &format!(
                                "is the jwks_uri at {}, but it {problem}",
                                shown_address(address.as_str())
                            ),
                        )
                    });
                }
                Err(error) if !error.is_absent() => return Err(error),
                // The first form is the usual one, so its error says most.
                Err(error) => {
                    first.get_or_insert(error);
                }
            }
        }
        Err(first.unwrap_or_else(FetchError::stopped))
    }

    async fn get(
        &self,
        url: &Url,
        rule: &Rule,
        revalidate: bool,
        started: Instant,
    ) -> Result<(Box<str>, HeaderMap, Bytes), FetchError> {
        let address: Box<str> = url.as_str().into();
        let client = self.client.as_deref().ok_or_else(FetchError::stopped)?;
        let timeout = self.timeout.saturating_sub(self.clock.now().saturating_duration_since(started));
        if timeout.is_zero() {
            return Err(FetchError::timed_out(self.timeout));
        }
        let request = FetchRequest {
            url: address.clone(),
            max_bytes: MOST_BYTES,
            timeout,
            revalidate,
            max_age: if revalidate { Duration::ZERO } else { *self.time_to_live.end() },
            rule: rule.clone(),
        };
        let response =
            client.get_boxed(request).await.map_err(|error| match error.downcast::<FetchError>() {
                Ok(error) => *error,
                Err(error) => FetchError::unreachable(&address, &chain(&*error)),
            })?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::status(&address, response.status()));
        }
        if response.body().len() > MOST_BYTES {
            return Err(FetchError::too_large(&address, MOST_BYTES));
        }
        let (head, mut body) = response.into_parts();
        // Some servers put a byte order mark in front of JSON (RFC 8259, 8.1).
        if body.starts_with(b"\xef\xbb\xbf") {
            body.advance(3);
        }
        Ok((address, head.headers, body))
    }

    /// Reads a set, and adds the keys of the configuration.
    fn read(&self, address: &str, body: &[u8]) -> Result<KeySet, FetchError> {
        let Ok(text) = std::str::from_utf8(body) else {
            return Err(FetchError::keys(address, "they are not JSON in UTF-8: check the address"));
        };
        // The issuer may have no keys but the added ones, which it does not publish.
        if !self.added.is_empty() && is_empty_set(text, self.certificates.is_some()) {
            let none = KeySet::new([]).map_err(|error| FetchError::keys(address, error))?;
            return self.with_added(none);
        }
        let keys = match self.certificates {
            Some(algorithm) => KeySet::from_certificate_map(algorithm, text),
            None if self.for_tenants => {
                let keys = keys_of_all_tenants(text).ok_or_else(|| {
                    FetchError::keys(
                        address,
                        "there is no JWK set with a key for all tenants, and keys that name a single issuer are skipped: \
                         check the address, or configure each tenant with RemoteIssuer::jwks",
                    )
                })?;
                KeySet::from_jwks(keys)
            }
            None => KeySet::from_jwks(text),
        };
        let keys = keys.map_err(|error| FetchError::keys(address, format_args!("{error}")))?;
        if keys.ignores_kid() {
            return Err(FetchError::keys(
                address,
                "it is a single JWK, which would verify tokens of any kid: configure the address of a JWK set, \
                 {\"keys\":[…]}",
            ));
        }
        self.with_added(keys)
    }

    pub(crate) fn with_added(&self, mut keys: KeySet) -> Result<KeySet, FetchError> {
        for key in &self.added {
            keys = keys.with_key(key.clone()).map_err(|error| FetchError::keys("add_key", error))?;
        }
        Ok(keys)
    }
}

/// Whether a document says that there are no keys, rather than keys that cannot be used.
fn is_empty_set(text: &str, is_map: bool) -> bool {
    #[derive(Deserialize)]
    struct Set {
        keys: [(); 0],
    }
    if is_map {
        return serde_json::from_str::<serde_json::Map<_, _>>(text).is_ok_and(|map| map.is_empty());
    }
    serde_json::from_str(text).is_ok_and(|Set { keys: [] }| true)
}
