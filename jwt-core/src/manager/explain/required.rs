//! What the policy and the application require, as text.

use super::facts::Facts;
use super::text;
use crate::policy::{Alternatives, RevocationCheck};
use crate::session::Store;
use crate::token::KindRule;

impl Facts<'_> {
    pub(super) fn kind(&self) -> String {
        let required = self.policy.kind.map_or("any", |kind| kind.as_str());
        let found = match &self.rules().claims.kind {
            KindRule::Claim(claim) => {
                let values = [("access", &claim.access), ("refresh", &claim.refresh)];
                let renamed =
                    values.iter().filter(|(kind, values)| !values.iter().all(|value| **value == **kind));
                let renamed = renamed.map(|(kind, values)| format!("; {kind} is {}", text::names(*values)));
                self.claim(&claim.name) + &renamed.collect::<String>()
            }
            KindRule::Header => "access according to typ".to_owned(),
            KindRule::Audience => "access according to the audience".to_owned(),
            KindRule::IdToken => "access, because ID tokens count as access tokens".to_owned(),
        };
        format!("{found}; required: {required}")
    }

    pub(super) fn accepted(&self) -> String {
        let whose = self.issuer.as_ref().map_or_else(
            || "own token".to_owned(),
            |issuer| format!("token of the trusted issuer {}", text::name(&issuer.shown)),
        );
        let is_named = self.policy.named_issuers().next().is_some();
        let mut accepted = Vec::new();
        if self.policy.accepts_own() {
            accepted.push("own tokens".to_owned());
        }
        if self.policy.kind.is_none_or(|kind| !kind.is_access()) || self.policy.fresh {
            accepted.push(
                "no others, because only own tokens can be fresh or of a kind other than access".to_owned(),
            );
        } else if self.policy.accepts_any_issuer() || !is_named && !self.jwt.has_own_keys() {
            accepted.push("those of all trusted issuers".to_owned());
        } else if is_named {
            accepted.push(format!("those of {}", text::names(self.policy.named_issuers())));
        }
        format!("{whose}; accepted by the policy: {}", text::list(accepted))
    }

    pub(super) fn login(&self) -> String {
        let mut parts = Vec::new();
        if self.policy.fresh {
            parts.push(format!("{}; required: fresh", self.claim("fresh")));
        }
        if let Some(age) = self.policy.most_age() {
            let time = self.moment("auth_time");
            parts.push(format!("{time}; required: at most {} ago", text::duration(age)));
        }
        if self.policy.permitted_acr_values().next().is_some() {
            let values = text::names(self.policy.permitted_acr_values());
            parts.push(format!("{}; accepted: {values}", self.claim("acr")));
        }
        if parts.is_empty() { "the policy requires nothing".to_owned() } else { parts.join("; ") }
    }

    pub(super) fn store(&self) -> String {
        match (&self.jwt.0.runtime.store, self.policy.late.revocation) {
            (None, _) => "no store".to_owned(),
            (Some(_), RevocationCheck::Nobody) => SKIPPED.to_owned(),
            (Some(Store::Sessions(_)), RevocationCheck::Store) => "by the store of sessions".to_owned(),
            (Some(Store::Revocation(_)), RevocationCheck::Store) => {
                "by the store of revoked tokens".to_owned()
            }
            (Some(_), RevocationCheck::Source) => "by the store, without its local copy".to_owned(),
        }
    }

    pub(super) fn blocklist(&self) -> String {
        let is_there = self.jwt.0.runtime.loaders.revoked.is_some();
        if is_there && self.policy.late.revocation == RevocationCheck::Nobody {
            return SKIPPED.to_owned();
        }
        by("token_in_blocklist_loader", is_there)
    }

    pub(super) fn authorities(&self) -> String {
        let group =
            |group: Alternatives<'_>| group.into_iter().map(text::name).collect::<Vec<_>>().join(" or ");
        let required = text::list(self.policy.late.groups().map(group));
        match self.token {
            Some(token) => {
                format!("present: {}; required: {required}", text::names(token.authorities().iter()))
            }
            None => format!("required: {required}"),
        }
    }

    pub(super) fn of_rules(&self) -> String {
        let count = self.policy.late.rules().count();
        match (count, self.jwt.has_verification_rule()) {
            (0, false) => "no rules".to_owned(),
            (0, true) => "by token_verification_rule".to_owned(),
            (_, false) => format!("rules of the policy: {count}"),
            (_, true) => format!("rules of the policy: {count}; by token_verification_rule"),
        }
    }
}

const SKIPPED: &str = "skipped by the policy";

/// Whether a loader decides.
pub(super) fn by(loader: &str, is_there: bool) -> String {
    format!("{} {loader}", if is_there { "by" } else { "no" })
}
