use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::{ConfigError, Issuer};

use crate::address;
use crate::clock::Clock;
use crate::fetch::{DynFetch, Fetch, USUAL_TIMEOUT};
use crate::file::Bounded;
use crate::keys::Keys;
use crate::machine::{Snapshot, Times};
use crate::origin::{MOST_BYTES, Origin, Place};
use crate::remote::{RemoteIssuer, Rule, Tenants};

/// Where the keys are, as configured.
pub(crate) enum Kind {
    Discovery,
    Keys(Box<str>),
    File(PathBuf),
}

/// The options of a [`RemoteIssuer`]. All of them have defaults for production.
///
/// ```
/// use std::time::Duration;
///
/// use jwt_jwks::RemoteIssuer;
///
/// # #[cfg(feature = "reqwest")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = RemoteIssuer::discover("https://login.example")
///     .rules(|issuer| issuer.audience("https://api.example").rfc9068())
///     .time_to_live(Duration::from_secs(60)..=Duration::from_secs(900))
///     .build()?;
/// # let _ = login;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "reqwest"))]
/// # fn main() {}
/// ```
#[must_use = "a builder does nothing until build() is called"]
pub struct RemoteIssuerBuilder {
    name: Box<str>,
    kind: Kind,
    tenants: Option<Tenants>,
    rules: Vec<Rule>,
    certificates: Option<Algorithm>,
    seed: Option<KeySet>,
    added: Vec<VerifyingKey>,
    time_to_live: RangeInclusive<Duration>,
    stale_for: Duration,
    cool_down: Duration,
    timeout: Duration,
    insecure_http: bool,
    fetch: Option<Arc<dyn DynFetch>>,
    #[cfg(feature = "reqwest")]
    client: Option<reqwest::ClientBuilder>,
    #[cfg(feature = "reqwest")]
    bearer_token_file: Option<PathBuf>,
    clock: Clock,
    error: Option<ConfigError>,
}

impl RemoteIssuerBuilder {
    pub(crate) fn new(name: Box<str>, kind: Kind) -> Self {
        Self {
            name,
            kind,
            tenants: None,
            rules: Vec::new(),
            certificates: None,
            seed: None,
            added: Vec::new(),
            time_to_live: Duration::from_secs(60)..=Duration::from_secs(3600),
            stale_for: Duration::from_secs(3600),
            cool_down: Duration::from_secs(30),
            timeout: USUAL_TIMEOUT,
            insecure_http: false,
            fetch: None,
            #[cfg(feature = "reqwest")]
            client: None,
            #[cfg(feature = "reqwest")]
            bearer_token_file: None,
            clock: Clock::default(),
            error: None,
        }
    }

    pub(crate) fn for_tenants(mut self, is_ours: Tenants) -> Self {
        self.tenants = Some(is_ours);
        self
    }

    /// Makes [`build`](Self::build) return this error, for constructors that check their own arguments. The first one
    /// counts.
    pub(crate) fn invalid(mut self, option: &'static str, problem: &'static str) -> Self {
        self.error.get_or_insert(ConfigError::Invalid { option, problem });
        self
    }

    /// Adds rules for the tokens of the issuer, which [`RemoteIssuer::issuer`] applies.
    ///
    /// Several calls are applied in their order. Presets use this, so your rules refine theirs.
    pub fn rules(mut self, rules: impl Fn(Issuer) -> Issuer + Send + Sync + 'static) -> Self {
        self.rules.push(Arc::new(rules));
        self
    }

    /// Reads a map from `kid` to certificate instead of a JWK set, as Google and Firebase publish it. All keys are for
    /// `algorithm`. See [`KeySet::from_certificate_map`].
    pub const fn certificate_map(mut self, algorithm: Algorithm) -> Self {
        self.certificates = Some(algorithm);
        self
    }

    /// Sets keys to start with, such as a copy of the set from the last run. Default: none.
    ///
    /// They are used until the first attempt to fetch has ended, which the first request starts in the background, so no
    /// request waits for it. If the attempt fails, they are used like [stale keys](Self::stale_for). They are used for at
    /// most the shortest [time to live](Self::time_to_live) plus that time after [`build`](Self::build).
    pub fn seed(mut self, keys: KeySet) -> Self {
        self.seed = Some(keys);
        self
    }

    /// Adds a key that the issuer uses, but does not publish, such as a secret. Default: none.
    ///
    /// It is added to each set that is fetched, and to the [seed](Self::seed). Without a seed, it is not used before the
    /// first fetch has succeeded. With an added key, the set of the issuer can be empty: an issuer that signs with a secret
    /// alone publishes none. [`KeySet::with_key`] has the rules for its id.
    pub fn add_key(mut self, key: VerifyingKey) -> Self {
        self.added.push(key);
        self
    }

    /// Permits `http` for the configured host, **so anyone on the way can replace the keys, and then sign tokens that are
    /// accepted**. Default: `http` is only permitted on the loopback interface.
    ///
    /// This is for a network of containers during development, such as `http://keycloak:8080`. `jwks_uri` and redirects can
    /// lead to the same host with `http`, and to others with `https` only.
    pub const fn insecure_allow_http(mut self) -> Self {
        self.insecure_http = true;
        self
    }

    /// Sets the shortest and the longest time for which keys are fresh. Default: one minute to one hour. Bounds: one
    /// second to 24 hours.
    ///
    /// Within them, the server decides with `Cache-Control: max-age` minus `Age` (RFC 9111, 4.2), and `no-store` and
    /// `no-cache` mean the shortest. Without the field, it is 10 minutes. The keys are fetched again in the background
    /// after 75 to 90 percent of the time.
    ///
    /// A key that the issuer withdraws is therefore accepted for at most the longest time after the response was
    /// generated, while the issuer responds. `Cache-Control` in the requests limits the age of responses from caches to
    /// the longest time. If a response is older, the keys are fetched once more with `no-cache`. A cache that ignores both
    /// adds its own time.
    pub fn time_to_live(mut self, limits: RangeInclusive<Duration>) -> Self {
        self.time_to_live = limits;
        self
    }

    /// Sets how long keys are used after their time to live if the issuer is down. Default: one hour. At most seven days.
    ///
    /// After that, requests get a 503 with `Retry-After`. Zero means that an outage stops requests as soon as the keys
    /// are not fresh.
    pub const fn stale_for(mut self, time: Duration) -> Self {
        self.stale_for = time;
        self
    }

    /// Sets the shortest time between two attempts to fetch because of tokens with an unknown key or a wrong signature.
    /// Default: 30 seconds. Bounds: one second to one hour.
    ///
    /// Anyone can send such tokens. While they come in, keys that the issuer has just added are rejected as unknown for at
    /// most this time. It is also the longest pause between two attempts while the issuer is down.
    pub const fn cool_down(mut self, time: Duration) -> Self {
        self.cool_down = time;
        self
    }

    /// Sets how long an attempt to fetch can take, including all connections, redirects, and documents. Default: 5 seconds.
    /// Bounds: 10 milliseconds to one minute.
    ///
    /// A request waits for keys at most a quarter of a second longer than this, so 5.25 seconds by default.
    pub const fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// Sets the HTTP client's options, such as certificate authorities and proxies. Default: those of reqwest, with the
    /// operating system's certificates and proxies.
    ///
    /// Redirects, timeouts, and `Referer` are set by this crate. No proxy is used for an issuer on the loopback
    /// interface. reqwest may not notice a file without a certificate, so call
    /// [`ready`](RemoteIssuer::ready) at the start: its error says that the connection is not trusted.
    ///
    /// ```no_run
    /// use jwt_jwks::RemoteIssuer;
    /// use jwt_jwks::reqwest::{Certificate, Client, Proxy};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // In addition to the authorities of the operating system.
    /// let authority = Certificate::from_pem(&std::fs::read("keys/company-ca.pem")?)?;
    /// let client = Client::builder()
    ///     .tls_certs_merge([authority])
    ///     .proxy(Proxy::all("http://proxy.example:3128")?)
    ///     .user_agent("orders/1.0");
    /// let login = RemoteIssuer::discover("https://login.example").client(client).build()?;
    /// # let _ = login;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "reqwest")]
    #[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
    pub fn client(mut self, client: reqwest::ClientBuilder) -> Self {
        self.client = Some(client);
        self
    }

    /// Sends the token in this file as `Authorization: Bearer`, as the API server of Kubernetes requires. Default: none.
    ///
    /// The file is read for each fetch, so a token can rotate. It can have at most 64 KiB. The token is sent only to the
    /// scheme, host, and port of the configured address, neither to those of a redirect nor to a `jwks_uri` elsewhere. It
    /// is never logged.
    #[cfg(feature = "reqwest")]
    #[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
    pub fn bearer_token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.bearer_token_file = Some(path.into());
        self
    }

    /// Sets a client of your own, which has the [duties](Fetch#duties) of an HTTP client. Default: reqwest, with the
    /// feature of that name. Files are read without a client.
    pub fn fetch(mut self, client: impl Fetch) -> Self {
        self.fetch = Some(Arc::new(client));
        self
    }

    /// Sets the clock, for tests. Default: [`Instant::now`].
    ///
    /// The limit of a fetch that hangs uses the timer of the tokio runtime, whose test utilities can pause it as well. The
    /// clock must not go back: the keys would be used until it is again where it was.
    pub fn clock(mut self, now: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// Creates the issuer. This fetches nothing.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::Invalid`] if an address is not permitted, an option is out of its bounds, or there is no
    /// client.
    pub fn build(self) -> Result<RemoteIssuer, ConfigError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.check()?;
        let (place, rule) = match self.kind {
            Kind::Discovery => {
                let (url, rule) = configured("RemoteIssuer::discover", &self.name, self.insecure_http)?;
                if url.query().is_some() {
                    return Err(invalid(
                        "RemoteIssuer::discover",
                        "must not have a query (?…): pass the issuer's iss, or use RemoteIssuer::jwks",
                    ));
                }
                (Place::Discovery { url, rule: rule.clone() }, Some(rule))
            }
            Kind::Keys(address) => {
                let (url, rule) = configured("RemoteIssuer::jwks", &address, self.insecure_http)?;
                (Place::Keys { url, rule: rule.clone() }, Some(rule))
            }
            Kind::File(path) => (Place::File(Bounded::new(path, MOST_BYTES)), None),
        };
        #[cfg(feature = "reqwest")]
        let client = match (self.fetch, rule) {
            (Some(_), _) if self.client.is_some() || self.bearer_token_file.is_some() => {
                return Err(invalid(
                    "RemoteIssuerBuilder::fetch",
                    "contradicts client() and bearer_token_file(), which are for reqwest: remove one of them",
                ));
            }
            (Some(fetch), _) => Some(fetch),
            (None, Some(rule)) => Some(crate::client::client(self.client, self.bearer_token_file, &rule)?),
            (None, None) => None,
        };
        #[cfg(not(feature = "reqwest"))]
        let client = match (self.fetch, rule) {
            (None, Some(_)) => {
                return Err(invalid(
                    "RemoteIssuerBuilder::fetch",
                    "is required without the feature reqwest: enable the feature, or pass a client",
                ));
            }
            (fetch, _) => fetch,
        };
        let origin = Origin {
            name: self.name,
            place,
            certificates: self.certificates,
            for_tenants: self.tenants.is_some(),
            added: self.added,
            time_to_live: self.time_to_live,
            timeout: self.timeout,
            clock: self.clock,
            client,
        };
        let seed = match self.seed {
            Some(keys) => Some(seeded(&origin, keys, self.stale_for)?),
            None => None,
        };
        crate::metrics::describe();
        let times = Times { cool_down: self.cool_down, timeout: self.timeout };
        Ok(RemoteIssuer {
            keys: Arc::new(Keys::new(origin, times, self.stale_for, seed)),
            rules: self.rules.into(),
            tenants: self.tenants,
        })
    }

    fn check(&self) -> Result<(), ConfigError> {
        const SECOND: Duration = Duration::from_secs(1);
        const DAY: Duration = Duration::from_secs(86_400);
        const WEEK: Duration = Duration::from_secs(7 * 86_400);
        let is_within = |time, least, most| (least..=most).contains(&time);
        if self.name.is_empty() {
            return Err(invalid("RemoteIssuer", "must not have an empty name: pass the issuer's iss"));
        }
        let (least, most) = (*self.time_to_live.start(), *self.time_to_live.end());
        if !is_within(least, SECOND, DAY) || !is_within(most, SECOND, DAY) || least > most {
            return Err(invalid(
                "RemoteIssuerBuilder::time_to_live",
                "must be from one second to 24 hours, the shorter time first: pass 60 seconds to one hour",
            ));
        }
        if self.stale_for > WEEK {
            return Err(invalid(
                "RemoteIssuerBuilder::stale_for",
                "must be at most seven days, because withdrawn keys are accepted for as long: pass an hour",
            ));
        }
        if !is_within(self.cool_down, SECOND, Duration::from_secs(3600)) {
            return Err(invalid(
                "RemoteIssuerBuilder::cool_down",
                "must be from one second to one hour, because each token with an unknown key could fetch: pass 30 \
                 seconds",
            ));
        }
        if !is_within(self.timeout, Duration::from_millis(10), Duration::from_secs(60)) {
            return Err(invalid(
                "RemoteIssuerBuilder::timeout",
                "must be from 10 milliseconds to one minute, because requests wait for it: pass 5 seconds",
            ));
        }
        if self.added.iter().any(|key| key.id().is_some_and(str::is_empty)) {
            return Err(invalid("RemoteIssuerBuilder::add_key", "must not have a key with an empty id"));
        }
        Ok(())
    }
}

fn configured(
    option: &'static str,
    address: &str,
    insecure_http: bool,
) -> Result<(url::Url, address::Rule), ConfigError> {
    address::Rule::configured(address, insecure_http).map_err(|problem| invalid(option, problem))
}

/// Keys that are not fresh, so the first request refreshes them in the background. If that fails, they are used like
/// stale ones.
fn seeded(origin: &Origin, keys: KeySet, stale_for: Duration) -> Result<Snapshot, ConfigError> {
    if keys.ignores_kid() {
        return Err(invalid(
            "RemoteIssuerBuilder::seed",
            "must not be a single key that ignores kid: pass a KeySet from KeySet::new or a JWK set",
        ));
    }
    if keys.is_empty() {
        return Err(invalid("RemoteIssuerBuilder::seed", "must not be empty: remove the call, or pass keys"));
    }
    let keys = origin.with_added(keys).map_err(|_| {
        invalid("RemoteIssuerBuilder::add_key", "must not have a key with an empty id: name the key")
    })?;
    let now = origin.clock.now();
    let stale_for = origin.time_to_live.start().saturating_add(stale_for);
    Ok(Snapshot::new(keys, None, now, now, stale_for))
}

const fn invalid(option: &'static str, problem: &'static str) -> ConfigError {
    ConfigError::Invalid { option, problem }
}

impl fmt::Debug for RemoteIssuerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteIssuerBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}
