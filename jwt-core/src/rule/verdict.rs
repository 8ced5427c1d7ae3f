use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::error::BoxError;

/// The decision of a [`Rule`](super::Rule).
///
/// A `bool` and a `Result` of one convert into it. An error means that the answer is not known: the client gets a 503.
///
/// ```
/// use jwt_core::{Policy, RequestInfo, Token, Verdict};
///
/// # async fn is_member(_: &str, _: &str) -> Result<bool, std::io::Error> { Ok(true) }
/// /// Asks the database whether the user belongs to the tenant in the path.
/// fn is_of_tenant(token: &Token, request: &RequestInfo) -> Verdict {
///     let Some(tenant) = request.path().split('/').nth(2).map(String::from) else {
///         return Verdict::deny();
///     };
///     let token = token.clone();
///     Verdict::later(async move { is_member(token.identity(), &tenant).await })
/// }
///
/// const TENANT: Policy = Policy::access().rule(&is_of_tenant);
/// # let _ = TENANT;
/// ```
#[must_use = "a verdict has no effect unless the rule returns it"]
pub struct Verdict(pub(crate) Decision);

/// A verdict, as the manager reads it.
pub(crate) enum Decision {
    Permit,
    Deny,
    Requires { names: Vec<Box<str>>, are_scopes: bool },
    Malformed,
    Failed(BoxError),
    Later(Pin<Box<dyn Future<Output = Result<bool, BoxError>> + Send>>),
}

impl Verdict {
    /// The token permits the request.
    pub const fn permit() -> Self {
        Self(Decision::Permit)
    }

    /// The token does not permit the request. The client gets the response of
    /// [`ErrorHandlers::forbidden`](crate::ErrorHandlers::forbidden), a 403.
    pub const fn deny() -> Self {
        Self(Decision::Deny)
    }

    /// The request needs all of these authorities, prefix included, in addition to those that the policy requires.
    ///
    /// With an empty list, the request needs nothing more. The manager checks the names as it checks those of the policy, with the
    /// [hierarchy](crate::Config::authority_hierarchy). If the token lacks any of them, one 403 names all that the policy
    /// and its rules require, so that the client can get a sufficient token in one step.
    pub fn requires<S: Into<Box<str>>>(authorities: impl IntoIterator<Item = S>) -> Self {
        Self(Decision::Requires {
            names: authorities.into_iter().map(Into::into).collect(),
            are_scopes: false,
        })
    }

    /// The same as [`requires`](Self::requires) for scopes, as [`Policy::scopes`](crate::Policy::scopes) requires them.
    pub fn requires_scopes<S: Into<Box<str>>>(scopes: impl IntoIterator<Item = S>) -> Self {
        Self(Decision::Requires { names: scopes.into_iter().map(Into::into).collect(), are_scopes: true })
    }

    /// The request is malformed, so it cannot be decided what it needs. The client gets a 400.
    pub const fn malformed() -> Self {
        Self(Decision::Malformed)
    }

    /// The rule has to wait. The future owns what it needs: [`Token`](crate::Token) and
    /// [`RequestInfo`](super::RequestInfo) are cheap to clone. It returns a `bool`, or a `Result` of one.
    ///
    /// It runs only if nothing else rejects the request.
    pub fn later<V: IntoVerdict>(future: impl Future<Output = V> + Send + 'static) -> Self {
        Self(Decision::Later(Box::pin(async move { future.await.into_verdict() })))
    }
}

impl From<bool> for Verdict {
    fn from(permitted: bool) -> Self {
        if permitted { Self::permit() } else { Self::deny() }
    }
}

impl<E: Into<BoxError>> From<Result<bool, E>> for Verdict {
    fn from(decided: Result<bool, E>) -> Self {
        decided.map_or_else(|error| Self(Decision::Failed(error.into())), Self::from)
    }
}

/// Only this crate implements the trait of what deciding loaders return, so that more forms can be added.
#[allow(unnameable_types, reason = "nobody else may name it")]
mod sealed {
    pub trait Verdict {}
    impl Verdict for bool {}
    impl<E> Verdict for Result<bool, E> {}
}

/// A value that a deciding loader or [`Verdict::later`] can return: `bool`, or a `Result` of it. An error means that the answer is unknown,
/// and never counts as `true`.
pub trait IntoVerdict: sealed::Verdict {
    /// Returns the verdict.
    ///
    /// # Errors
    ///
    /// Returns the loader's error.
    fn into_verdict(self) -> Result<bool, BoxError>;
}

impl IntoVerdict for bool {
    fn into_verdict(self) -> Result<bool, BoxError> {
        Ok(self)
    }
}

impl<E: Into<BoxError>> IntoVerdict for Result<bool, E> {
    fn into_verdict(self) -> Result<bool, BoxError> {
        self.map_err(Into::into)
    }
}

// A closure can carry secrets.
impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdict").finish_non_exhaustive()
    }
}
