//! Stages 7 to 9, which may need I/O. Authorities do not, but a token that lacks one can also be revoked, and that is the
//! answer then.

use std::cell::LazyCell;
use std::future::Future;

use super::authenticated::{Authenticated, Checked, State};
use crate::authority::{Authorities, RequiredAuthorities};
use crate::error::Misuse;
use crate::policy::{Alternatives, Late, RevocationCheck};
use crate::request::Found;
use crate::token::TokenError;
use crate::{JwtManager, Token};

impl JwtManager {
    /// Runs stages 7 to 9 of a check: revocation, authorities, the application's verification, and the user. If the token's
    /// key must be fetched first, this also runs stages 3 to 6.
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
        async move { manager.ask(checked).await }
    }

    /// Does the same as [`complete`](Self::complete) without waiting, if no store, loader, or issuer has to be called.
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
                self.asks_store(&checked.late, found)
                    || self.asks_blocklist(&checked.late, found)
                    || loaders.verified.is_some()
                    || self.asks_user(found)
            }
        };
        match checked.state {
            State::Ready(found) if !asks && checked.manager == self.id() => {
                let permitted = found
                    .as_ref()
                    .map_or(Ok(()), |found| self.check_authorities(&found.token, &checked.late));
                Ok(permitted.map(|()| self.authenticated(found)))
            }
            state => Err(Checked { state, ..checked }),
        }
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

    pub(super) async fn ask(&self, checked: Checked) -> Result<Authenticated, TokenError> {
        let Checked { manager, late, state } = checked;
        if manager != self.id() {
            return Err(Misuse::ForeignManager.into());
        }
        let mut found = match state {
            State::Ready(None) => return Ok(self.authenticated(None)),
            State::Ready(Some(found)) => found,
            State::NeedsKey(pending) => self.verify_pending(*pending).await?,
        };
        if self.asks_store(&late, &found) {
            self.ask_store(&found.token, late.revocation).await?;
        }
        if self.asks_blocklist(&late, &found) {
            self.ask_blocklist(&found.token).await?;
        }
        found.provenance.revocation = found.provenance.revocation.max(late.revocation);
        self.ask_application(&mut found, &late).await?;
        Ok(self.authenticated(Some(found)))
    }

    /// The application's part of stage 7.
    pub(crate) async fn ask_blocklist(&self, token: &Token) -> Result<(), TokenError> {
        match &self.0.runtime.loaders.revoked {
            Some(revoked) if revoked(token.clone()).await? => Err(self.revoked(token.clone())),
            _ => Ok(()),
        }
    }

    /// Stages 8 and 9.
    pub(crate) async fn ask_application(&self, found: &mut Found, late: &Late) -> Result<(), TokenError> {
        let loaders = &self.0.runtime.loaders;
        self.check_authorities(&found.token, late)?;
        if let Some(verified) = &loaders.verified
            && !verified(found.token.clone()).await?
        {
            return Err(TokenError::VerificationFailed(found.token.clone()));
        }
        if found.provenance.user.is_none()
            && let Some(user) = loaders.user_loader(&found.token)
        {
            let user = user(found.token.clone()).await?;
            found.provenance.users_differ = !loaders.users_of.is_empty() || loaders.users_of_others.is_some();
            found.provenance.user = Some(user.ok_or_else(|| TokenError::UserLookup(found.token.clone()))?);
        }
        Ok(())
    }

    /// The first half of stage 8.
    #[inline]
    fn check_authorities(&self, token: &Token, late: &Late) -> Result<(), TokenError> {
        if late.requires_authorities() { self.check_required_authorities(token, late) } else { Ok(()) }
    }

    #[inline(never)]
    fn check_required_authorities(&self, token: &Token, late: &Late) -> Result<(), TokenError> {
        // Most policies require scopes alone, and most tokens have them in one text.
        if let (Some(scopes), Some(held)) = (late.scopes_alone(), token.plain_scopes())
            && scopes.iter().all(|scope| is_word_of(held, scope))
        {
            return Ok(());
        }
        let held = match token.default_scopes() {
            // All other authorities only add to what a token may do.
            Some(scopes) if self.permits(token, &scopes, late) => return Ok(()),
            Some(scopes) => token.with_others(scopes),
            None => token.authorities(),
        };
        if self.permits(token, &held, late) {
            return Ok(());
        }
        let groups = late.groups().map(|group| (group.to_vec(), group.are_scopes()));
        let required = RequiredAuthorities::new(groups, |name| token.has_prefix(name));
        Err(TokenError::InsufficientScope { token: token.clone(), required })
    }

    /// Whether a token that holds these authorities has one of each group.
    fn permits(&self, token: &Token, held: &Authorities<'_>, late: &Late) -> bool {
        let holder = self.0.runtime.grants.holder(held);
        let claim = LazyCell::new(|| token.scope_claim());
        late.groups().all(|group| match group {
            Alternatives::Scope(name) => {
                claim.has(name) || (!token.has_prefix(name) && (holder.has(name) || holder.includes(name)))
            }
            group => group.into_iter().any(|name| holder.has(name) || holder.includes(name)),
        })
    }
}

/// Whether a text contains a word between spaces.
fn is_word_of(text: &str, word: &str) -> bool {
    !word.is_empty() && text.as_bytes().split(|byte| *byte == b' ').any(|one| one == word.as_bytes())
}
