//! A token that nobody has issued, for showing how errors are responded to.

use std::time::UNIX_EPOCH;

use super::Token;
use super::TokenError;
use super::registered::{Fresh, Kind, Registered};
use crate::wire::Span;

impl Token {
    /// The token of a sample error. It has no text and no claims other than an empty identity, so there is nothing that a
    /// request could carry. It has expired, in case a handler keeps it.
    pub(crate) fn sample() -> Self {
        let registered = Registered {
            identity: Span::EMPTY,
            identity_is_text: true,
            issuer: None,
            subject_issuer: None,
            id: None,
            kind: Kind::Access,
            any_kind_is_access: false,
            kind_claim: None,
            trusted: None,
            bound: false,
            issued_at: None,
            not_before: None,
            expires_at: Some(UNIX_EPOCH.into()),
            fresh: Fresh::No,
            csrf: None,
            session: None,
            scope: None,
            authorities: None,
        };
        Self::new("{}".to_owned(), ["", ""], registered, None)
    }
}

impl TokenError {
    /// Returns the same error with the sample token. `None` if the error has no token.
    pub(crate) fn of_sample(&self) -> Option<Self> {
        let token = Token::sample();
        Some(match self {
            Self::Expired(_) => Self::Expired(token),
            Self::Forbidden(_) => Self::Forbidden(token),
            Self::InsufficientScope { required, .. } => {
                Self::InsufficientScope { token, required: required.clone() }
            }
            Self::InsufficientUserAuthentication { required, .. } => {
                Self::InsufficientUserAuthentication { token, required: required.clone() }
            }
            Self::NotFresh(_) => Self::NotFresh(token),
            Self::Reused(_) => Self::Reused(token),
            Self::Revoked(_) => Self::Revoked(token),
            Self::UserLookup(_) => Self::UserLookup(token),
            Self::VerificationFailed(_) => Self::VerificationFailed(token),
            Self::Csrf(_)
            | Self::Invalid(_)
            | Self::InvalidRequest(_)
            | Self::Missing(_)
            | Self::Misuse(_)
            | Self::TooManySessions
            | Self::Unavailable(_) => return None,
        })
    }
}
