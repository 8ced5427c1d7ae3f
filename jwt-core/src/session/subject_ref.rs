use std::fmt;

use super::{Subject, TokenRef};
use crate::Token;
use crate::token::IntoIdentity;

/// The subject of sessions: an identity at this manager's own issuer, or the subject of a token, possibly at another
/// issuer.
///
/// A value that [tokens are issued for](IntoIdentity), such as text, an integer, or a UUID, is an identity. A `&Token`
/// or a [`Subject`] is a subject with its issuer. A token that the manager's own keys have signed belongs to the manager's
/// own issuer, whatever its `iss` says.
///
/// ```
/// # async fn example(jwt: jwt_core::JwtManager, token: jwt_core::Token) -> Result<(), jwt_core::TokenError> {
/// let by_name = jwt.list_sessions("alice").await?;
/// let by_id = jwt.list_sessions(42).await?;
/// let by_token = jwt.list_sessions(&token).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SubjectRef<'a>(pub(crate) Known<'a>);

#[derive(Clone)]
pub(crate) enum Known<'a> {
    Name(String),
    Subject(Subject<'a>),
}

impl<T: IntoIdentity> From<T> for SubjectRef<'_> {
    fn from(identity: T) -> Self {
        Self(Known::Name(identity.into_identity().into_text()))
    }
}

impl<'a> From<&'a Token> for SubjectRef<'a> {
    fn from(token: &'a Token) -> Self {
        Self(Known::Subject(TokenRef::from(token).subject))
    }
}

impl<'a> From<Subject<'a>> for SubjectRef<'a> {
    fn from(subject: Subject<'a>) -> Self {
        Self(Known::Subject(subject))
    }
}

impl fmt::Debug for SubjectRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectRef").finish_non_exhaustive()
    }
}

/// A [`Subject`] for a task that outlives the request.
pub(crate) struct OwnedSubject {
    issuer: Box<str>,
    name: Box<str>,
}

impl OwnedSubject {
    pub(crate) fn borrow(&self) -> Subject<'_> {
        Subject::new(&self.issuer, &self.name)
    }
}

impl From<Subject<'_>> for OwnedSubject {
    fn from(subject: Subject<'_>) -> Self {
        Self { issuer: subject.issuer.into(), name: subject.name.into() }
    }
}
