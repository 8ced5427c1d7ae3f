use std::fmt;

use super::{Subject, TokenRef};
use crate::Token;

/// The subject of sessions: a name at the manager's own issuer, or the subject of a token, possibly at another issuer.
///
/// A `&str` or `&String` is a name. A `&Token` or a [`Subject`] is a subject with its issuer.
#[derive(Clone, Copy)]
pub struct SubjectRef<'a>(pub(crate) Known<'a>);

#[derive(Clone, Copy)]
pub(crate) enum Known<'a> {
    Name(&'a str),
    Subject(Subject<'a>),
}

impl<'a> From<&'a str> for SubjectRef<'a> {
    fn from(name: &'a str) -> Self {
        Self(Known::Name(name))
    }
}

impl<'a> From<&'a String> for SubjectRef<'a> {
    fn from(name: &'a String) -> Self {
        Self(Known::Name(name))
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
