use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use jwt_core::keys::KeySet;
use jwt_core::{BoxError, Issuer, IssuerKeys, KeyMismatch, KeySource};

use crate::builder::{Kind, RemoteIssuerBuilder};
use crate::error::FetchError;
use crate::keys::Keys;
use crate::origin::Place;
use crate::status::Status;

/// Changes an issuer, as [`RemoteIssuerBuilder::rules`] wants it.
pub(crate) type Rule = Arc<dyn Fn(Issuer) -> Issuer + Send + Sync>;

/// Decides whether a tenant's tokens are accepted.
pub(crate) type Tenants = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// An issuer whose keys are fetched, and kept up to date.
///
/// This is a handle: clones share the keys. [`issuer`](Self::issuer) returns what
/// [`trusted_issuer`](jwt_core::JwtManagerBuilder::trusted_issuer) takes.
///
/// ```
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::RemoteIssuer;
///
/// # #[cfg(feature = "reqwest")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = RemoteIssuer::discover("https://login.example").build()?;
/// let jwt = JwtManager::builder(Config::default())
///     .trusted_issuer(login.issuer().audience("https://api.example").rfc9068())
///     .build()?;
/// # let _ = jwt;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "reqwest"))]
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct RemoteIssuer {
    pub(crate) keys: Arc<Keys>,
    pub(crate) rules: Arc<[Rule]>,
    pub(crate) tenants: Option<Tenants>,
}

impl RemoteIssuer {
    /// An issuer that publishes the address of its keys (OpenID Connect Discovery 1.0, 4, and RFC 8414, 3).
    ///
    /// `name` is the exact `iss` of its tokens, and its address. The discovery document is looked for at
    /// `{name}/.well-known/openid-configuration`, then at `/.well-known/oauth-authorization-server` and
    /// `/.well-known/openid-configuration` followed by the path of the name. The `issuer` in the document must be exactly
    /// `name`, including a slash at the end (RFC 8414, 3.3).
    ///
    /// The name must begin with `https://`, or be on the loopback interface, and must not have a query or a fragment.
    pub fn discover(name: impl Into<Box<str>>) -> RemoteIssuerBuilder {
        RemoteIssuerBuilder::new(name.into(), Kind::Discovery)
    }

    /// An issuer whose JWK set is at this address (RFC 7517, 5).
    ///
    /// `name` is the exact `iss` of its tokens. The address must begin with `https://`, or be on the loopback interface.
    pub fn jwks(name: impl Into<Box<str>>, url: impl Into<Box<str>>) -> RemoteIssuerBuilder {
        RemoteIssuerBuilder::new(name.into(), Kind::Keys(url.into()))
    }

    /// An issuer whose JWK set is in a file, such as one that Kubernetes mounts.
    ///
    /// `name` is the exact `iss` of its tokens. The file is read again when the shortest [time to
    /// live](RemoteIssuerBuilder::time_to_live) has passed, one minute by default, and for a token with an unknown key,
    /// with the same limits as for addresses. Replace the file with a rename, so that nobody reads half of it. If it can't
    /// be read, the earlier keys stay in use as in an outage.
    pub fn file(name: impl Into<Box<str>>, path: impl Into<PathBuf>) -> RemoteIssuerBuilder {
        RemoteIssuerBuilder::new(name.into(), Kind::File(path.into()))
    }

    /// The issuers of all tenants of a provider that signs their tokens with the same keys, which are at one address.
    ///
    /// `template` and `is_ours` are those of [`Issuer::tenants`]. A token never decides which address is fetched. Keys
    /// whose member `issuer` is not a template (`{…}`) are for one tenant alone, as in Microsoft's sets. They are skipped.
    ///
    /// ```
    /// use std::collections::HashSet;
    ///
    /// use jwt_jwks::RemoteIssuer;
    ///
    /// # #[cfg(feature = "reqwest")]
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let customers = HashSet::from(["contoso", "fabrikam"]);
    /// let login = RemoteIssuer::tenants(
    ///     "https://login.example/{tenant}/v2.0",
    ///     "https://login.example/common/keys",
    ///     move |tenant| customers.contains(tenant),
    /// )
    /// .build()?;
    /// # let _ = login;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    pub fn tenants(
        template: impl Into<Box<str>>,
        url: impl Into<Box<str>>,
        is_ours: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> RemoteIssuerBuilder {
        RemoteIssuerBuilder::new(template.into(), Kind::Keys(url.into())).for_tenants(Arc::new(is_ours))
    }

    /// Returns the issuer for [`trusted_issuer`](jwt_core::JwtManagerBuilder::trusted_issuer) or
    /// [`add_trusted_issuer`](jwt_core::JwtManager::add_trusted_issuer), with the
    /// [`rules`](RemoteIssuerBuilder::rules) applied in their order.
    ///
    /// It can be called several times, and changed further.
    pub fn issuer(&self) -> Issuer {
        let (name, keys) = (self.name(), IssuerKeys::source(self.clone()));
        let issuer = match &self.tenants {
            Some(is_ours) => {
                let is_ours = Arc::clone(is_ours);
                Issuer::tenants(name, keys, move |tenant| is_ours(tenant))
            }
            None => Issuer::with_source(name, self.clone()),
        };
        self.rules.iter().fold(issuer, |issuer, rule| rule(issuer))
    }

    /// Returns the configured name of the issuer, or the template of its tenants.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.keys.origin.name
    }

    /// Waits until there are keys, fetching them if necessary.
    ///
    /// Call it when the application starts, or for a readiness probe. An application can start without it: the first
    /// requests then wait for the keys. Repeated calls do not cause more attempts than requests do.
    ///
    /// ```no_run
    /// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// # use jwt_jwks::RemoteIssuer;
    /// let login = RemoteIssuer::file("https://login.example", "keys/login.json").build()?;
    /// if let Err(error) = login.ready().await {
    ///     eprintln!("starting without keys, requests get 503 for now: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if there are no usable keys, and the attempt to fetch them fails or has just failed.
    pub async fn ready(&self) -> Result<(), FetchError> {
        if self.keys.known().is_some() {
            return Ok(());
        }
        match self.keys.fetch().await {
            Err(error) if self.keys.known().is_none() => Err(error),
            _ => Ok(()),
        }
    }

    /// Fetches the keys now. Call it if you know that keys have changed.
    ///
    /// A fetch in flight may have got the keys from before the change. This waits for its end, and then fetches again.
    /// No cool-down applies, so do not let clients cause this.
    ///
    /// # Errors
    ///
    /// Returns an error if the fetch fails. The earlier keys then stay in use.
    pub async fn refresh(&self) -> Result<(), FetchError> {
        self.keys.refresh().await.map(|_| ())
    }

    /// Returns the state of the keys. This neither waits nor fetches.
    #[must_use]
    pub fn status(&self) -> Status {
        let now = self.keys.now();
        let snapshot = self.keys.snapshot();
        let turns = self.keys.turns();
        let failed = turns.last_failure();
        Status {
            keys: snapshot.as_ref().map_or(0, |snapshot| snapshot.count),
            age: snapshot
                .as_ref()
                .and_then(|snapshot| Some(now.saturating_duration_since(snapshot.fetched?))),
            is_fresh: snapshot.as_ref().is_some_and(|snapshot| now < snapshot.fresh_until),
            is_usable: snapshot.as_ref().is_some_and(|snapshot| now < snapshot.stale_until),
            failures: failed.as_ref().map_or(0, |failed| failed.count),
            last_error: failed.map(|failed| (failed.error, now.saturating_duration_since(failed.at))),
            waiting: self.keys.waiting(),
        }
    }
}

impl KeySource for RemoteIssuer {
    fn known(&self) -> Option<Arc<KeySet>> {
        self.keys.known()
    }

    fn worth_fetching(&self, mismatch: KeyMismatch) -> bool {
        self.keys.worth_fetching(mismatch)
    }

    fn has_discovery_document(&self) -> bool {
        matches!(self.keys.origin.place, Place::Discovery { .. })
    }

    /// Returns the known keys if they are fresh and no token needs others.
    async fn fetch(&self) -> Result<Arc<KeySet>, BoxError> {
        self.keys.fetch().await.map_err(Into::into)
    }
}

impl fmt::Debug for RemoteIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteIssuer").field("name", &self.name()).finish_non_exhaustive()
    }
}
