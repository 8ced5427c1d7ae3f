use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderName;
use serde::Serialize;
use serde_json::Value;

use crate::keys::{Keys, Secret};
use crate::loaders::{IntoAnswer, IntoVerdict, Loaders, boxed};
use crate::manager::Parts;
use crate::request::Locator;
use crate::response::ResponseConfig;
use crate::token::{IssueRules, REGISTERED, Rules, members_of};
use crate::{Algorithm, Config, DefaultHandlers, ErrorHandlers, JwtManager, Token};

const MAX_LEEWAY: Duration = Duration::from_secs(300);
const MAX_LIFETIME: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);
/// No HMAC token is shorter: header, payload and signature of HS256 need more.
const LEAST_CAP: usize = 64;

/// What is wrong with a configuration. Each text names the option and the mend; only
/// [`JwtManagerBuilder::build`] makes one.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Tokens would be issued with an audience, and every token with an audience refused.
    #[error("encode_audience is set and decode_audience is not: own tokens would be refused; use audience()")]
    Audience,
    /// An option cannot have this value.
    #[error("{option} {problem}")]
    Invalid {
        /// The option.
        option: &'static str,
        /// What is wrong with it, and what to do.
        problem: &'static str,
    },
    /// There is nothing to sign or verify with, or the secret is empty.
    #[error("no key: call .secret(…) on the builder, with one from `openssl rand -base64 48`")]
    MissingKey,
    /// The secret can be guessed.
    #[error(
        "secret has {found} bytes and {algorithm} needs {needed} (RFC 7518, 3.2): make one with `openssl rand -base64 48`, \
         or call insecure_short_secret() on the Config"
    )]
    ShortSecret {
        /// The algorithm with the longest hash among the configured ones.
        algorithm: Algorithm,
        /// Its least length in bytes.
        needed: usize,
        /// The length of the secret in bytes.
        found: usize,
    },
}

const fn invalid(option: &'static str, problem: &'static str) -> ConfigError {
    ConfigError::Invalid { option, problem }
}

/// Collects what a [`JwtManager`] is made of. Setters cannot fail; [`build`](Self::build) does, once.
#[must_use = "nothing exists before build()"]
pub struct JwtManagerBuilder {
    config: Config,
    secret: Option<Secret>,
    handlers: Arc<dyn ErrorHandlers>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    loaders: Loaders,
}

impl JwtManagerBuilder {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            secret: None,
            handlers: Arc::new(DefaultHandlers),
            clock: Arc::new(SystemTime::now),
            loaders: Loaders::default(),
        }
    }

    /// The secret of the HMAC algorithms, at least as long as the longest configured hash.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Decides what the client sees when a token is refused. Default: [`DefaultHandlers`].
    pub fn error_handlers(mut self, handlers: impl ErrorHandlers) -> Self {
        self.handlers = Arc::new(handlers);
        self
    }

    /// The clock; sub-second precision counts. Default: [`SystemTime::now`].
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Claims added to every issued token, given its identity. Those of the token itself win over them.
    pub fn additional_claims_loader<T: Serialize>(
        mut self,
        loader: impl Fn(&Value) -> T + Send + Sync + 'static,
    ) -> Self {
        self.loaders.claims = Some(Box::new(move |identity| members_of(&loader(identity))));
        self
    }

    /// Header parameters added to every issued token, given its identity. Those of the token itself win.
    pub fn additional_headers_loader<T: Serialize>(
        mut self,
        loader: impl Fn(&Value) -> T + Send + Sync + 'static,
    ) -> Self {
        self.loaders.headers = Some(Box::new(move |identity| members_of(&loader(identity))));
        self
    }

    /// Says whether a verified token is revoked: `true`, `false`, or an error, which is answered with 503.
    ///
    /// ```
    /// # use jwt_core::{Config, JwtManager, Token};
    /// # async fn is_in_table(_: &str) -> Result<bool, std::io::Error> { Ok(false) }
    /// let builder = JwtManager::builder(Config::default())
    ///     .token_in_blocklist_loader(|token: Token| async move {
    ///         is_in_table(token.id().unwrap_or_default()).await
    ///     });
    /// ```
    pub fn token_in_blocklist_loader<F, R>(mut self, loader: F) -> Self
    where
        F: Fn(Token) -> R + Send + Sync + 'static,
        R: Future<Output: IntoVerdict> + Send + 'static,
    {
        self.loaders.revoked = Some(boxed(loader, IntoVerdict::into_verdict));
        self
    }

    /// Says whether the application accepts a verified token's claims: `true`, `false` (400), or an error (503).
    pub fn token_verification_loader<F, R>(mut self, loader: F) -> Self
    where
        F: Fn(Token) -> R + Send + Sync + 'static,
        R: Future<Output: IntoVerdict> + Send + 'static,
    {
        self.loaders.verified = Some(boxed(loader, IntoVerdict::into_verdict));
        self
    }

    /// Loads the user of a verified token, for `CurrentUser<U>`: `Some`, `None` (401), or an error (503).
    pub fn user_lookup_loader<F, R, U>(mut self, loader: F) -> Self
    where
        F: Fn(Token) -> R + Send + Sync + 'static,
        R: Future<Output: IntoAnswer<U>> + Send + 'static,
        U: Send + Sync + 'static,
    {
        self.loaders.user = Some(boxed(loader, |answer: R::Output| {
            answer.into_answer().map(|user| user.map(|user| Arc::new(user) as _))
        }));
        self
    }

    /// Checks everything and makes the manager.
    ///
    /// # Errors
    /// The first thing that is wrong, with its option and its mend.
    pub fn build(self) -> Result<JwtManager, ConfigError> {
        let config = self.config;
        check_names(&config)?;
        check_numbers(&config)?;
        check_audience(&config)?;
        let keys = keys(&config, self.secret.as_ref())?;
        let response = ResponseConfig::new(&config)?;
        let header_name = HeaderName::try_from(&config.header_name).map_err(|_| {
            invalid("header_name", "is no header name (RFC 9110, 5.1): use letters, digits and dashes")
        })?;
        Ok(JwtManager::new(Parts {
            keys,
            rules: rules(&config),
            issue: issue_rules(&config),
            locations: config.token_location,
            locator: Locator {
                header_name: header_name.as_str().into(),
                header_type: config.header_type.into(),
                join_repeated_headers: config.join_repeated_headers,
            },
            response,
            handlers: self.handlers,
            clock: self.clock,
            loaders: self.loaders,
        }))
    }
}

impl fmt::Debug for JwtManagerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtManagerBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}

fn check_names(config: &Config) -> Result<(), ConfigError> {
    if config.token_location.is_empty() {
        return Err(invalid("token_location", "is empty: name at least one place, such as Location::Header"));
    }
    // The characters of a scheme are those of a header name (RFC 9110, 11.1 and 5.6.2).
    if !config.header_type.is_empty() && HeaderName::try_from(&config.header_type).is_err() {
        return Err(invalid("header_type", "is no scheme (RFC 9110, 11.1): one word, such as Bearer"));
    }
    let identity = &*config.identity_claim;
    if identity.is_empty()
        || (identity != "sub" && (REGISTERED.contains(&identity) || ["csrf", "scope"].contains(&identity)))
    {
        return Err(invalid(
            "identity_claim",
            "is empty or has another meaning: use sub, or a name of your own",
        ));
    }
    let lists = [
        ("encode_audience", &config.encode_audience),
        ("decode_audience", &config.decode_audience),
        ("decode_issuer", &config.decode_issuer),
        ("required_claims", &config.required_claims),
    ];
    for (option, names) in lists {
        if names.iter().any(String::is_empty) {
            return Err(invalid(option, "has an empty name, which no token can fulfil: leave it out"));
        }
    }
    if config.error_message_key.is_empty() {
        return Err(invalid("error_message_key", "is empty: use a name such as msg"));
    }
    Ok(())
}

fn check_numbers(config: &Config) -> Result<(), ConfigError> {
    let lifetimes = [
        ("access_token_expires", config.access_token_expires),
        ("refresh_token_expires", config.refresh_token_expires),
    ];
    for (option, lifetime) in lifetimes {
        if lifetime.is_some_and(|lifetime| lifetime < Duration::from_secs(1)) {
            return Err(invalid(
                option,
                "is under one second: give it a lifetime, or call insecure_never_expires()",
            ));
        }
        if lifetime.is_some_and(|lifetime| lifetime > MAX_LIFETIME) {
            return Err(invalid(option, "is over 100 years: shorten it, or call insecure_never_expires()"));
        }
    }
    let leeways = [
        ("exp_leeway", config.exp_leeway),
        ("nbf_leeway", config.nbf_leeway),
        ("iat_leeway", config.iat_leeway),
    ];
    for (option, leeway) in leeways {
        if leeway > MAX_LEEWAY {
            return Err(invalid(option, "is over 300 seconds: set the clocks right instead"));
        }
    }
    if config.max_token_bytes < LEAST_CAP {
        return Err(invalid("max_token_bytes", "is under 64: no token is that short; 16384 is the default"));
    }
    Ok(())
}

/// Tokens with an audience are refused where none is expected: then our own would be, too.
fn check_audience(config: &Config) -> Result<(), ConfigError> {
    let refused = config.decode_audience.is_empty() && !config.ignore_unconfigured_claims;
    if refused && !config.encode_audience.is_empty() { Err(ConfigError::Audience) } else { Ok(()) }
}

fn keys(config: &Config, secret: Option<&Secret>) -> Result<Keys, ConfigError> {
    let secret = secret
        .filter(|secret| !(secret.is_empty() && config.insecure_short_secret))
        .ok_or(ConfigError::MissingKey)?;
    let mut algorithms = vec![config.algorithm];
    for algorithm in &config.decode_algorithms {
        if !algorithms.contains(algorithm) {
            algorithms.push(*algorithm);
        }
    }
    let longest = algorithms.iter().copied().max_by_key(|algorithm| algorithm.min_secret_len());
    let longest = longest.unwrap_or(config.algorithm);
    let (needed, found) = (longest.min_secret_len(), secret.len());
    if found < needed && !config.insecure_short_secret {
        return Err(ConfigError::ShortSecret { algorithm: longest, needed, found });
    }
    Ok(Keys::from_secret(secret, config.algorithm, &algorithms))
}

fn boxes(texts: &[String]) -> Vec<Box<str>> {
    texts.iter().map(|text| text.as_str().into()).collect()
}

fn rules(config: &Config) -> Rules {
    Rules {
        max_token_bytes: config.max_token_bytes,
        any_typ: config.any_typ,
        identity_claim: config.identity_claim.as_str().into(),
        required: boxes(&config.required_claims),
        issuers: boxes(&config.decode_issuer),
        audiences: boxes(&config.decode_audience),
        exp_leeway: config.exp_leeway,
        nbf_leeway: config.nbf_leeway,
        iat_leeway: config.iat_leeway,
        verify_sub: config.verify_sub,
        any_type_is_access: config.any_type_is_access,
        ignore_unconfigured: config.ignore_unconfigured_claims,
        any_time: config.any_time,
        any_fresh: config.any_fresh,
    }
}

fn issue_rules(config: &Config) -> IssueRules {
    IssueRules {
        access_lifetime: config.access_token_expires,
        refresh_lifetime: config.refresh_token_expires,
        identity_claim: config.identity_claim.as_str().into(),
        audience: boxes(&config.encode_audience),
        issuer: config.encode_issuer.as_deref().map(Into::into),
        nbf: config.encode_nbf,
        csrf: config.csrf_claim,
        verify_sub: config.verify_sub && !config.claim_override,
        exp_required: config.required_claims.iter().any(|claim| claim == "exp"),
        claim_override: config.claim_override,
        any_typ: config.any_typ,
        max_token_bytes: config.max_token_bytes,
    }
}
