mod authenticated;
mod complete;
mod cookies;
mod current;
mod decode;
mod exchange;
mod keys;
mod loaders;
mod login;
mod respond;
mod sessions;

pub use authenticated::{Authenticated, Checked};
pub use exchange::Exchange;
pub use loaders::{IntoAnswer, IntoVerdict};
pub use login::Login;
pub use respond::Respond;

pub(crate) use authenticated::State;
pub(crate) use exchange::auth_time;
pub(crate) use loaders::{Loaders, boxed};

use authenticated::Pending;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use bytes::Bytes;
use serde_json::Value;

use crate::config::{AnswerRules, CookieRules, KeyRules, Locator};
use crate::error::{InvalidToken, Misuse};
use crate::issuer::TrustedIssuer;
use crate::keys::{KeySet, Keys};
use crate::request::{Found, Located, ManagerId, Memo, MemoInner, Provenance, RequestView};
use crate::response::{ErrorHandlers, respond};
use crate::session::{SessionEvents, SessionRules, Store};
use crate::token::{self, IntoIdentity, IssueRules, Moment, Rules, Source, UnverifiedToken};
use crate::wire::Compact;
use crate::{EncodeError, Policy, Token, TokenBuilder, TokenError, TokenKind};

/// Issues tokens, checks requests, and responds to rejected ones.
///
/// [`JwtManager::builder`] creates it once. It is cheap to clone, and all threads share it.
///
/// ```
/// use jwt_core::{Config, JwtManager};
///
/// # let secret = "MDYxN2FiMTAtZmU0ZS00Y2UzLWI4Nzkt";
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let text = jwt.access_token("alice").encode()?;
/// assert_eq!(jwt.decode(&text)?.identity(), "alice");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Applications use extractors and guards of an adapter to check requests. The adapters call [`check`](Self::check), which
/// borrows the request and needs no I/O, and [`complete`](Self::complete), which calls the store and the application's
/// loaders. [`verify`](Self::verify) checks a token that did not arrive in a request.
#[derive(Clone)]
pub struct JwtManager(Arc<Inner>);

struct Inner {
    id: ManagerId,
    /// Separate from the rest, because it can be swapped.
    keys: ArcSwap<Keys>,
    runtime: Runtime,
    warned_of_unread_body: AtomicBool,
}

/// The compiled configuration, and what the builder received.
pub(crate) struct Runtime {
    pub(crate) key_rules: KeyRules,
    pub(crate) rules: Rules,
    pub(crate) issuers: Vec<TrustedIssuer>,
    pub(crate) issue: IssueRules,
    pub(crate) locator: Locator,
    pub(crate) cookies: CookieRules,
    pub(crate) answers: AnswerRules,
    pub(crate) handlers: Arc<dyn ErrorHandlers>,
    pub(crate) clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    pub(crate) loaders: Loaders,
    pub(crate) store: Option<Store>,
    pub(crate) events: Arc<dyn SessionEvents>,
    pub(crate) sessions: SessionRules,
}

impl JwtManager {
    pub(crate) fn new(runtime: Runtime, keys: Keys) -> Self {
        Self(Arc::new(Inner {
            id: ManagerId::next(),
            keys: ArcSwap::from_pointee(keys),
            runtime,
            warned_of_unread_body: AtomicBool::new(false),
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

    pub(crate) fn session_rules(&self) -> &SessionRules {
        &self.0.runtime.sessions
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
        let key = object.as_ref().ok().zip(loaders.issue.key.as_ref()).map(|(who, load)| load(who));
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

    /// Runs stages 0 to 6 of a check: exempt method, location, signature, claims, expiry, kind, and freshness.
    ///
    /// It borrows the request, and never waits. If a [`KeySource`](crate::KeySource) must fetch the key first,
    /// [`complete`](Self::complete) runs stages 3 to 6.
    ///
    /// # Errors
    ///
    /// Returns an error if the request has no token, or if the token is rejected.
    pub fn check(&self, view: &dyn RequestView, policy: &Policy) -> Result<Checked, TokenError> {
        if policy.exempts(view.method()) {
            return Ok(self.checked(policy, State::Ready(None)));
        }
        match self.find(view, policy) {
            Ok(state) => {
                if let State::Ready(Some(found)) = &state {
                    self.check_kind(&found.token, policy)?;
                }
                Ok(self.checked(policy, state))
            }
            Err(TokenError::Missing(_)) if policy.optional => Ok(self.checked(policy, State::Ready(None))),
            Err(error) => Err(error),
        }
    }

    #[inline(always)]
    fn checked(&self, policy: &Policy, state: State) -> Checked {
        Checked { manager: self.id(), policy: policy.clone(), state }
    }

    /// Runs [`check`](Self::check) with the memo of a guard or a layer of this manager.
    pub(crate) fn recheck(&self, memo: &Memo, policy: &Policy) -> Option<Checked> {
        let memo = Some(&memo.0).filter(|memo| memo.manager == self.id())?;
        let found = self.remembered(memo, policy)?;
        self.check_kind(&found.token, policy).ok()?;
        Some(self.checked(policy, State::Ready(Some(found))))
    }

    /// Returns the response of the application's [`ErrorHandlers`] to a rejected request, with a challenge if HTTP requires
    /// one.
    #[must_use]
    pub fn respond(&self, error: &TokenError, view: &dyn RequestView) -> http::Response<Bytes> {
        respond(&*self.0.runtime.handlers, &self.0.runtime.answers, error, view)
    }

    /// The token that a guard of this manager accepted, if it is of the policy's kind.
    pub(crate) fn accepted(&self, view: &dyn RequestView, policy: &Policy) -> Option<Found> {
        let found = self.own_memo(view).filter(|memo| memo.passed)?.found;
        policy.kind.is_none_or(|kind| found.token.is_of_kind(kind)).then_some(found)
    }

    /// Returns the token with which a guard of this manager let the request through. `None` if no guard ran, or if a guard
    /// let a request without a token through.
    #[must_use]
    pub fn guarded(&self, view: &dyn RequestView) -> Option<Authenticated> {
        let memo = self.own_memo(view).filter(|memo| memo.passed)?;
        Some(self.authenticated(Some(memo.found)))
    }

    pub(crate) fn now(&self) -> Moment {
        (self.0.runtime.clock)().into()
    }

    /// Stages 3 to 5, with the keys and rules of the issuer that the token claims.
    #[inline(always)]
    fn verify_text(&self, text: &[u8], source: Source<'_>) -> Result<Verified, TokenError> {
        let Runtime { rules, issuers, .. } = &self.0.runtime;
        // A text that does not have the form of a token is rejected here, at little cost.
        let compact = Compact::split(text, rules.max_token_bytes)?;
        let named = if issuers.is_empty() { None } else { token::unverified_issuer(&compact) };
        let of_name = |(_, issuer): &(usize, &TrustedIssuer)| named.as_deref() == Some(&issuer.name);
        let Some((index, issuer)) = issuers.iter().enumerate().find(of_name) else {
            if let Some(loader) = &self.0.runtime.loaders.verifying_key {
                let key = loader(&UnverifiedToken::read(&compact)?);
                let key = key.map_err(TokenError::Unavailable)?.ok_or(InvalidToken::UnknownKey)?;
                return token::verify(&compact, source, &KeySet::single(key), rules, || self.now())
                    .map(Verified::Token);
            }
            let keys = self.0.keys.load();
            let verified = token::verify(&compact, source, keys.verifying(), rules, || self.now());
            return match verified {
                // A manager without keys only accepts the tokens of its issuers.
                Err(TokenError::Invalid(InvalidToken::AlgorithmNotAllowed))
                    if keys.verifying().is_empty() =>
                {
                    Err(InvalidToken::Issuer.into())
                }
                verified => verified.map(Verified::Token),
            };
        };
        let Some(keys) = issuer.known_keys() else {
            return Ok(Verified::NeedsKey { issuer: index });
        };
        match token::verify(&compact, source, &keys, &issuer.rules, || self.now()) {
            Err(TokenError::Invalid(InvalidToken::UnknownKey)) if issuer.has_source() => {
                Ok(Verified::NeedsKey { issuer: index })
            }
            verified => verified.map(Verified::Token),
        }
    }

    /// Stages 3 to 6 of a token that waited for the issuer's keys.
    async fn verify_pending(&self, pending: Pending, policy: &Policy) -> Result<Found, TokenError> {
        let Pending { text, location, csrf, places, refresh, issuer } = pending;
        let issuer = self.0.runtime.issuers.get(issuer).ok_or(Misuse::ForeignManager)?;
        let keys = issuer.fetch_keys().await.map_err(TokenError::Unavailable)?;
        let source = Source { location, csrf: csrf.as_deref() };
        let compact = Compact::split(&text, issuer.rules.max_token_bytes)?;
        let token = token::verify(&compact, source, &keys, &issuer.rules, || self.now())?;
        self.check_kind(&token, policy)?;
        Ok(Found { token, provenance: Provenance::new(places, refresh) })
    }

    /// Stages 1 to 5, unless a guard of this manager has run them.
    ///
    /// A guard that searched the same locations has found what this policy would find. Otherwise, this policy searches its
    /// own locations, because the first of them decides. If it finds the same text in the same location, the signature need
    /// not be verified again.
    #[inline(always)]
    pub(crate) fn find(&self, view: &dyn RequestView, policy: &Policy) -> Result<State, TokenError> {
        let (places, refresh) = (policy.locations, policy.asks_for_refresh());
        let memo = self.own_memo(view);
        if let Some(found) = memo.as_ref().and_then(|memo| accepted(memo, policy)) {
            return Ok(State::Ready(Some(found.clone())));
        }
        if let Some(found) = memo.as_ref().and_then(|memo| self.remembered(memo, policy)) {
            return Ok(State::Ready(Some(found)));
        }
        let locator = self.locator();
        let located = locator.locate(view, locator.places_of(policy), refresh);
        let located = located.inspect_err(|error| self.warn_of_unread_body(error))?;
        let known = memo.map(|memo| memo.found).filter(|found| {
            let same_names = found.provenance.refresh == refresh || located.csrf.is_none();
            let same_place = found.token.location() == Some(located.location);
            same_names && same_place && found.token.text().as_bytes() == &*located.text
        });
        if let Some(Found { token, provenance }) = known {
            let provenance = Provenance { places, refresh, ..provenance };
            return Ok(State::Ready(Some(Found { token, provenance })));
        }
        let Located { text, location, csrf } = located;
        let source = Source { location: Some(location), csrf: csrf.as_deref() };
        Ok(match self.verify_text(&text, source)? {
            Verified::Token(token) => {
                State::Ready(Some(Found { token, provenance: Provenance::new(places, refresh) }))
            }
            Verified::NeedsKey { issuer } => {
                let (text, location) = (Box::from(&*text), Some(location));
                State::NeedsKey(Box::new(Pending { text, location, csrf, places, refresh, issuer }))
            }
        })
    }

    /// Logs once that a route lacks a guard. Every client can cause this, so it must not fill the log.
    #[cold]
    fn warn_of_unread_body(&self, error: &TokenError) {
        if error.body_was_not_read() && !self.0.warned_of_unread_body.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a token or CSRF value may be in the body of a request, but nothing has read the body, so the request \
                 is treated as having none: set Config::buffered_body and put a guard (in warp, a JwtLayer) in front of \
                 the route, or remove Location::Json and csrf_check_form from the Config"
            );
        }
    }

    /// The memo of this manager. The view may return that of another one, which does not count.
    fn own_memo(&self, view: &dyn RequestView) -> Option<MemoInner> {
        view.memo(self.id()).map(|memo| memo.0).filter(|memo| memo.manager == self.id())
    }

    fn remembered(&self, memo: &MemoInner, policy: &Policy) -> Option<Found> {
        let (places, refresh) = (policy.locations, policy.asks_for_refresh());
        let (Found { token, provenance }, locator) = (&memo.found, self.locator());
        let same = locator.or_configured(provenance.places) == locator.places_of(policy)
            && provenance.refresh == refresh;
        same.then(|| Found {
            token: token.clone(),
            provenance: Provenance { places, refresh, ..provenance.clone() },
        })
    }

    /// Stage 6: kind, then freshness.
    fn check_kind(&self, token: &Token, policy: &Policy) -> Result<(), TokenError> {
        match policy.kind {
            Some(kind) if !token.is_of_kind(kind) => Err(InvalidToken::Kind(kind.as_str()).into()),
            _ if policy.fresh && !token.is_fresh_at((self.0.runtime.clock)()) => {
                Err(TokenError::NotFresh(token.clone()))
            }
            _ => Ok(()),
        }
    }

    fn authenticated(&self, found: Option<Found>) -> Authenticated {
        Authenticated { manager: self.id(), found }
    }
}

/// The token that a guard accepted, for a policy of the same kind that names no locations: what stands behind a guard is
/// about the token of that guard.
fn accepted<'a>(memo: &'a MemoInner, policy: &Policy) -> Option<&'a Found> {
    let same_names = memo.found.provenance.refresh == policy.asks_for_refresh();
    let is_for_it = memo.passed && policy.locations.is_empty() && same_names;
    let is_of_kind = policy.kind.is_some_and(|kind| memo.found.token.is_of_kind(kind));
    (is_for_it && is_of_kind).then_some(&memo.found)
}

/// Returns the id of a manager, which is unique in the process.
#[must_use]
pub fn manager_id(jwt: &JwtManager) -> ManagerId {
    jwt.id()
}

impl fmt::Debug for JwtManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtManager").field("id", &self.0.id).finish_non_exhaustive()
    }
}

/// The outcome of verifying the text of a token.
enum Verified {
    Token(Token),
    /// The keys of the issuer with this index must be fetched.
    NeedsKey {
        issuer: usize,
    },
}
