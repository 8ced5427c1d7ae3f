use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::ConfigError;
use crate::error::BoxError;
use crate::keys::{Algorithm, Backend, KeySet};
use crate::token::{ClaimRules, PartyRules, Rules, Typ};

/// Another service whose tokens are accepted, in addition to the manager's own.
///
/// An issuer has its own keys and rules. The `iss` claim of a token selects the issuer before the token is verified,
/// and is compared again afterwards. One issuer's key therefore never verifies another issuer's token (RFC 8725, 3.8).
///
/// The leeways, the maximum token size, and the identity claim come from the [`Config`](crate::Config).
///
/// ```
/// use jwt_core::keys::KeySet;
/// use jwt_core::{Config, Issuer, JwtManager};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let login = Issuer::new("https://login.example", KeySet::from_jwks(jwks)?)
///     .audience("https://api.example")
///     .rfc9068();
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login).build()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "an issuer does nothing until it is passed to trusted_issuer()"]
pub struct Issuer {
    name: Box<str>,
    keys: IssuerKeys,
    algorithms: Vec<Algorithm>,
    audiences: Vec<Box<str>>,
    required: Option<Vec<Box<str>>>,
    at_jwt: bool,
    any_typ: bool,
    any_type_is_access: bool,
}

enum IssuerKeys {
    Fixed(Arc<KeySet>),
    Source(Arc<dyn DynKeySource>),
}

/// A source of an [`Issuer`]'s keys, for keys that change.
///
/// If the `kid` of a token is not among the known keys, the request waits in
/// [`JwtManager::complete`](crate::JwtManager::complete) for [`fetch`](Self::fetch). Anyone can send such tokens. The
/// source must therefore limit how often it fetches, and fetch once for concurrent requests.
///
/// Return a [set](KeySet::new), which finds its keys by `kid`. A [single key](KeySet::single) ignores `kid`, so no
/// token ever causes a fetch. The keys are always used with the crypto library that they were [prepared
/// for](KeySet::prepared_by), regardless of the manager's.
///
/// ```
/// use std::sync::{Arc, RwLock};
///
/// use jwt_core::keys::KeySet;
/// use jwt_core::{BoxError, Issuer, KeySource};
///
/// /// Reads the keys from a file that another process keeps up to date.
/// #[derive(Default)]
/// struct KeyFile {
///     known: RwLock<Option<Arc<KeySet>>>,
/// }
///
/// impl KeySource for KeyFile {
///     fn known(&self) -> Option<Arc<KeySet>> {
///         self.known.read().ok()?.clone()
///     }
///
///     async fn fetch(&self) -> Result<Arc<KeySet>, BoxError> {
///         let keys = Arc::new(KeySet::from_jwks(std::fs::read_to_string("keys/login.json")?)?);
///         if let Ok(mut known) = self.known.write() {
///             *known = Some(Arc::clone(&keys));
///         }
///         Ok(keys)
///     }
/// }
///
/// let login = Issuer::with_source("https://login.example", KeyFile::default());
/// # let _ = login;
/// ```
pub trait KeySource: Send + Sync + 'static {
    /// Returns the known keys, or `None` if none have been fetched yet.
    ///
    /// The manager calls this for every token of the issuer, so it must not block. It never requests a refresh because
    /// of the age of the keys: return `None`, or keys that a task of yours refreshes, if a withdrawn key must not be
    /// trusted for long.
    fn known(&self) -> Option<Arc<KeySet>>;

    /// Fetches the current keys.
    ///
    /// If it is too early for another fetch, return the known keys. A token with an unknown `kid` is then invalid.
    ///
    /// # Errors
    ///
    /// Returns an error if the keys can't be fetched. The client gets a 503. The manager does not log the error, which
    /// may quote data, so log it here.
    fn fetch(&self) -> impl Future<Output = Result<Arc<KeySet>, BoxError>> + Send;
}

/// Implements [`KeySource`] for pointers to a source, so several issuers can share one.
macro_rules! forward {
    ($($pointer:ty),+) => {$(
        impl<S: KeySource> KeySource for $pointer {
            fn known(&self) -> Option<Arc<KeySet>> {
                S::known(self)
            }

            fn fetch(&self) -> impl Future<Output = Result<Arc<KeySet>, BoxError>> + Send {
                S::fetch(self)
            }
        }
    )+};
}

forward!(Arc<S>, Box<S>, &'static S);

type Fetched<'a> = Pin<Box<dyn Future<Output = Result<Arc<KeySet>, BoxError>> + Send + 'a>>;

trait DynKeySource: Send + Sync {
    fn known(&self) -> Option<Arc<KeySet>>;
    fn fetch(&self) -> Fetched<'_>;
}

impl<S: KeySource> DynKeySource for S {
    fn known(&self) -> Option<Arc<KeySet>> {
        KeySource::known(self)
    }

    fn fetch(&self) -> Fetched<'_> {
        Box::pin(KeySource::fetch(self))
    }
}

impl Issuer {
    /// Creates an issuer with these keys. `name` is the exact `iss` of its tokens (RFC 7519, 4.1.1). It must not be
    /// empty.
    ///
    /// By default, the issuer is assumed to be another service that uses this library, so its tokens must have `exp`
    /// and `type`. The other methods change that.
    pub fn new(name: impl Into<Box<str>>, keys: KeySet) -> Self {
        Self::with(name.into(), IssuerKeys::Fixed(Arc::new(keys)))
    }

    /// Creates an issuer whose keys change. `name` is the exact `iss` of its tokens (RFC 7519, 4.1.1). It must not be
    /// empty.
    pub fn with_source(name: impl Into<Box<str>>, source: impl KeySource) -> Self {
        Self::with(name.into(), IssuerKeys::Source(Arc::new(source)))
    }

    fn with(name: Box<str>, keys: IssuerKeys) -> Self {
        Self {
            name,
            keys,
            algorithms: Vec::new(),
            audiences: Vec::new(),
            required: None,
            at_jwt: false,
            any_typ: false,
            any_type_is_access: false,
        }
    }

    /// Adds an accepted audience. A token's `aud` must contain at least one of them (RFC 7519, 4.1.3). Default: none. A
    /// token must then not have an `aud`. An audience must not be empty.
    pub fn audience(mut self, audience: impl Into<Box<str>>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Sets the algorithms that a token can use. Default: those of the keys.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Sets the claims that every token must have, in addition to `iss` and the identity claim.
    ///
    /// Default: `exp` and `type`, or `exp` alone with [`any_type_is_access`](Self::any_type_is_access). With
    /// [`rfc9068`](Self::rfc9068), the claims of that RFC are always required.
    pub fn required_claims<S: Into<Box<str>>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.required = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Accepts access tokens as RFC 9068 defines them. `typ` must be `at+jwt`, and all claims that section 2.2 requires
    /// must be present. Each token is an access token, regardless of its `type` claim.
    ///
    /// An [`audience`](Self::audience) must be set (RFC 9068, 4).
    pub const fn rfc9068(mut self) -> Self {
        self.at_jwt = true;
        self
    }

    /// Sets whether to accept every token whose `type` is not `refresh`, or is absent, as an access token. Default: no.
    ///
    /// Use this for issuers that do not write `type`. Only the audience then distinguishes their access tokens from
    /// other tokens, such as ID tokens.
    pub const fn any_type_is_access(mut self, lenient: bool) -> Self {
        self.any_type_is_access = lenient;
        self
    }

    /// Sets whether to accept any `typ` header parameter, instead of `JWT` or none (RFC 8725, 3.11). Default: no.
    pub const fn any_typ(mut self, lenient: bool) -> Self {
        self.any_typ = lenient;
        self
    }

    /// Combines the rules of the configuration with those of this issuer.
    pub(crate) fn compile(self, own: &Rules, backend: Backend) -> Result<TrustedIssuer, ConfigError> {
        let typ = match (self.at_jwt, self.any_typ) {
            (true, true) => {
                return Err(ConfigError::invalid(
                    "Issuer::any_typ",
                    "contradicts rfc9068(): remove one of the two calls",
                ));
            }
            (true, false) => Typ::AtJwt,
            (false, true) => Typ::Any,
            (false, false) => Typ::Jwt,
        };
        if self.name.is_empty() {
            return Err(ConfigError::invalid(
                "Issuer::new",
                "must not have an empty name: pass the issuer's iss",
            ));
        }
        if typ == Typ::AtJwt && self.audiences.is_empty() {
            return Err(ConfigError::invalid(
                "Issuer::rfc9068",
                "requires an audience (RFC 9068, 4): call Issuer::audience",
            ));
        }
        if self.audiences.iter().any(|audience| audience.is_empty()) {
            return Err(ConfigError::invalid(
                "Issuer::audience",
                "must not be empty, because no token could match: remove the call or pass a name",
            ));
        }
        let needed: &[&str] = match typ {
            Typ::AtJwt => &["iss", "exp", "aud", "sub", "client_id", "iat", "jti"],
            _ if self.any_type_is_access => &["exp"],
            _ => &["exp", "type"],
        };
        let mut required =
            self.required.unwrap_or_else(|| needed.iter().map(|name| (*name).into()).collect());
        if typ == Typ::AtJwt {
            // RFC 9068, 2.2: all of them are required.
            required.extend(needed.iter().map(|name| Box::from(*name)));
        }
        if let IssuerKeys::Fixed(keys) = &self.keys
            && !self.algorithms.is_empty()
            && !self.algorithms.iter().any(|algorithm| keys.serves(*algorithm))
        {
            return Err(ConfigError::invalid(
                "Issuer::algorithms",
                "must include an algorithm of the issuer's keys: remove the call, or pass other keys",
            ));
        }
        let rules = Rules {
            max_token_bytes: own.max_token_bytes,
            algorithms: self.algorithms,
            // Its `sid` names one of its own sessions, not one of our sessions.
            sessions: false,
            claims: ClaimRules {
                typ,
                identity_claim: own.claims.identity_claim.clone(),
                required,
                any_type_is_access: self.any_type_is_access,
                // The leniencies of the configuration only apply to our own tokens.
                verify_sub: true,
                ignore_unconfigured: false,
                any_time: false,
                any_fresh: false,
            },
            leeways: own.leeways,
            parties: PartyRules {
                issuers: Some(vec![self.name.clone()]),
                audiences: (!self.audiences.is_empty()).then_some(self.audiences),
                subjects_of: None,
            },
        };
        let keys = match self.keys {
            IssuerKeys::Fixed(keys) => IssuerKeys::Fixed(Arc::new(keys.prepared_by(backend)?)),
            source @ IssuerKeys::Source(_) => source,
        };
        Ok(TrustedIssuer { name: self.name, keys, rules })
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An issuer as part of a built manager.
pub(crate) struct TrustedIssuer {
    pub(crate) name: Box<str>,
    pub(crate) rules: Rules,
    keys: IssuerKeys,
}

impl TrustedIssuer {
    /// Whether the keys can change, so an unknown one is worth fetching.
    pub(crate) const fn has_source(&self) -> bool {
        matches!(self.keys, IssuerKeys::Source(_))
    }

    pub(crate) fn known_keys(&self) -> Option<Arc<KeySet>> {
        match &self.keys {
            IssuerKeys::Fixed(keys) => Some(Arc::clone(keys)),
            IssuerKeys::Source(source) => source.known(),
        }
    }

    pub(crate) async fn fetch_keys(&self) -> Result<Arc<KeySet>, BoxError> {
        match &self.keys {
            IssuerKeys::Fixed(keys) => Ok(Arc::clone(keys)),
            IssuerKeys::Source(source) => source.fetch().await,
        }
    }
}
