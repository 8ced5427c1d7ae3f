use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::ConfigError;
use crate::error::BoxError;
use crate::keys::{Algorithm, Backend, KeySet};
use crate::token::{ClaimRules, PartyRules, Rules, Typ};

/// Another service whose tokens are accepted beside the manager's own, with keys and rules of its own.
///
/// The `iss` of a token chooses the profile before anything is verified, and is compared again after: a key of one
/// issuer never verifies the token of another (RFC 8725, 3.8). What is not set here is as in the [`Config`](crate::Config): leeways,
/// the size cap, the identity claim.
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
#[must_use = "it does nothing before trusted_issuer()"]
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

/// Where the keys of an [`Issuer`] come from, if they change.
///
/// A request with a token whose `kid` is not among the known keys waits for [`fetch`](Self::fetch) in
/// [`JwtManager::complete`](crate::JwtManager::complete). Anybody can send such tokens: how often to ask, and to ask
/// once for many requests, is the source's part.
///
/// Give a [set](KeySet::new), which knows its keys by `kid`: [one key alone](KeySet::single) ignores `kid`, so that no token
/// makes it ask again. The keys compute with the library they were [read with](KeySet::prepared_by), whatever the manager's is.
pub trait KeySource: Send + Sync + 'static {
    /// The keys that are known. Called for every token of the issuer, so it does not wait. `None` before the first
    /// were fetched.
    fn known(&self) -> Option<Arc<KeySet>>;

    /// The newest keys.
    ///
    /// # Errors
    /// Whatever keeps the source from knowing; the request is answered with 503.
    fn fetch(&self) -> impl Future<Output = Result<Arc<KeySet>, BoxError>> + Send;
}

/// A source behind a pointer, so that several issuers can share one.
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
    /// The issuer of this name, to the letter its `iss` (RFC 7519, 4.1.1), and its keys.
    ///
    /// Its tokens are taken for those of another service with this library: `exp` and `type` must be there, unless
    /// the other methods say otherwise.
    pub fn new(name: impl Into<Box<str>>, keys: KeySet) -> Self {
        Self::with(name.into(), IssuerKeys::Fixed(Arc::new(keys)))
    }

    /// The issuer of this name, whose keys change.
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

    /// One more audience of which one must be in a token's `aud`. Without any, a token must have no `aud`.
    pub fn audience(mut self, audience: impl Into<Box<str>>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// The algorithms that a token may have. Default: those of the keys.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// The claims that every token must have, beside `iss` and the identity. Default: `exp` and `type`; without
    /// `type` where it is not looked at.
    pub fn required_claims<S: Into<Box<str>>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.required = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Tokens are those of RFC 9068: `typ` is `at+jwt`, all claims of its section 2.2 are there, and each is an
    /// access token, whatever its `type`. An [`audience`](Self::audience) must be set (section 4).
    pub const fn rfc9068(mut self) -> Self {
        self.at_jwt = true;
        self
    }

    /// Counts every `type` but `refresh` as access, and its absence too: for issuers that write none. Then the
    /// audience must tell their access tokens from others, such as ID tokens.
    pub const fn any_type_is_access(mut self, lenient: bool) -> Self {
        self.any_type_is_access = lenient;
        self
    }

    /// Accepts any `typ` header, instead of `JWT` or none (RFC 8725, 3.11).
    pub const fn any_typ(mut self, lenient: bool) -> Self {
        self.any_typ = lenient;
        self
    }

    /// The rules of the configuration, with those that are this issuer's.
    pub(crate) fn compile(self, own: &Rules, backend: Backend) -> Result<TrustedIssuer, ConfigError> {
        let typ = match (self.at_jwt, self.any_typ) {
            (true, true) => {
                return Err(ConfigError::invalid(
                    "Issuer::any_typ",
                    "contradicts rfc9068(): leave one of them out",
                ));
            }
            (true, false) => Typ::AtJwt,
            (false, true) => Typ::Any,
            (false, false) => Typ::Jwt,
        };
        if self.name.is_empty() {
            return Err(ConfigError::invalid("Issuer::new", "has an empty name: give the issuer's iss"));
        }
        if typ == Typ::AtJwt && self.audiences.is_empty() {
            return Err(ConfigError::invalid(
                "Issuer::rfc9068",
                "has no audience to hold tokens against (RFC 9068, 4): call Issuer::audience",
            ));
        }
        if self.audiences.iter().any(|audience| audience.is_empty()) {
            return Err(ConfigError::invalid(
                "Issuer::audience",
                "is empty, which no token can fulfil: leave it out",
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
            // RFC 9068, 2.2: nothing can be taken away.
            required.extend(needed.iter().map(|name| Box::from(*name)));
        }
        if let IssuerKeys::Fixed(keys) = &self.keys
            && !self.algorithms.is_empty()
            && !self.algorithms.iter().any(|algorithm| keys.serves(*algorithm))
        {
            return Err(ConfigError::invalid(
                "Issuer::algorithms",
                "are none that a key of the issuer is for: leave them out, or give other keys",
            ));
        }
        let rules = Rules {
            max_token_bytes: own.max_token_bytes,
            algorithms: self.algorithms,
            // Its `sid` is the name of a session of its own.
            sessions: false,
            claims: ClaimRules {
                typ,
                identity_claim: own.claims.identity_claim.clone(),
                required,
                any_type_is_access: self.any_type_is_access,
                // The leniencies of the configuration are for own tokens.
                verify_sub: true,
                ignore_unconfigured: false,
                any_time: false,
                any_fresh: false,
            },
            leeways: own.leeways,
            parties: PartyRules {
                issuers: Some(vec![self.name.clone()]),
                audiences: (!self.audiences.is_empty()).then_some(self.audiences),
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

/// An issuer as the manager keeps it.
pub(crate) struct TrustedIssuer {
    pub(crate) name: Box<str>,
    pub(crate) rules: Rules,
    keys: IssuerKeys,
}

impl TrustedIssuer {
    /// Whether its keys can change, so that asking for an unknown one makes sense.
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
