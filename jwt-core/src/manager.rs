use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use serde::Serialize;

use crate::authenticated::{Authenticated, Checked, Found};
use crate::error::{Invalid, Misuse, TokenError};
use crate::keys::Keys;
use crate::loaders::Loaders;
use crate::request::{Locator, Memo, MemoInner, Ran, RequestView};
use crate::response::{ErrorHandlers, ResponseConfig, respond};
use crate::token::{self, IssueRules, Moment, Rules};
use crate::{Config, JwtManagerBuilder, Location, Policy, Token, TokenBuilder, TokenKind};

/// Issues tokens, checks requests, and answers refused ones. Made once by [`JwtManager::builder`], cheap to clone,
/// shared by all threads.
///
/// A request is checked in two steps: [`check`](Self::check) decides all that needs no I/O while it borrows the
/// request, [`complete`](Self::complete) asks the application's loaders. The adapters do both.
#[derive(Clone)]
pub struct JwtManager(Arc<Inner>);

struct Inner {
    id: ManagerId,
    parts: Parts,
}

/// What a manager is made of.
pub(crate) struct Parts {
    pub(crate) keys: Keys,
    pub(crate) rules: Rules,
    pub(crate) issue: IssueRules,
    pub(crate) locations: Vec<Location>,
    pub(crate) locator: Locator,
    pub(crate) response: ResponseConfig,
    pub(crate) handlers: Arc<dyn ErrorHandlers>,
    pub(crate) clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    pub(crate) loaders: Loaders,
}

/// Tells managers of one process apart, so that what one has checked is never taken for another's.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ManagerId(u64);

impl JwtManager {
    /// Starts with a configuration; see [`JwtManagerBuilder`] for what else there is.
    pub fn builder(config: Config) -> JwtManagerBuilder {
        JwtManagerBuilder::new(config)
    }

    pub(crate) fn new(parts: Parts) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = ManagerId(NEXT.fetch_add(1, Ordering::Relaxed));
        Self(Arc::new(Inner { id, parts }))
    }

    /// This manager among those of the process.
    #[must_use]
    pub fn id(&self) -> ManagerId {
        self.0.id
    }

    /// A new access token for this identity: a string, or what [`Config::verify_sub`] permits.
    pub fn access_token(&self, identity: impl Serialize) -> TokenBuilder<'_> {
        self.token(TokenKind::ACCESS, identity)
    }

    /// A new refresh token for this identity.
    pub fn refresh_token(&self, identity: impl Serialize) -> TokenBuilder<'_> {
        self.token(TokenKind::REFRESH, identity)
    }

    /// A new token of any kind. Custom kinds live as long as access tokens unless told otherwise.
    pub fn token(&self, kind: TokenKind, identity: impl Serialize) -> TokenBuilder<'_> {
        let Parts { keys, issue, loaders, .. } = &self.0.parts;
        let identity = serde_json::to_value(identity);
        TokenBuilder::new(keys, issue, self.now(), kind, identity)
            .with_loaders(loaders.claims.as_deref(), loaders.headers.as_deref())
    }

    /// Verifies a token that did not come with a request: signature and registered claims, expiry among them. Its
    /// kind, its freshness and whether it was revoked are not looked at.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] and [`TokenError::Expired`].
    pub fn decode(&self, token: &str) -> Result<Token, TokenError> {
        self.verify(token.as_bytes(), None)
    }

    /// Stages 0 to 6: exempt method, location, signature, claims, expiry, kind and freshness. Borrows the request
    /// and needs no executor.
    ///
    /// # Errors
    /// Why the token is refused, or that there is none.
    pub fn check(&self, view: &dyn RequestView, policy: &Policy) -> Result<Checked, TokenError> {
        let found = if policy.exempts(view.method()) {
            None
        } else {
            match self.find(view, policy) {
                Err(TokenError::Missing(_)) if policy.optional => None,
                found => Some(found?),
            }
        };
        if let Some(found) = &found {
            self.check_kind(&found.token, policy)?;
        }
        Ok(Checked { manager: self.id(), policy: policy.clone(), found })
    }

    /// [`check`](Self::check) without the request, by what a guard or a layer of this manager left in it: kind and
    /// freshness of a token from the very places that this policy names. `None` tells nothing: check the request.
    #[must_use]
    pub fn recheck(&self, memo: &Memo, policy: &Policy) -> Option<Checked> {
        let memo = Some(&memo.0).filter(|memo| memo.manager == self.id())?;
        let found = self.remembered(memo, policy)?;
        self.check_kind(&found.token, policy).ok()?;
        Some(Checked { manager: self.id(), policy: policy.clone(), found: Some(found) })
    }

    /// Stages 7 to 9: revocation, scopes, the application's verification, the user. Owns its input, so that the
    /// request need not live as long.
    ///
    /// # Errors
    /// Why the token is refused.
    pub fn complete(
        &self,
        checked: Checked,
    ) -> impl Future<Output = Result<Authenticated, TokenError>> + Send + use<> {
        let manager = self.clone();
        async move { manager.ask_loaders(checked).await }
    }

    /// [`complete`](Self::complete) without a future, where no loader has to be asked.
    ///
    /// # Errors
    /// Gives the `Checked` back if a loader has to be asked, or if it is another manager's: await `complete` instead.
    /// The inner error is why the token is refused.
    pub fn complete_now(&self, checked: Checked) -> Result<Result<Authenticated, TokenError>, Checked> {
        let loaders = &self.0.parts.loaders;
        let asks = checked.found.as_ref().is_some_and(|found| {
            self.asks_revocation(&checked.policy, found)
                || loaders.verified.is_some()
                || self.asks_user(found)
        });
        if asks || checked.manager != self.id() {
            return Err(checked);
        }
        Ok(self.check_scopes(&checked).map(|()| self.authenticated(checked.found)))
    }

    /// The answer to a refused request: that of the application's [`ErrorHandlers`], with a challenge where HTTP
    /// wants one.
    #[must_use]
    pub fn respond(&self, error: &TokenError, view: &dyn RequestView) -> http::Response<Bytes> {
        respond(&*self.0.parts.handlers, &self.0.parts.response, error, view)
    }

    /// With what a guard of this manager let the request pass. `None` where no guard ran, and where one passed a
    /// request without a token.
    #[must_use]
    pub fn guarded(&self, view: &dyn RequestView) -> Option<Authenticated> {
        let MemoInner { token, places, ran, .. } = self.own_memo(view).filter(|memo| memo.passed)?;
        Some(self.authenticated(Some(Found { token, places, ran })))
    }

    /// Stages 1 to 5 only, for a layer in front of guards that have no access to the request's extensions: what it
    /// finds saves them the signature, what it does not find they refuse.
    #[must_use]
    pub fn peek(&self, view: &dyn RequestView) -> Option<Memo> {
        let policy = const { &Policy::any().every_method() };
        let Found { token, places, ran } = self.find(view, policy).ok()?;
        Some(Memo(MemoInner { manager: self.id(), token, places, ran, passed: false }))
    }

    fn now(&self) -> Moment {
        (self.0.parts.clock)().into()
    }

    fn verify(&self, text: &[u8], location: Option<Location>) -> Result<Token, TokenError> {
        token::verify(text, location, &self.0.parts.keys, &self.0.parts.rules, self.now())
    }

    /// A policy's own places, or the configured ones.
    fn places(&self, own: &'static [Location]) -> &[Location] {
        if own.is_empty() { &self.0.parts.locations } else { own }
    }

    /// Stages 1 to 5, or what a guard of this manager has left of them.
    ///
    /// A guard that looked at the same places has found what this policy would find. Otherwise this policy looks for
    /// itself, because the first of its own places decides; the signature of the very same text from the same place
    /// is good still.
    fn find(&self, view: &dyn RequestView, policy: &Policy) -> Result<Found, TokenError> {
        let places = policy.locations;
        let memo = self.own_memo(view);
        if let Some(found) = memo.as_ref().and_then(|memo| self.remembered(memo, policy)) {
            return Ok(found);
        }
        let located = self.0.parts.locator.locate(view, self.places(places))?;
        let known = memo.filter(|memo| {
            memo.token.text().as_bytes() == &*located.text && memo.token.location() == Some(located.location)
        });
        let (token, ran) = match known {
            Some(memo) => (memo.token, memo.ran),
            None => (self.verify(&located.text, Some(located.location))?, Ran::default()),
        };
        Ok(Found { token, places, ran })
    }

    /// Whatever the view gives: what another manager has left counts for nothing.
    fn own_memo(&self, view: &dyn RequestView) -> Option<MemoInner> {
        view.memo(self.id()).map(|memo| memo.0).filter(|memo| memo.manager == self.id())
    }

    fn remembered(&self, memo: &MemoInner, policy: &Policy) -> Option<Found> {
        let same = self.places(memo.places) == self.places(policy.locations);
        same.then(|| Found { token: memo.token.clone(), places: policy.locations, ran: memo.ran.clone() })
    }

    /// Stage 6: kind, then freshness. `any_type_is_access` counts as the reference does: whatever is no refresh token.
    fn check_kind(&self, token: &Token, policy: &Policy) -> Result<(), TokenError> {
        let lenient = self.0.parts.rules.any_type_is_access;
        let fits = |kind: TokenKind| match kind {
            TokenKind::ACCESS if lenient => token.kind() != TokenKind::REFRESH.as_str(),
            kind => token.kind() == kind.as_str(),
        };
        match policy.kind {
            Some(kind) if !fits(kind) => Err(Invalid::Kind(kind.as_str()).into()),
            _ if policy.fresh && !token.is_fresh_at((self.0.parts.clock)()) => {
                Err(TokenError::NotFresh(token.clone()))
            }
            _ => Ok(()),
        }
    }

    /// The first half of stage 8.
    fn check_scopes(&self, checked: &Checked) -> Result<(), TokenError> {
        let Some(Found { token, .. }) = &checked.found else {
            return Ok(());
        };
        if checked.policy.required_scopes().all(|scope| token.has_scope(scope)) {
            return Ok(());
        }
        let required: Vec<_> = checked.policy.required_scopes().collect();
        Err(TokenError::InsufficientScope { token: token.clone(), required: required.join(" ").into() })
    }

    fn asks_revocation(&self, policy: &Policy, found: &Found) -> bool {
        policy.revocation && !found.ran.revocation && self.0.parts.loaders.revoked.is_some()
    }

    fn asks_user(&self, found: &Found) -> bool {
        found.ran.user.is_none() && self.0.parts.loaders.user.is_some()
    }

    async fn ask_loaders(&self, mut checked: Checked) -> Result<Authenticated, TokenError> {
        if checked.manager != self.id() {
            return Err(Misuse::ForeignManager.into());
        }
        let loaders = &self.0.parts.loaders;
        if let Some(found) = &mut checked.found
            && self.asks_revocation(&checked.policy, found)
            && let Some(revoked) = &loaders.revoked
        {
            if revoked(found.token.clone()).await? {
                return Err(TokenError::Revoked(found.token.clone()));
            }
            found.ran.revocation = true;
        }
        self.check_scopes(&checked)?;
        if let Some(found) = &mut checked.found {
            if let Some(verified) = &loaders.verified
                && !verified(found.token.clone()).await?
            {
                return Err(TokenError::VerificationFailed(found.token.clone()));
            }
            if self.asks_user(found)
                && let Some(user) = &loaders.user
            {
                let user = user(found.token.clone()).await?;
                found.ran.user = Some(user.ok_or_else(|| TokenError::UserLookup(found.token.clone()))?);
            }
        }
        Ok(self.authenticated(checked.found))
    }

    fn authenticated(&self, found: Option<Found>) -> Authenticated {
        Authenticated { manager: self.id(), found }
    }
}

impl fmt::Debug for JwtManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtManager").field("id", &self.0.id).finish_non_exhaustive()
    }
}
