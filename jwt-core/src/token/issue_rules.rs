use std::time::Duration;

use super::TokenKind;
use super::claims::REGISTERED;
use super::header::Typ;

/// How tokens are issued; the compiled form of the configuration. Each group of options makes its part as a whole.
#[derive(Debug)]
pub(crate) struct IssueRules {
    pub(crate) max_token_bytes: usize,
    /// Whether `sid` and `auth_time` are claims of sessions, and nobody else's.
    pub(crate) sessions: bool,
    pub(crate) csrf: bool,
    pub(crate) claims: IssueClaims,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) parties: Issuing,
}

#[derive(Debug)]
pub(crate) struct IssueClaims {
    pub(crate) typ: Typ,
    pub(crate) identity_claim: Box<str>,
    pub(crate) nbf: bool,
    pub(crate) verify_sub: bool,
    pub(crate) exp_required: bool,
    pub(crate) claim_override: bool,
}

/// `None` is never.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    pub(crate) access: Option<Duration>,
    pub(crate) refresh: Option<Duration>,
}

/// Who issues, and for whom.
#[derive(Debug)]
pub(crate) struct Issuing {
    pub(crate) audience: Vec<Box<str>>,
    pub(crate) issuer: Option<Box<str>>,
}

/// The claims that sessions are known by.
pub(super) const SESSION: [&str; 2] = ["sid", "auth_time"];

impl IssueRules {
    /// Whether this library writes the claim itself.
    pub(super) fn writes(&self, name: &str) -> bool {
        let of_session = self.sessions && SESSION.contains(&name);
        of_session || REGISTERED.contains(&name) || *name == *self.claims.identity_claim || name == "csrf"
    }

    pub(super) fn lifetime(&self, kind: TokenKind) -> Option<Duration> {
        if kind == TokenKind::REFRESH { self.lifetimes.refresh } else { self.lifetimes.access }
    }
}
