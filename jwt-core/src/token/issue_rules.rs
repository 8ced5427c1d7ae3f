use std::sync::Arc;
use std::time::Duration;

use super::TokenKind;
use super::header::Typ;
use super::rules::{KindClaim, REGISTERED};
use crate::authority::Mapping;

/// The rules for issuing tokens, compiled from the configuration. `claims`, `lifetimes`, and `parties` each come from
/// one group of options.
#[derive(Debug)]
pub(crate) struct IssueRules {
    pub(crate) max_token_bytes: usize,
    /// Whether `sid`, `auth_time`, and `exchanged_at` are reserved for sessions.
    pub(crate) sessions: bool,
    pub(crate) csrf: bool,
    /// Whether the tokens of a session share their CSRF value.
    pub(crate) csrf_per_session: bool,
    pub(crate) claims: IssueClaims,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) parties: Issuing,
    /// The claims that hold authorities. `None` means the default ones.
    pub(crate) authorities: Option<Arc<Mapping>>,
}

#[derive(Debug)]
pub(crate) struct IssueClaims {
    pub(crate) typ: Typ,
    pub(crate) identity_claim: Box<str>,
    pub(crate) kind: KindClaim,
    /// Whether an identity can be an empty string or null.
    pub(crate) can_be_empty: bool,
    pub(crate) nbf: bool,
    pub(crate) verify_sub: bool,
    pub(crate) exp_required: bool,
    pub(crate) claim_override: bool,
}

/// `None` means that tokens never expire.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    pub(crate) access: Option<Duration>,
    pub(crate) refresh: Option<Duration>,
}

/// The issuer and audiences of issued tokens.
#[derive(Debug)]
pub(crate) struct Issuing {
    pub(crate) audience: Vec<Box<str>>,
    pub(crate) issuer: Option<Box<str>>,
    /// The issuer of our own subjects, as stores know it. It is empty if no name is configured.
    pub(crate) subjects_of: Box<str>,
}

/// The claims of sessions.
pub(crate) const SESSION_CLAIMS: [&str; 3] = ["sid", "auth_time", "exchanged_at"];

impl IssueRules {
    /// Whether this library writes the claim.
    pub(crate) fn writes(&self, name: &str) -> bool {
        let of_session = self.sessions && SESSION_CLAIMS.contains(&name);
        let is_named = *name == *self.claims.identity_claim || *name == *self.claims.kind.name;
        of_session || is_named || REGISTERED.contains(&name) || name == "csrf"
    }

    /// The value of the kind claim. `None` if the name of a custom kind would be read as an access or refresh token.
    pub(super) fn kind_value(&self, kind: TokenKind) -> Option<&str> {
        let KindClaim { access, refresh, .. } = &self.claims.kind;
        match kind {
            TokenKind::ACCESS => access.first().map(|name| &**name),
            TokenKind::REFRESH => refresh.first().map(|name| &**name),
            custom => {
                let name = custom.as_str();
                access.iter().chain(refresh).all(|taken| **taken != *name).then_some(name)
            }
        }
    }

    pub(super) fn lifetime(&self, kind: TokenKind) -> Option<Duration> {
        if kind == TokenKind::REFRESH { self.lifetimes.refresh } else { self.lifetimes.access }
    }
}
