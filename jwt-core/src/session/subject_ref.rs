use std::borrow::Cow;
use std::fmt;

use super::{Subject, TokenRef};
use crate::Token;

/// The subject of sessions: an identity at this manager's own issuer, or the subject of a token, possibly at another issuer.
///
/// Text, an integer, or a UUID is an identity. A `&Token` or a [`Subject`] is a subject with its issuer.
#[derive(Clone)]
pub struct SubjectRef<'a>(pub(crate) Known<'a>);

#[derive(Clone)]
pub(crate) enum Known<'a> {
    Name(Cow<'a, str>),
    Subject(Subject<'a>),
}

impl<'a> From<&'a str> for SubjectRef<'a> {
    fn from(name: &'a str) -> Self {
        Self(Known::Name(name.into()))
    }
}

impl<'a> From<&'a String> for SubjectRef<'a> {
    fn from(name: &'a String) -> Self {
        Self(Known::Name(name.into()))
    }
}

/// As tokens are issued for them.
macro_rules! as_text {
    ($($number:ty),+) => {$(
        impl From<$number> for SubjectRef<'_> {
            fn from(number: $number) -> Self {
                Self(Known::Name(number.to_string().into()))
            }
        }
    )+};
}

as_text!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, uuid::Uuid);

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
