//! The application's loaders, in the form that the manager keeps.

use std::future::Future;
use std::pin::Pin;

use crate::error::BoxError;
use crate::keys::LoadedKey;
use crate::request::User;
use crate::rule::Rule;
use crate::token::{IssueLoaders, Token, UnverifiedToken};

pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// A loader that is called with a token. It is the boxed form of an application's closure.
pub(crate) type Loader<T> = Box<dyn Fn(Token) -> BoxFuture<Result<T, BoxError>> + Send + Sync>;
pub(crate) type VerifyingKeyLoader =
    dyn Fn(&UnverifiedToken) -> Result<Option<LoadedKey>, BoxError> + Send + Sync;
/// The loader of users, in the form that the manager keeps.
pub(crate) type UserLoader = Loader<Option<User>>;

#[derive(Default)]
pub(crate) struct Loaders {
    pub(crate) issue: IssueLoaders,
    pub(crate) verifying_key: Option<Box<VerifyingKeyLoader>>,
    pub(crate) revoked: Option<Loader<bool>>,
    pub(crate) verified: Option<Loader<bool>>,
    pub(crate) rule: Option<Box<dyn Rule>>,
    /// For the manager's own tokens.
    pub(crate) user: Option<UserLoader>,
    /// For the tokens of the issuers with these names.
    pub(crate) users_of: Vec<(Box<str>, UserLoader)>,
    /// For the tokens of all other issuers.
    pub(crate) users_of_others: Option<UserLoader>,
}

impl Loaders {
    /// Whether the tokens of any issuer have a loader for their users.
    pub(crate) fn has_user_loaders(&self) -> bool {
        self.user.is_some() || !self.users_of.is_empty() || self.users_of_others.is_some()
    }

    /// The loader for the user of a token. An identity at one issuer is not the same user at another one.
    pub(crate) fn user_loader(&self, token: &Token) -> Option<&UserLoader> {
        if token.is_own() {
            return self.user.as_ref();
        }
        // The loader of one tenant precedes that of all tenants.
        let of = |issuer: &str| self.users_of.iter().find(|(name, _)| **name == *issuer);
        let named = token.issuer().and_then(of).or_else(|| of(token.trusted_issuer()?));
        named.map(|(_, loader)| loader).or(self.users_of_others.as_ref())
    }
}

pub(crate) fn boxed<F, R, T>(loader: F, read: fn(R::Output) -> Result<T, BoxError>) -> Loader<T>
where
    F: Fn(Token) -> R + Send + Sync + 'static,
    R: Future + Send + 'static,
    T: 'static,
{
    Box::new(move |token| {
        let answer = loader(token);
        Box::pin(async move { read(answer.await) })
    })
}

/// Only this crate implements the traits of what loaders return, so that more forms can be added.
#[allow(unnameable_types, reason = "nobody else may name them")]
mod sealed {
    pub trait Verdict {}
    impl Verdict for bool {}
    impl<E> Verdict for Result<bool, E> {}

    pub trait Answer<T> {}
    impl<T> Answer<T> for Option<T> {}
    impl<T, E> Answer<T> for Result<Option<T>, E> {}
}

/// A value that a deciding loader can return: `bool`, or a `Result` of it. An error means that the answer is unknown,
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

/// A value that a loader that looks something up can return: `Option<T>`, or a `Result` of it. An error means that the
/// answer is unknown, and never counts as `None`.
pub trait IntoAnswer<T>: sealed::Answer<T> {
    /// Returns the answer.
    ///
    /// # Errors
    ///
    /// Returns the loader's error.
    fn into_answer(self) -> Result<Option<T>, BoxError>;
}

impl<T> IntoAnswer<T> for Option<T> {
    fn into_answer(self) -> Result<Self, BoxError> {
        Ok(self)
    }
}

impl<T, E: Into<BoxError>> IntoAnswer<T> for Result<Option<T>, E> {
    fn into_answer(self) -> Result<Option<T>, BoxError> {
        self.map_err(Into::into)
    }
}
