//! The registered claims of a verified token.

use std::sync::Arc;

use super::Moment;
use crate::authority::Mapping;
use crate::wire::Span;

/// The parts of the registered claims that a token keeps, in addition to the payload.
pub(crate) struct Registered {
    pub(crate) identity: Span,
    /// Whether it is a string. Otherwise it is the JSON text of a value of a different type.
    pub(crate) identity_is_text: bool,
    pub(crate) issuer: Option<Span>,
    /// The issuer of the subject, as stores know it.
    pub(crate) subject_issuer: Option<Span>,
    pub(crate) id: Option<Span>,
    pub(crate) kind: Kind,
    /// Whether every kind except `refresh` is an access token.
    pub(crate) any_kind_is_access: bool,
    /// The name of the kind claim. `None` if it is `type`, or if the kind is not in a claim.
    pub(crate) kind_claim: Option<Arc<str>>,
    /// The name, or the template, of the trusted issuer whose keys verified the token. `None` for the manager's own.
    pub(crate) trusted: Option<Arc<str>>,
    /// Whether the token is bound to a key of its holder, and that matters.
    pub(crate) bound: bool,
    pub(crate) issued_at: Option<Moment>,
    pub(crate) not_before: Option<Moment>,
    pub(crate) expires_at: Option<Moment>,
    pub(crate) fresh: Fresh,
    /// The JSON text of `csrf`. Only read if the token was in a cookie.
    pub(crate) csrf: Option<Span>,
    /// The session of the token.
    pub(crate) session: Option<Span>,
    /// The JSON text of `scope`. Only read if a policy requires scopes.
    pub(crate) scope: Option<Span>,
    /// The claims that hold authorities. `None` means `scope`.
    pub(crate) authorities: Option<Arc<Mapping>>,
}

/// The `fresh` claim, in the format of flask-jwt-extended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fresh {
    No,
    Yes,
    Until(Moment),
}

impl Fresh {
    pub(crate) fn is_fresh(self, now: Moment) -> bool {
        match self {
            Self::No => false,
            Self::Yes => true,
            Self::Until(end) => end >= now,
        }
    }
}

/// The kind that a token says it has.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Access,
    Refresh,
    /// A different value, which is the name of a custom kind.
    Other(Span),
}
