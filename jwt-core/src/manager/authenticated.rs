use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::error::Misuse;
use crate::issuer::TrustedIssuer;
use crate::policy::Late;
use crate::request::{Found, ManagerId, Memo, MemoInner};
use crate::rule::RequestInfo;
use crate::token::TokenError;
use crate::{JwtManager, Location, Policy, Token};

/// A request that has passed the stages that need no I/O, or whose token waits for its key.
///
/// It gives no access to the token. [`JwtManager::complete`](crate::JwtManager::complete) turns it into an
/// [`Authenticated`].
#[derive(Debug)]
#[must_use = "a request is not authenticated until complete()"]
pub struct Checked {
    pub(crate) manager: ManagerId,
    pub(crate) late: Late,
    /// For rules. `None` if there are none, or if the token did not come in a request.
    pub(crate) request: Option<RequestInfo>,
    /// Whether the check ends with revocation, because the body has to be read before the rest.
    pub(crate) before_body: bool,
    pub(crate) state: State,
}

#[derive(Debug)]
pub(crate) enum State {
    /// Stages 0 to 6 are done. There may be no token.
    Ready(Option<Found>),
    /// The key of the token's issuer must be fetched first. Stages 3 to 6 follow.
    NeedsKey(Box<Pending>),
}

/// A token that has not been verified yet.
pub(crate) struct Pending {
    pub(crate) text: Box<[u8]>,
    /// `None` for a token that did not come in a request.
    pub(crate) location: Option<Location>,
    pub(crate) csrf: Option<Box<[u8]>>,
    pub(crate) policy: Policy,
    pub(crate) issuer: Arc<TrustedIssuer>,
}

/// A request that satisfies a policy, with its verified token. There is no token if the method is exempt or the token
/// is optional.
///
/// ```
/// use jwt_core::{Config, JwtManager, Policy};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let text = jwt.access_token("alice").encode()?;
/// let authenticated = jwt.verify(&text, &Policy::access()).await?;
/// assert_eq!(authenticated.into_token()?.identity(), "alice");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Authenticated {
    pub(crate) jwt: JwtManager,
    pub(crate) found: Option<Found>,
}

impl Authenticated {
    /// Returns the token. `None` if the method of the request is exempt, or if the token is optional and absent.
    #[must_use]
    pub fn token(&self) -> Option<&Token> {
        self.found.as_ref().map(|found| &found.token)
    }

    /// Returns the token, for a route that requires one.
    ///
    /// # Errors
    ///
    /// Returns [`TokenError::Missing`] if [`token`](Self::token) is `None`.
    pub fn into_token(self) -> Result<Token, TokenError> {
        self.found.map(|found| found.token).ok_or_else(|| TokenError::Missing(Vec::new()))
    }

    /// Returns the token with its claims as the application's type `C`. This is stage 10.
    ///
    /// # Errors
    ///
    /// Returns [`TokenError::Missing`] if there is no token, and [`TokenError::Invalid`] if its claims do not
    /// deserialize into `C`.
    pub fn into_typed_token<C: DeserializeOwned + 'static>(self) -> Result<Token<C>, TokenError> {
        Ok(self.into_token()?.with_claims()?)
    }

    /// Returns the user that the application's user loader found.
    ///
    /// # Errors
    ///
    /// Returns [`TokenError::Missing`] if there is no token, and [`TokenError::Misuse`] if there is no user loader or
    /// it returns a different type. Returns [`TokenError::UserLookup`] if the token is from another issuer that has no
    /// user loader, or if the manager has several user loaders and the one for this token returns a different type.
    pub fn user<U: Any + Send + Sync>(&self) -> Result<Arc<U>, TokenError> {
        let found = self.found.as_ref().ok_or_else(|| TokenError::Missing(Vec::new()))?;
        // A client chooses among its tokens, so it must not be able to cause a 500 with the issuer.
        let unknown = || TokenError::UserLookup(found.token.clone());
        // If there is a loader, it has been called by now.
        let Some(user) = found.provenance.user.clone() else {
            return Err(if found.token.is_own() { Misuse::NoUserLoader.into() } else { unknown() });
        };
        user.downcast().map_err(|_| {
            if found.provenance.users_differ {
                unknown()
            } else {
                Misuse::WrongUserType { asked: std::any::type_name::<U>() }.into()
            }
        })
    }

    /// Returns the memo that a guard stores in the request for the extractors behind it. `None` if there is no token.
    #[must_use]
    pub fn memo(&self) -> Option<Memo> {
        let found = self.found.clone()?;
        Some(Memo(MemoInner { manager: self.jwt.id(), found, passed: true }))
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}
