use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::error::Misuse;
use crate::request::{Found, ManagerId, Memo, MemoInner, User};
use crate::token::TokenError;
use crate::{Location, Policy, Token};

/// A request that passed the stages without I/O, or whose token waits for its key. It shows nothing: only
/// [`JwtManager::complete`](crate::JwtManager::complete) makes an
/// [`Authenticated`] of it.
#[derive(Debug)]
#[must_use = "a request is not authenticated before complete()"]
pub struct Checked {
    pub(crate) manager: ManagerId,
    pub(crate) policy: Policy,
    pub(crate) state: State,
}

#[derive(Debug)]
pub(crate) enum State {
    /// Stages 0 to 6 are done; there may be no token.
    Ready(Option<Found>),
    /// The token's issuer has to be asked for its key first: stages 3 to 6 are to be done then.
    NeedsKey(Box<Pending>),
}

/// A token that nobody has verified yet.
pub(crate) struct Pending {
    pub(crate) text: Box<[u8]>,
    /// `None` for a token that did not come in a request.
    pub(crate) location: Option<Location>,
    pub(crate) csrf: Option<Box<[u8]>>,
    pub(crate) places: &'static [Location],
    pub(crate) refresh: bool,
    /// Among the manager's trusted issuers.
    pub(crate) issuer: usize,
}

/// A request that may pass: with a token, unless it was exempt or the token was optional.
#[derive(Debug)]
pub struct Authenticated {
    pub(crate) manager: ManagerId,
    pub(crate) found: Option<Found>,
}

impl Authenticated {
    /// The token. `None` on a request of an exempt method, and on one without a token where it is optional.
    #[must_use]
    pub fn token(&self) -> Option<&Token> {
        self.found.as_ref().map(|found| &found.token)
    }

    /// The token, for a route that cannot do without.
    ///
    /// # Errors
    /// [`TokenError::Missing`] where [`token`](Self::token) is `None`.
    pub fn into_token(self) -> Result<Token, TokenError> {
        self.found.map(|found| found.token).ok_or_else(|| TokenError::Missing(Vec::new()))
    }

    /// The token with the application's claims: stage 10.
    ///
    /// # Errors
    /// [`TokenError::Missing`] without a token, [`TokenError::Invalid`] if its claims do not fit `C`.
    pub fn into_typed_token<C: DeserializeOwned + 'static>(self) -> Result<Token<C>, TokenError> {
        Ok(self.into_token()?.with_claims()?)
    }

    /// The user that the application's loader found.
    ///
    /// # Errors
    /// [`TokenError::Missing`] without a token; [`TokenError::Misuse`] if there is no user loader, or it gives
    /// another type.
    pub fn user<U: Any + Send + Sync>(&self) -> Result<Arc<U>, TokenError> {
        let found = self.found.as_ref().ok_or_else(|| TokenError::Missing(Vec::new()))?;
        // A loader has been asked by now, if there is one.
        let user: User = found.provenance.user.clone().ok_or(Misuse::NoUserLoader)?;
        user.downcast().map_err(|_| Misuse::WrongUserType { asked: std::any::type_name::<U>() }.into())
    }

    /// What a guard leaves in the request for the extractors behind it. `None` without a token.
    #[must_use]
    pub fn memo(&self) -> Option<Memo> {
        let found = self.found.clone()?;
        Some(Memo(MemoInner { manager: self.manager, found, passed: true }))
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}
