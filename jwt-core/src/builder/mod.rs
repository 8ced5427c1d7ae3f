use std::fmt;
use std::future::Future;
use std::mem;
use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;
use serde_json::Value;

use crate::authority::{Grants, Matcher};
use crate::config::KeyInput;
use crate::issuer::{Issuer, Issuers};
use crate::keys::{Backend, KeyRing, LoadedKey, Secret, SigningKey, VerifyingKey};
use crate::manager::{IntoAnswer, IntoVerdict, Loaders, Runtime, UserLoader, boxed};
use crate::response::ResourceMetadata;
use crate::rule::Rule;
use crate::session::{Events, Revocation, SessionEvents, Sessions, Store};
use crate::token::{UnverifiedToken, members_of};
use crate::{BearerHandlers, Config, ConfigError, ErrorHandlers, FlaskHandlers, JwtManager, Token};

/// Builds a [`JwtManager`] from a configuration, keys, a store, and loaders. The setters never fail;
/// [`build`](Self::build) returns the first error.
///
/// ```
/// use jwt_core::session::MemorySessions;
/// use jwt_core::{Config, JwtManager, ProblemHandlers};
///
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default())
///     .secret(secret)
///     .session_store(MemorySessions::new())
///     .error_handlers(ProblemHandlers)
///     .build()?;
/// # Ok::<(), jwt_core::ConfigError>(())
/// ```
#[must_use = "a builder does nothing until build() is called"]
pub struct JwtManagerBuilder {
    config: Config,
    /// The last value of each setter for keys. More than one value is an error.
    keys: Vec<KeyInput>,
    backend: Backend,
    issuers: Vec<Issuer>,
    without_own_keys: bool,
    /// `None` means the default ones.
    handlers: Option<Arc<dyn ErrorHandlers>>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    loaders: Loaders,
    matcher: Option<Box<Matcher>>,
    store: Option<Store>,
    events: Events,
}

impl JwtManager {
    /// Creates a builder with this configuration.
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
            without_own_keys: false,
            handlers: None,
            clock: Arc::new(SystemTime::now),
            loaders: Loaders::default(),
            matcher: None,
            store: None,
            events: Events::default(),
        }
    }

    /// Sets the secret for the HMAC algorithms.
    ///
    /// It must be at least as long as the longest hash among the configured algorithms, which is 32 bytes by default
    /// (RFC 7518, 3.2).
    pub fn secret(self, secret: impl Into<Secret>) -> Self {
        self.given(KeyInput::Secret(secret.into()))
    }

    /// Sets the key pair that signs and verifies tokens. Issued tokens have no `kid`, and the `kid` of a received token
    /// is ignored.
    pub fn key_pair(self, key: SigningKey) -> Self {
        self.given(KeyInput::KeyPair(key))
    }

    /// Sets the public key that verifies, for a service that does not issue tokens.
    pub fn public_key(self, key: VerifyingKey) -> Self {
        self.given(KeyInput::PublicKey(key))
    }

    /// Sets several keys, identified by their `kid`.
    pub fn keys(self, ring: KeyRing) -> Self {
        self.given(KeyInput::Ring(ring))
    }

    fn given(mut self, keys: KeyInput) -> Self {
        self.keys.retain(|other| mem::discriminant(other) != mem::discriminant(&keys));
        self.keys.push(keys);
        self
    }

    /// Declares that the manager has no keys of its own, and that all issuers may be
    /// [added](JwtManager::add_trusted_issuer) later. Until then, it rejects every token.
    ///
    /// Without this declaration, a manager that has neither keys nor a [`trusted_issuer`](Self::trusted_issuer) is an
    /// error, because a key was probably forgotten.
    pub const fn without_own_keys(mut self) -> Self {
        self.without_own_keys = true;
        self
    }

    /// Accepts the tokens of another issuer, with its own keys and rules. Each issuer can be added once.
    ///
    /// If the manager also has keys of its own, a route accepts these tokens only if its
    /// [`Policy`](crate::Policy#issuers) names the issuer.
    pub fn trusted_issuer(mut self, issuer: Issuer) -> Self {
        self.issuers.push(issuer);
        self
    }

    /// Sets the crypto library. Default: [`Backend::default`].
    ///
    /// It applies to all keys, regardless of the library that read them, except the keys of a
    /// [`KeySource`](crate::KeySource) and of [`decode_key_loader`](Self::decode_key_loader).
    pub const fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Sets the handlers that decide what a client sees when its token is rejected. Default: [`FlaskHandlers`], or
    /// [`BearerHandlers`] for a protected [resource](Config::resource).
    pub fn error_handlers(mut self, handlers: impl ErrorHandlers) -> Self {
        self.handlers = Some(Arc::new(handlers));
        self
    }

    /// Sets the clock. Its precision should be better than one second. Default: [`SystemTime::now`].
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the loader that returns the identity of the object that a token is issued for.
    ///
    /// `access_token(Identity::value(&user))` then takes a whole user. The other loaders receive the same user.
    pub fn user_identity_loader<T: Serialize>(
        mut self,
        loader: impl Fn(&Value) -> T + Send + Sync + 'static,
    ) -> Self {
        self.loaders.issue.identity = Some(Box::new(move |object| serde_json::to_value(loader(object))));
        self
    }

    /// Sets the loader of claims that every issued token has. The claims of the token itself override them.
    ///
    /// The loader receives the object that the token is issued for. During an exchange or a renewal, that is the
    /// identity in the token, unless [`Exchange::issued_for`](crate::Exchange::issued_for) sets a different object.
    pub fn additional_claims_loader<T: Serialize>(
        mut self,
        loader: impl Fn(&Value) -> T + Send + Sync + 'static,
    ) -> Self {
        self.loaders.issue.claims = Some(Box::new(move |identity| members_of(&loader(identity))));
        self
    }

    /// Sets the loader of header parameters that every issued token has. The parameters of the token itself override
    /// them.
    ///
    /// The loader receives the same object as the [loader of claims](Self::additional_claims_loader).
    pub fn additional_headers_loader<T: Serialize>(
        mut self,
        loader: impl Fn(&Value) -> T + Send + Sync + 'static,
    ) -> Self {
        self.loaders.issue.headers = Some(Box::new(move |identity| members_of(&loader(identity))));
        self
    }

    /// Sets the loader of the key that signs a token, instead of the manager's key.
    ///
    /// The loader receives the same object as the [loader of claims](Self::additional_claims_loader). It returns
    /// `Some`, `None` for the manager's key, or a `Result` of either. An error becomes
    /// [`EncodeError::KeyUnavailable`](crate::EncodeError::KeyUnavailable). Reading a key also prepares it, so read
    /// each key once. The id of the key becomes the `kid`.
    pub fn encode_key_loader<R: IntoAnswer<SigningKey>>(
        mut self,
        loader: impl Fn(&Value) -> R + Send + Sync + 'static,
    ) -> Self {
        self.loaders.issue.key = Some(Box::new(move |identity| loader(identity).into_answer()));
        self
    }

    /// Sets the loader of the key that verifies a token, instead of the manager's key.
    ///
    /// The loader receives the header and the claims before they are verified. It returns a [`LoadedKey`], which is the
    /// key and the issuer that it is for: `Some`, `None` to reject the token, or a `Result` of either. An error becomes
    /// a 503. The loader is not called for tokens of a [`trusted_issuer`](Self::trusted_issuer).
    ///
    /// The tokens count as the manager's own, whatever their issuer is. If the keys are for several issuers, an identity
    /// does not name a user on its own: use it together with [`Token::issuer`](crate::Token::issuer).
    ///
    /// ```
    /// # use std::collections::HashMap;
    /// use jwt_core::keys::{LoadedKey, VerifyingKey};
    /// # use jwt_core::{Config, JwtManager};
    ///
    /// struct Tenant {
    ///     issuer: String,
    ///     key: VerifyingKey,
    /// }
    ///
    /// # let tenants: HashMap<String, Tenant> = HashMap::new();
    /// let builder = JwtManager::builder(Config::default()).decode_key_loader(move |token| {
    ///     let tenant = tenants.get(token.key_id()?)?;
    ///     // The key of one tenant does not verify the tokens of another one.
    ///     Some(LoadedKey::for_issuer(tenant.key.clone(), tenant.issuer.clone()))
    /// });
    /// ```
    pub fn decode_key_loader<R: IntoAnswer<LoadedKey>>(
        mut self,
        loader: impl Fn(&UnverifiedToken) -> R + Send + Sync + 'static,
    ) -> Self {
        self.loaders.verifying_key = Some(Box::new(move |token| loader(token).into_answer()));
        self
    }

    /// Sets the loader that decides whether a verified token is revoked. It returns a `bool`, or a `Result` whose error
    /// becomes a 503.
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

    /// Sets the function that decides whether an authority of a token includes one that a policy requires. Default: none.
    ///
    /// The first argument is the authority that the token has, and the second is the required one, both with their prefix.
    /// The function is called for each pair until it returns `true`, unless the token has the required authority or one that
    /// includes it according to [`Config::authority_hierarchy`](crate::Config::authority_hierarchy). It does not combine with
    /// that table: what it returns is not looked up there.
    ///
    /// Be careful with wildcards. If clients can choose the names of scopes, such as at registration, they choose what the
    /// function receives.
    ///
    /// ```
    /// # use jwt_core::{Config, JwtManager};
    /// // `orders:*` includes `orders:read`.
    /// let builder = JwtManager::builder(Config::default()).authority_matcher(|held, required| {
    ///     held.strip_suffix('*').is_some_and(|start| start.ends_with(':') && required.starts_with(start))
    /// });
    /// ```
    pub fn authority_matcher(mut self, matcher: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> Self {
        self.matcher = Some(Box::new(matcher));
        self
    }

    /// Sets the store of revoked tokens. Every check looks up the token there. [`JwtManager::revoke`] and
    /// [`JwtManager::log_out`] add to it.
    ///
    /// It replaces the store of an earlier call, and that of [`session_store`](Self::session_store).
    pub fn revocation_store(mut self, store: impl Revocation) -> Self {
        self.store = Some(Store::Revocation(Arc::new(store)));
        self
    }

    /// Sets the store for sessions and revoked tokens. The [`session`](crate::session) module describes it.
    ///
    /// It replaces the store of an earlier call, and that of [`revocation_store`](Self::revocation_store).
    pub fn session_store(mut self, store: impl Sessions) -> Self {
        self.store = Some(Store::Sessions(Arc::new(store)));
        self
    }

    /// Adds callbacks for events in the life of sessions, in addition to those of earlier calls. Default: none.
    pub fn session_events(mut self, events: impl SessionEvents) -> Self {
        self.events.add(events);
        self
    }

    /// Sets the loader that decides whether the application accepts the claims of a verified token. It returns a
    /// `bool`, or a `Result` whose error becomes a 503. `false` results in a 400 by default.
    pub fn token_verification_loader<F, R>(mut self, loader: F) -> Self
    where
        F: Fn(Token) -> R + Send + Sync + 'static,
        R: Future<Output: IntoVerdict> + Send + 'static,
    {
        self.loaders.verified = Some(boxed(loader, IntoVerdict::into_verdict));
        self
    }

    /// Sets a rule that every token has to satisfy, in addition to the
    /// [verification loader](Self::token_verification_loader). It sees the request as well. A token that it
    /// denies is rejected with [`TokenError::VerificationFailed`](crate::TokenError::VerificationFailed).
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager, RequestInfo, Token};
    ///
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    /// let jwt = JwtManager::builder(Config::default())
    ///     .secret(secret)
    ///     .token_verification_rule(|token: &Token, request: &RequestInfo| {
    ///         // The network in which the token was issued.
    ///         token.claim("net").as_ref().and_then(|net| net.as_str()) == request.header("x-network")
    ///     })
    ///     .build()?;
    /// # Ok::<(), jwt_core::ConfigError>(())
    /// ```
    ///
    /// A token that did not come in a request cannot be checked without one: pass it to
    /// [`verify_in`](JwtManager::verify_in). The rule must not have a [`body_limit`](Rule::body_limit), because guards do
    /// not read a body for it.
    pub fn token_verification_rule(mut self, rule: impl Rule) -> Self {
        self.loaders.rule = Some(Box::new(rule));
        self
    }

    /// Sets the loader of the user for `CurrentUser<U>`. It returns `Some`, `None` if the user does not exist (401 by
    /// default), or a `Result` of either. An error becomes a 503.
    ///
    /// It is called for the manager's own tokens only, because the same identity at another issuer is a different user.
    /// [`user_lookup_loader_for`](Self::user_lookup_loader_for) sets the loaders for trusted issuers.
    pub fn user_lookup_loader<F, R, U>(mut self, loader: F) -> Self
    where
        F: Fn(Token) -> R + Send + Sync + 'static,
        R: Future<Output: IntoAnswer<U>> + Send + 'static,
        U: Send + Sync + 'static,
    {
        self.loaders.user = Some(user_loader(loader));
        self
    }

    /// Sets the loader of the user for the tokens of one [`trusted_issuer`](Self::trusted_issuer), whose name is
    /// `issuer`. It replaces an earlier one for the same issuer. It returns the same as
    /// [`user_lookup_loader`](Self::user_lookup_loader).
    ///
    /// If an accepted token is from an issuer without a loader, guards and token extractors pass without a user, and
    /// `CurrentUser` rejects the request as if the user did not exist. Loaders can return different types. `CurrentUser`
    /// then also rejects users of another type than its own in this way.
    ///
    /// ```
    /// # use jwt_core::keys::KeySet;
    /// # use jwt_core::{Config, Issuer, JwtManager, Token};
    /// struct Partner {
    ///     name: String,
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let login = Issuer::new("https://login.partner.example", KeySet::from_jwks(jwks)?);
    /// let jwt = JwtManager::builder(Config::default())
    ///     .trusted_issuer(login)
    ///     .user_lookup_loader_for("https://login.partner.example", |token: Token| async move {
    ///         Some(Partner { name: token.identity().to_owned() })
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn user_lookup_loader_for<F, R, U>(mut self, issuer: impl Into<Box<str>>, loader: F) -> Self
    where
        F: Fn(Token) -> R + Send + Sync + 'static,
        R: Future<Output: IntoAnswer<U>> + Send + 'static,
        U: Send + Sync + 'static,
    {
        let issuer = issuer.into();
        self.loaders.users_of.retain(|(name, _)| *name != issuer);
        self.loaders.users_of.push((issuer, user_loader(loader)));
        self
    }

    /// Sets the loader of the user for the tokens of all trusted issuers without a [loader of their
    /// own](Self::user_lookup_loader_for), including those that are [added](JwtManager::add_trusted_issuer) later.
    ///
    /// The same identity at two issuers is two users, so look the user up by [`Token::issuer`] and
    /// [`Token::identity`] together. The loader is not called for the manager's own tokens.
    ///
    /// ```
    /// # use jwt_core::{Config, JwtManager, Token};
    /// # async fn find(issuer: &str, id: &str) -> Option<u32> { None }
    /// let jwt = JwtManager::builder(Config::default())
    ///     .without_own_keys()
    ///     .user_lookup_loader_for_any_issuer(|token: Token| async move {
    ///         find(token.issuer()?, token.identity()).await
    ///     })
    ///     .build()?;
    /// # Ok::<(), jwt_core::ConfigError>(())
    /// ```
    pub fn user_lookup_loader_for_any_issuer<F, R, U>(mut self, loader: F) -> Self
    where
        F: Fn(Token) -> R + Send + Sync + 'static,
        R: Future<Output: IntoAnswer<U>> + Send + 'static,
        U: Send + Sync + 'static,
    {
        self.loaders.users_of_others = Some(user_loader(loader));
        self
    }

    /// Checks everything and creates the manager.
    ///
    /// # Errors
    ///
    /// Returns the first error. It names the option and says how to fix it.
    pub fn build(self) -> Result<JwtManager, ConfigError> {
        let config = self.config;
        let sessions = matches!(self.store, Some(Store::Sessions(_)));
        // A loader of keys can have subjects of several issuers.
        let one_issuer = self.store.is_some() && self.loaders.verifying_key.is_none();
        config.check(sessions, one_issuer)?;
        config.warn();
        let others =
            self.without_own_keys || !self.issuers.is_empty() || self.loaders.verifying_key.is_some();
        let key_rules = config.key_rules(self.backend);
        let keys = key_rules.keys(self.keys, others)?;
        let mut rules = config.rules(sessions);
        if self.loaders.verifying_key.is_some() {
            // The loader's keys can belong to several issuers, each with its own subjects.
            rules.parties.subjects_of = None;
        }
        let issue = config.issue_rules(sessions);
        let mut issuers = Issuers::default();
        let resource_uri = config.resource_uri();
        // Clients do not get ID tokens for a resource.
        let servers = self.issuers.iter().filter(|issuer| !issuer.has_id_tokens());
        let names: Vec<Box<str>> = servers.map(|issuer| issuer.name().into()).collect();
        let document = config.resource_document(&names)?;
        for issuer in self.issuers {
            let issuer = issuer.compile(&rules, resource_uri.clone(), self.backend)?;
            issuers.add(Arc::new(issuer), &rules, &issue)?;
        }
        let has_own_keys = self.loaders.verifying_key.is_some() || !keys.verifying().is_empty();
        if self.loaders.user.is_some() && !has_own_keys {
            return Err(ConfigError::invalid(
                "user_lookup_loader",
                "is only called for the manager's own tokens, but the manager has no keys of its own: call \
                 user_lookup_loader_for() with the name of the issuer",
            ));
        }
        if self.loaders.rule.as_ref().is_some_and(|rule| rule.body_limit().is_some()) {
            return Err(ConfigError::invalid(
                "token_verification_rule",
                "must not have a body limit, because guards do not read the body for it: use Policy::rule",
            ));
        }
        if !self.loaders.users_of.iter().all(|(name, _)| issuers.has(name)) {
            return Err(ConfigError::invalid(
                "user_lookup_loader_for",
                "has the name of an issuer that the manager does not trust: write the name exactly as in trusted_issuer(), or \
                 call user_lookup_loader_for_any_issuer() for issuers that are added later",
            ));
        }
        let handlers = self.handlers.unwrap_or_else(|| match &document {
            // OAuth clients do not know the statuses of flask-jwt-extended.
            Some(_) => Arc::new(BearerHandlers),
            None => Arc::new(FlaskHandlers),
        });
        let runtime = Runtime {
            key_rules,
            rules,
            backend: self.backend,
            issue,
            sessions: config.session_rules(),
            grants: Grants { hierarchy: config.hierarchy()?, matcher: self.matcher },
            cookies: config.cookie_rules(),
            locator: config.locator()?,
            answers: config.answer_rules(),
            handlers,
            resource: document.map(ResourceMetadata::new),
            resource_uri,
            clock: self.clock,
            loaders: self.loaders,
            store: self.store,
            events: self.events,
        };
        Ok(JwtManager::new(runtime, keys, issuers))
    }
}

fn user_loader<F, R, U>(loader: F) -> UserLoader
where
    F: Fn(Token) -> R + Send + Sync + 'static,
    R: Future<Output: IntoAnswer<U>> + Send + 'static,
    U: Send + Sync + 'static,
{
    boxed(loader, |answer: R::Output| answer.into_answer().map(|user| user.map(|user| Arc::new(user) as _)))
}

impl fmt::Debug for JwtManagerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtManagerBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
