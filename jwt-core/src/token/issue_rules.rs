use std::time::Duration;

use super::TokenKind;
use super::claims::REGISTERED;
use super::header::Typ;

/// How tokens are issued; the compiled form of the configuration.
#[derive(Debug, Default)]
pub(crate) struct IssueRules {
    pub(crate) access_lifetime: Option<Duration>,
    pub(crate) refresh_lifetime: Option<Duration>,
    pub(crate) identity_claim: Box<str>,
    pub(crate) audience: Vec<Box<str>>,
    pub(crate) issuer: Option<Box<str>>,
    pub(crate) nbf: bool,
    pub(crate) csrf: bool,
    pub(crate) verify_sub: bool,
    pub(crate) exp_required: bool,
    pub(crate) claim_override: bool,
    /// Whether `sid` and `auth_time` are claims of sessions, and nobody else's.
    pub(crate) sessions: bool,
    pub(crate) typ: Typ,
    pub(crate) max_token_bytes: usize,
}

/// The claims that sessions are known by.
pub(super) const SESSION: [&str; 2] = ["sid", "auth_time"];

impl IssueRules {
    /// Whether this library writes the claim itself.
    pub(super) fn writes(&self, name: &str) -> bool {
        let of_session = self.sessions && SESSION.contains(&name);
        of_session || REGISTERED.contains(&name) || *name == *self.identity_claim || name == "csrf"
    }

    pub(super) fn lifetime(&self, kind: TokenKind) -> Option<Duration> {
        if kind == TokenKind::REFRESH { self.refresh_lifetime } else { self.access_lifetime }
    }
}
