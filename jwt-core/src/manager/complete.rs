//! Stages 7 to 9, which may need I/O. Authorities do not, but a token that lacks one can also be revoked, and that is the
//! answer then.

use std::future::Future;

use super::Call;
use super::authenticated::{Authenticated, Checked, State};
use super::watch::{Client, Step, Watch};
use crate::error::Misuse;
use crate::policy::{Late, RevocationCheck};
use crate::request::Found;
use crate::rule::RequestInfo;
use crate::token::TokenError;
use crate::{BoxError, JwtManager, Token};

impl JwtManager {
    /// Runs stages 7 to 9 of a check: revocation, authorities, the application's rules and verification, and the user. If
    /// the token's key must be fetched first, this also runs stages 3 to 6.
    ///
    /// The future owns its input, so it does not borrow the request.
    ///
    /// # Errors
    ///
    /// Returns an error if the token is rejected, or if the store or a loader fails.
    pub fn complete(
        &self,
        checked: Checked,
    ) -> impl Future<Output = Result<Authenticated, TokenError>> + Send + use<> {
        let manager = self.clone();
        async move { manager.ask(checked, Client).await }
    }

    /// Does the same as [`complete`](Self::complete) without waiting, if no store, loader, rule, or issuer has to be called.
    ///
    /// # Errors
    ///
    /// Returns the `Checked` if something has to be called, or if another manager created it. Await `complete` in that
    /// case. The inner error is the reason to reject the token.
    #[allow(clippy::result_large_err, reason = "the error is the argument")]
    pub fn complete_now(&self, checked: Checked) -> Result<Result<Authenticated, TokenError>, Checked> {
        let loaders = &self.0.runtime.loaders;
        let asks = match &checked.state {
            State::NeedsKey(_) => true,
            State::Ready(None) => false,
            State::Ready(Some(found)) => {
                let asks_application =
                    || loaders.verified.is_some() || self.has_rules(&checked.late) || self.asks_user(found);
                self.asks_store(&checked.late, found)
                    || self.asks_blocklist(&checked.late, found)
                    || (!checked.before_body && asks_application())
            }
        };
        match checked.state {
            State::Ready(found) if !asks && checked.manager == self.id() => {
                let decided = found.as_ref().filter(|_| !checked.before_body);
                let permitted =
                    decided.map_or(Ok(()), |found| self.check_authorities(&found.token, &checked.late, &[]));
                // If the body is not there yet, the same check follows.
                let counted = |found| if checked.before_body { found } else { Found::count(found) };
                Ok(permitted.map(|()| self.authenticated(found.map(counted))))
            }
            state => Err(Checked { state, ..checked }),
        }
    }

    /// Whether [`complete_now`](Self::complete_now) can do everything under this policy, if all keys are there.
    pub(crate) fn never_waits(&self, late: &Late) -> bool {
        let loaders = &self.0.runtime.loaders;
        let revokes = self.0.runtime.store.is_some() || loaders.revoked.is_some();
        let waits = (revokes && late.revocation > RevocationCheck::Nobody)
            || loaders.verified.is_some()
            || self.has_rules(late)
            || loaders.has_user_loaders();
        !waits
    }

    fn asks_store(&self, late: &Late, found: &Found) -> bool {
        late.revocation > found.provenance.revocation && self.0.runtime.store.is_some()
    }

    /// A loader has no copy, so it is called once.
    fn asks_blocklist(&self, late: &Late, found: &Found) -> bool {
        let is_new = late.revocation > RevocationCheck::Nobody
            && found.provenance.revocation == RevocationCheck::Nobody;
        is_new && self.0.runtime.loaders.revoked.is_some()
    }

    fn asks_user(&self, found: &Found) -> bool {
        found.provenance.user.is_none() && self.0.runtime.loaders.user_loader(&found.token).is_some()
    }

    pub(super) async fn ask<W: Watch>(
        &self,
        checked: Checked,
        watch: W,
    ) -> Result<Authenticated, TokenError> {
        let Checked { manager, late, request, before_body, state } = checked;
        if manager != self.id() {
            return Err(Misuse::ForeignManager.into());
        }
        let mut found = match state {
            State::Ready(None) => return Ok(self.authenticated(None)),
            State::Ready(Some(found)) => found,
            State::NeedsKey(pending) => self.verify_pending(*pending, watch).await?,
        };
        if self.asks_store(&late, &found) {
            watch.at(Step::Store);
            self.ask_store(&found.token, late.revocation, watch).await?;
        }
        if self.asks_blocklist(&late, &found) {
            watch.at(Step::Blocklist);
            self.ask_blocklist(&found.token, watch).await?;
        }
        found.provenance.revocation = found.provenance.revocation.max(late.revocation);
        if before_body {
            return Ok(self.authenticated(Some(found)));
        }
        self.ask_application(&mut found, &late, request.as_ref(), watch).await?;
        Ok(self.authenticated(Some(found.count())))
    }

    /// The application's part of stage 7.
    pub(crate) async fn ask_blocklist<W: Watch>(&self, token: &Token, watch: W) -> Result<(), TokenError> {
        match self.is_blocked(token, watch).await.map_err(TokenError::Unavailable)? {
            true if W::IS_CLIENT => Err(self.revoked(token.clone())),
            true => Err(TokenError::Revoked(token.clone())),
            false => Ok(()),
        }
    }

    /// Whether the application's blocklist has the token.
    pub(super) async fn is_blocked<W: Watch>(&self, token: &Token, watch: W) -> Result<bool, BoxError> {
        match &self.0.runtime.loaders.revoked {
            Some(revoked) => self.call_for(watch, Call::BlocklistLoader, revoked(token.clone())).await,
            None => Ok(false),
        }
    }

    /// Stages 8 and 9.
    pub(crate) async fn ask_application<W: Watch>(
        &self,
        found: &mut Found,
        late: &Late,
        request: Option<&RequestInfo>,
        watch: W,
    ) -> Result<(), TokenError> {
        watch.at(Step::Rules);
        let loaders = &self.0.runtime.loaders;
        if self.has_rules(late) {
            self.ask_rules(&found.token, late, request, watch).await?;
        } else {
            self.check_authorities(&found.token, late, &[])?;
        }
        watch.at(Step::Verification);
        if let Some(verified) = &loaders.verified {
            let call = self.call_for(watch, Call::VerificationLoader, verified(found.token.clone()));
            if !call.await.map_err(TokenError::Unavailable)? {
                return Err(TokenError::VerificationFailed(found.token.clone()));
            }
        }
        watch.at(Step::User);
        if found.provenance.user.is_none()
            && let Some(user) = loaders.user_loader(&found.token)
        {
            let call = self.call_for(watch, Call::UserLoader, user(found.token.clone()));
            let user = call.await.map_err(TokenError::Unavailable)?;
            found.provenance.users_differ = !loaders.users_of.is_empty() || loaders.users_of_others.is_some();
            found.provenance.user = Some(user.ok_or_else(|| TokenError::UserLookup(found.token.clone()))?);
        }
        Ok(())
    }
}
