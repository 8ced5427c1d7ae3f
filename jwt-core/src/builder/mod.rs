use std::fmt;
use std::future::Future;
use std::mem;
use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;
use serde_json::Value;

use crate::config::KeyInput;
use crate::issuer::{Issuer, TrustedIssuer};
use crate::keys::{Backend, KeyRing, Secret, SigningKey, VerifyingKey};
use crate::manager::{IntoAnswer, IntoVerdict, Loaders, Runtime, boxed};
use crate::session::{Revocation, SessionEvents, Sessions, Store};
use crate::token::{UnverifiedToken, members_of};
use crate::{Config, ConfigError, ErrorHandlers, FlaskHandlers, JwtManager, Token};

/// Collects what a [`JwtManager`] is made of. Setters cannot fail; [`build`](Self::build) does, once.
#[must_use = "nothing exists before build()"]
pub struct JwtManagerBuilder {
    config: Config,
    /// What each of the setters for keys was given last; more than one is an error.
    keys: Vec<KeyInput>,
    backend: Backend,
    issuers: Vec<Issuer>,
    handlers: Arc<dyn ErrorHandlers>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    loaders: Loaders,
    store: Option<Store>,
    events: Arc<dyn SessionEvents>,
}

impl JwtManager {
    /// Starts with a configuration; see [`JwtManagerBuilder`] for what else there is.
    pub fn builder(config: Config) -> JwtManagerBuilder {
        JwtManagerBuilder::new(config)
    }
}

impl JwtManagerBuilder {
    fn new(config: Config) -> Self {
        Self {
            config,
            keys: Vec::new(),
            backend: Backend::default(),
            issuers: Vec::new(),
            handlers: Arc::new(FlaskHandlers),
            clock: Arc::new(SystemTime::now),
            loaders: Loaders::default(),
            store: None,
            events: Arc::new(()),
        }
    }

    /// The secret of the HMAC algorithms, at least as long as the longest configured hash.
    pub fn secret(self, secret: impl Into<Secret>) -> Self {
        self.given(KeyInput::Secret(secret.into()))
    }

    /// The private key that signs; its public one verifies. Tokens have no `kid`, and one that they bring is ignored.
    pub fn key_pair(self, key: SigningKey) -> Self {
        self.given(KeyInput::KeyPair(key))
    }

    /// The public key that verifies, for a service that issues no tokens.
    pub fn public_key(self, key: VerifyingKey) -> Self {
        self.given(KeyInput::PublicKey(key))
    }

    /// Several keys at once, told apart by `kid`.
    pub fn keys(self, ring: KeyRing) -> Self {
        self.given(KeyInput::Ring(ring))
    }

    fn given(mut self, keys: KeyInput) -> Self {
        self.keys.retain(|other| mem::discriminant(other) != mem::discriminant(&keys));
        self.keys.push(keys);
        self
    }

    /// Another issuer whose tokens are accepted, by keys and rules of its own. Each name once.
    pub fn trusted_issuer(mut self, issuer: Issuer) -> Self {
        self.issuers.push(issuer);
        self
    }

    /// The crypto library. Default: [`Backend::default`], whatever library keys were read with; but for the keys of a
    /// [`KeySource`](crate::KeySource) and of [`decode_key_loader`](Self::decode_key_loader), which stay as they are.
    pub const fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Decides what the client sees when a token is refused. Default: [`FlaskHandlers`].
    pub fn error_handlers(mut self, handlers: impl ErrorHandlers) -> Self {
        self.handlers = Arc::new(handlers);
        self
    }

    /// The clock; sub-second precision counts. Default: [`SystemTime::now`].
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes the identity of what a token is issued for: `access_token(&user)` then takes a whole user, which the other
    /// loaders are given as it is.
    pub fn user_identity_loader<T: Serialize>(
        mut self,
        loader: impl Fn(&Value) -> T + Send + Sync + 'static,
    ) -> Self {
        self.loaders.issue.identity = Some(Box::new(move |object| serde_json::to_value(loader(object))));
        self
    }

    /// Claims added to every issued token, given what it is issued for. Those of the token itself win over them. At an
    /// exchange and a renewal of a session's tokens that is the identity as it is in the token, unless
    /// [`Exchange::issued_for`](crate::Exchange::issued_for) says otherwise.
    pub fn additional_claims_loader<T: Serialize>(
        mut self,
        loader: impl Fn(&Value) -> T + Send + Sync + 'static,
    ) -> Self {
        self.loaders.issue.claims = Some(Box::new(move |identity| members_of(&loader(identity))));
        self
    }

    /// Header parameters added to every issued token, given the same as the
    /// [loader of claims](Self::additional_claims_loader). Those of the token itself win.
    pub fn additional_headers_loader<T: Serialize>(
        mut self,
        loader: impl Fn(&Value) -> T + Send + Sync + 'static,
    ) -> Self {
        self.loaders.issue.headers = Some(Box::new(move |identity| members_of(&loader(identity))));
        self
    }

    /// Gives the key that signs the tokens of an identity, instead of the manager's, given the same as the
    /// [loader of claims](Self::additional_claims_loader): `Some`, `None` for the manager's, or
    /// a `Result` of them, whose error is [`EncodeError::KeyUnavailable`](crate::EncodeError::KeyUnavailable). Keys are
    /// prepared when they are read: read them once. The key's id is written as `kid`.
    pub fn encode_key_loader<R: IntoAnswer<SigningKey>>(
        mut self,
        loader: impl Fn(&Value) -> R + Send + Sync + 'static,
    ) -> Self {
        self.loaders.issue.key = Some(Box::new(move |identity| loader(identity).into_answer()));
        self
    }

    /// Gives the key that verifies a token, by what the token says of itself, instead of the manager's: `Some`, `None` to
    /// refuse it, or a `Result` of them, whose error is answered with 503. Tokens of a [`trusted_issuer`](Self::trusted_issuer) are verified by the issuer's keys.
    ///
    /// ```
    /// # use std::collections::HashMap;
    /// # use jwt_core::keys::VerifyingKey;
    /// # use jwt_core::{Config, JwtManager};
    /// # let tenants: HashMap<String, VerifyingKey> = HashMap::new();
    /// let builder = JwtManager::builder(Config::default())
    ///     .decode_key_loader(move |token| tenants.get(token.key_id()?).cloned());
    /// ```
    pub fn decode_key_loader<R: IntoAnswer<VerifyingKey>>(
        mut self,
        loader: impl Fn(&UnverifiedToken) -> R + Send + Sync + 'static,
    ) -> Self {
        self.loaders.verifying_key = Some(Box::new(move |token| loader(token).into_answer()));
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

    /// Where revoked tokens are remembered: every checked token is looked up, and
    /// [`JwtManager::revoke`] and [`JwtManager::log_out`] add to it. In place of the store of an earlier call.
    pub fn revocation_store(mut self, store: impl Revocation) -> Self {
        self.store = Some(Store::Revocation(Arc::new(store)));
        self
    }

    /// Where sessions are kept, and revoked tokens with them: see [`session`](crate::session). In place of the store of an
    /// earlier call.
    pub fn session_store(mut self, store: impl Sessions) -> Self {
        self.store = Some(Store::Sessions(Arc::new(store)));
        self
    }

    /// Is told what happens to sessions. Default: nobody.
    pub fn session_events(mut self, events: impl SessionEvents) -> Self {
        self.events = Arc::new(events);
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
        let sessions = matches!(self.store, Some(Store::Sessions(_)));
        config.check(sessions)?;
        let others = !self.issuers.is_empty() || self.loaders.verifying_key.is_some();
        let key_rules = config.key_rules(self.backend);
        let keys = key_rules.keys(self.keys, others)?;
        let rules = config.rules(sessions);
        let issue = config.issue_rules(sessions);
        let mut issuers = Vec::with_capacity(self.issuers.len());
        for issuer in self.issuers {
            let issuer = issuer.compile(&rules, self.backend)?;
            let name = &*issuer.name;
            // Own tokens of that name would be held against the other's keys.
            if issue.parties.issuer.as_deref() == Some(name)
                || rules.parties.issuers.iter().flatten().any(|own| **own == *name)
                || issuers.iter().any(|other: &TrustedIssuer| *other.name == *name)
            {
                return Err(ConfigError::invalid(
                    "trusted_issuer",
                    "has a name that is another's, or the manager's own: give each issuer once",
                ));
            }
            issuers.push(issuer);
        }
        let runtime = Runtime {
            key_rules,
            rules,
            issuers,
            issue,
            sessions: config.session_rules(),
            cookies: config.cookie_rules(),
            locator: config.locator()?,
            answers: config.answer_rules(),
            handlers: self.handlers,
            clock: self.clock,
            loaders: self.loaders,
            store: self.store,
            events: self.events,
        };
        Ok(JwtManager::new(runtime, keys))
    }
}

impl fmt::Debug for JwtManagerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtManagerBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
