mod authenticated;
mod call;
mod choose;
mod complete;
mod cookies;
mod current;
mod decode;
mod describe;
#[cfg(feature = "tokio")]
mod ends;
mod exchange;
mod explain;
mod find;
mod issuers;
mod keys;
mod leftover;
mod loaders;
mod login;
mod outages;
mod refuse;
mod respond;
mod rules;
mod samples;
mod sessions;
mod standing;
mod still_good;
#[cfg(feature = "testing")]
pub mod testing;
mod uninterrupted;
mod watch;

pub use authenticated::{Authenticated, Checked};
pub use describe::{Csrf, Description, Group, Way};
#[cfg(feature = "tokio")]
pub use ends::{EndReason, Ends};
pub use exchange::Exchange;
pub use explain::{Explanation, StageOutcome, StageReport};
pub use loaders::{IntoAnswer, IntoVerdict};
pub use login::Login;
pub use respond::Respond;

pub(crate) use authenticated::State;
pub(crate) use call::Call;
pub(crate) use exchange::{auth_time, exchanged_at};
pub(crate) use loaders::{Loaders, UserLoader, boxed};
pub(crate) use watch::Client;
use watch::{Step, Watch};

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use serde_json::Value;

use crate::authority::Grants;
use crate::config::{AnswerRules, CookieRules, KeyRules, Locator, NoStore};
use crate::error::InvalidToken;
use crate::issuer::Issuers;
use crate::keys::{Backend, Keys};
use crate::metrics;
use crate::policy::Late;
use crate::request::{Found, ManagerId, Memo, RequestView};
use crate::response::{ErrorHandlers, ResourceMetadata, reason};
use crate::rule::RequestInfo;
use crate::session::{Event, Events, SessionRules, Store};
use crate::token::{IntoIdentity, IssueRules, Moment, RequiredLogin, ResourceUri, Rules};
use crate::{EncodeError, Policy, Token, TokenBuilder, TokenError, TokenKind};

/// Issues tokens, checks requests, and responds to rejected ones.
///
/// [`JwtManager::builder`] creates it once. It is cheap to clone, and all threads share it.
///
/// ```
/// use jwt_core::{Config, JwtManager};
///
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let text = jwt.access_token("alice").encode()?;
/// assert_eq!(jwt.decode(&text)?.identity(), "alice");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Applications use extractors and guards of an adapter to check requests. The adapters call [`check`](Self::check),
/// which borrows the request and needs no I/O, and [`complete`](Self::complete), which calls the store and the
/// application's loaders. [`verify`](Self::verify) checks a token that did not arrive in a request.
#[derive(Clone)]
pub struct JwtManager(Arc<Inner>);

struct Inner {
    id: ManagerId,
    /// Separate from the rest, because they can be swapped.
    keys: ArcSwap<Keys>,
    issuers: ArcSwap<Issuers>,
    /// Whether there has ever been an issuer. Most managers have none, and this is cheaper to read.
    had_issuers: AtomicBool,
    runtime: Runtime,
    #[cfg(feature = "tokio")]
    connections: ends::Connections,
    outages: outages::Outages,
    abandoned: uninterrupted::Abandoned,
    warned_of_unread_body: AtomicBool,
    warned_of_place: AtomicBool,
    warned_of_policy: AtomicBool,
}

/// The compiled configuration, and what the builder received.
pub(crate) struct Runtime {
    pub(crate) key_rules: KeyRules,
    pub(crate) rules: Rules,
    pub(crate) backend: Backend,
    pub(crate) issue: IssueRules,
    pub(crate) locator: Locator,
    pub(crate) cookies: CookieRules,
    pub(crate) answers: AnswerRules,
    pub(crate) handlers: Arc<dyn ErrorHandlers>,
    pub(crate) clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    pub(crate) loaders: Loaders,
    pub(crate) store: Option<Store>,
    pub(crate) events: Events,
    pub(crate) sessions: SessionRules,
    pub(crate) grants: Grants,
    pub(crate) resource: Option<ResourceMetadata>,
    pub(crate) resource_uri: Option<ResourceUri>,
}

impl JwtManager {
    pub(crate) fn new(runtime: Runtime, keys: Keys, issuers: Issuers) -> Self {
        metrics::describe();
        Self(Arc::new(Inner {
            id: ManagerId::next(),
            keys: ArcSwap::from_pointee(keys),
            had_issuers: AtomicBool::new(!issuers.is_empty()),
            issuers: ArcSwap::from_pointee(issuers),
            runtime,
            #[cfg(feature = "tokio")]
            connections: ends::Connections::default(),
            outages: outages::Outages::default(),
            abandoned: uninterrupted::Abandoned::default(),
            warned_of_unread_body: AtomicBool::new(false),
            warned_of_place: AtomicBool::new(false),
            warned_of_policy: AtomicBool::new(false),
        }))
    }

    pub(crate) fn id(&self) -> ManagerId {
        self.0.id
    }

    pub(crate) fn locator(&self) -> &Locator {
        &self.0.runtime.locator
    }

    pub(crate) fn cookie_rules(&self) -> &CookieRules {
        &self.0.runtime.cookies
    }

    pub(crate) fn emit(&self, event: Event<'_>) {
        self.0.runtime.events.emit(event, || self.time());
    }

    pub(crate) fn session_rules(&self) -> &SessionRules {
        &self.0.runtime.sessions
    }

    /// Whether a token under this policy has to satisfy a rule.
    pub(crate) fn has_rules(&self, late: &Late) -> bool {
        late.has_rules() || self.has_verification_rule()
    }

    /// Whether every token has to satisfy a rule.
    pub(crate) fn has_verification_rule(&self) -> bool {
        self.0.runtime.loaders.rule.is_some()
    }

    pub(crate) fn has_claims_loader(&self) -> bool {
        self.0.runtime.loaders.issue.claims.is_some()
    }

    /// Creates an access token for this identity: text, an integer, a UUID, or a type of your own that implements
    /// [`IntoIdentity`].
    pub fn access_token(&self, identity: impl IntoIdentity) -> TokenBuilder<'_> {
        self.token(TokenKind::ACCESS, identity)
    }

    /// Creates a refresh token for this identity.
    ///
    /// With a session store, [`log_in`](Self::log_in) creates both tokens, and each refresh token works once.
    pub fn refresh_token(&self, identity: impl IntoIdentity) -> TokenBuilder<'_> {
        self.token(TokenKind::REFRESH, identity)
    }

    /// Creates a token of any kind. The lifetime of custom kinds is that of access tokens, unless
    /// [`TokenBuilder::expires_in`] sets it.
    pub fn token(&self, kind: TokenKind, identity: impl IntoIdentity) -> TokenBuilder<'_> {
        self.token_for(kind, identity.into_identity().0, None)
    }

    /// Creates a token for an object that the loaders receive. An identity that was read from a token is kept.
    pub(crate) fn token_for(
        &self,
        kind: TokenKind,
        object: Result<Value, serde_json::Error>,
        identity: Option<Value>,
    ) -> TokenBuilder<'_> {
        let Runtime { issue, loaders, .. } = &self.0.runtime;
        let key = object.as_ref().ok().zip(loaders.issue.key.as_ref());
        let key = key.map(|(who, load)| self.call_now(Client, Call::EncodeKeyLoader, || load(who)));
        let (key, failed) = match key.transpose() {
            Ok(key) => (key.flatten(), None),
            Err(error) => (None, Some(EncodeError::KeyUnavailable(error))),
        };
        let keys = key.map_or_else(|| self.0.keys.load_full(), |key| Arc::new(Keys::signing_only(key)));
        let token =
            TokenBuilder::new(keys, issue, self.now(), kind).identity(object, identity, &loaders.issue);
        match failed {
            Some(error) => token.failed(error),
            None => token,
        }
    }

    /// Runs stages 0 to 6 of a check: exempt method, location, signature, claims, expiry, confirmation, kind, issuer,
    /// freshness, and authentication.
    ///
    /// It borrows the request, and never waits. If a [`KeySource`](crate::KeySource) must fetch the key first,
    /// [`complete`](Self::complete) runs stages 3 to 6.
    ///
    /// # Errors
    ///
    /// Returns an error if the request has no token, or if the token is rejected.
    pub fn check(&self, view: &dyn RequestView, policy: &Policy) -> Result<Checked, TokenError> {
        if self.exempts(view, policy) {
            return Ok(self.checked(policy, State::Ready(None), None));
        }
        match self.find(view, policy) {
            Ok(state) => {
                if let State::Ready(Some(found)) = &state {
                    self.judge(found, policy, Client)?;
                }
                let request = self.has_rules(&policy.late).then(|| view.info());
                Ok(self.checked(policy, state, request))
            }
            Err(TokenError::Missing(_)) if policy.optional => {
                Ok(self.checked(policy, State::Ready(None), None))
            }
            Err(error) => Err(error),
        }
    }

    /// Stage 0: whether a guard with this policy lets the request through without a look. Only
    /// [`Config::insecure_exempt_options`](crate::Config::insecure_exempt_options) exempts anything.
    pub(crate) fn exempts(&self, view: &dyn RequestView, policy: &Policy) -> bool {
        self.locator().exempts_options && !policy.of_handler && view.method() == "OPTIONS"
    }

    #[inline(always)]
    fn checked(&self, policy: &Policy, state: State, request: Option<RequestInfo>) -> Checked {
        Checked { manager: self.id(), late: policy.late.clone(), request, before_body: false, state }
    }

    /// Runs [`check`](Self::check) for a request with this method, with the memo of a guard or a layer of this manager.
    pub(crate) fn recheck(&self, memo: &Memo, method: &str, policy: &Policy) -> Option<Checked> {
        // A rule has to see the request.
        let can_decide = !self.has_rules(&policy.late);
        let memo = Some(&memo.0).filter(|memo| can_decide && self.counts(memo, method))?;
        let mut found = self.remembered(memo, policy)?;
        found.provenance.guarded = memo.passed;
        self.judge(&found, policy, Client).ok()?;
        Some(self.checked(policy, State::Ready(Some(found)), None))
    }

    /// Returns the metadata of the protected [resource](crate::Config::resource) that the manager guards (RFC 9728).
    /// `None` if the configuration does not name one.
    ///
    /// Each adapter has a `resource_metadata` function that creates a route for it.
    #[must_use]
    pub fn resource_metadata(&self) -> Option<&ResourceMetadata> {
        self.0.runtime.resource.as_ref()
    }

    /// Returns the reason for a rejection. The text contains the configured names.
    pub(crate) fn reason(&self, error: &TokenError) -> Cow<'static, str> {
        reason(error, &self.0.runtime.answers)
    }

    /// Returns the token that a guard of this manager accepted. `None` if no guard ran, or if a
    /// guard let a request without a token through.
    #[must_use]
    pub fn guarded(&self, view: &dyn RequestView) -> Option<Authenticated> {
        let memo = self.own_memo(view).filter(|memo| memo.passed)?;
        Some(self.authenticated(Some(memo.found)))
    }

    pub(crate) fn no_store(&self) -> NoStore {
        self.0.runtime.answers.no_store
    }

    /// Whether a problem with where the application put this manager is logged for the first time. Every client can
    /// cause it, so it must not fill the log.
    pub(crate) fn is_first_misplacement(&self) -> bool {
        !self.0.warned_of_place.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn now(&self) -> Moment {
        self.time().into()
    }

    /// Stage 6: confirmation, kind, issuer, then freshness and authentication.
    fn judge<W: Watch>(&self, found: &Found, policy: &Policy, watch: W) -> Result<(), TokenError> {
        watch.at(Step::Policy);
        let token = &found.token;
        token.check_confirmation()?;
        match policy.kind {
            Some(kind) if !token.is_of_kind(kind) => Err(InvalidToken::Kind(kind.as_str()).into()),
            _ if !self.accepts_issuer_of(found, policy) => {
                if W::IS_CLIENT {
                    self.warn_of_untrusted_name(policy);
                }
                Err(InvalidToken::Issuer.into())
            }
            _ if policy.requires_authentication() => self.check_authentication(token, policy),
            _ if policy.fresh && !token.is_fresh_at(self.time()) => Err(TokenError::NotFresh(token.clone())),
            _ => Ok(()),
        }
    }

    /// Checks how the user has logged in. Freshness is part of it, so that one challenge names everything.
    #[inline(never)]
    fn check_authentication(&self, token: &Token, policy: &Policy) -> Result<(), TokenError> {
        let now = Moment::from(self.time());
        let latest = now.plus(self.0.runtime.rules.leeways.iat);
        let is_recent = policy.most_age().is_none_or(|most| {
            token.authenticated_at().is_some_and(|at| at <= latest && now <= at.plus(most))
        });
        let is_fresh = !policy.fresh || token.fresh().is_fresh(now);
        if is_recent && is_fresh && token.has_acr_of(policy.permitted_acr_values()) {
            return Ok(());
        }
        Err(TokenError::InsufficientUserAuthentication {
            token: token.clone(),
            required: RequiredLogin::new(policy.permitted_acr_values(), policy.most_age()),
        })
    }

    /// Whether a policy accepts the tokens of this token's issuer.
    fn accepts_issuer_of(&self, found: &Found, policy: &Policy) -> bool {
        let Found { token, provenance } = found;
        if token.is_own() {
            return policy.accepts_own();
        }
        let by_default = (provenance.guarded && policy.defers_to_guard()) || !self.has_own_keys();
        match (token.trusted_issuer(), token.issuer()) {
            (Some(trusted), Some(iss)) => policy.accepts_issuer(trusted, iss, by_default),
            _ => false,
        }
    }

    /// Whether the manager accepts tokens other than those of its trusted issuers.
    fn has_own_keys(&self) -> bool {
        self.0.runtime.loaders.verifying_key.is_some() || !self.0.keys.load().verifying().is_empty()
    }

    fn authenticated(&self, found: Option<Found>) -> Authenticated {
        Authenticated { jwt: self.clone(), found }
    }
}

impl fmt::Debug for JwtManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtManager").field("id", &self.0.id).finish_non_exhaustive()
    }
}
