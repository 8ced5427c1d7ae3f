//! Turning an issuer into the rules for its tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use super::Issuer;
use super::source::Keys;
use super::trusted::TrustedIssuer;
use crate::ConfigError;
use crate::authority::Mapping;
use crate::config::cannot_be_identity_claim;
use crate::keys::Backend;
use crate::token::{
    ClaimRules, Condition, IdentityRule, IssuerName, KindRule, MOST_CONDITIONS, MOST_IDENTITY_CLAIMS,
    PartyRules, ResourceUri, Rules, Typ, has_braces,
};

impl Issuer {
    /// Combines the rules of the configuration with those of this issuer.
    pub(crate) fn compile(
        mut self,
        own: &Rules,
        resource: Option<ResourceUri>,
        backend: Backend,
    ) -> Result<TrustedIssuer, ConfigError> {
        // The audiences of an ID token are clients.
        let is_for_resource = self.audiences.is_empty() && !self.without_audience && !self.has_id_tokens();
        let resource = resource.filter(|_| is_for_resource || !self.audiences.is_empty());
        if let (true, Some(resource)) = (is_for_resource, &resource) {
            self.audiences.push(resource.as_str().into());
        }

        if self.name.is_empty() {
            return Err(ConfigError::invalid(
                "Issuer::new",
                "must not have an empty name: pass the issuer's iss",
            ));
        }
        let name = match &self.tenants {
            Some(_) => IssuerName::template(&self.name)?,
            None if has_braces(&self.name) => {
                return Err(ConfigError::invalid(
                    "Issuer::new",
                    "must not have a name with braces, which no iss matches: use Issuer::tenants for a template",
                ));
            }
            None => IssuerName::exact(&self.name),
        };
        if self.audiences.iter().any(|audience| audience.is_empty()) {
            return Err(ConfigError::invalid(
                "Issuer::audience",
                "must not be empty, because no token could match: remove the call or pass a name",
            ));
        }
        if self.required.iter().any(|name| name.is_empty()) {
            return Err(ConfigError::invalid(
                "Issuer::required_claims",
                "must not contain an empty name, because no token could match it: remove it",
            ));
        }
        self.check_identity_claims()?;
        let own_mapping = own.claims.authorities.as_deref();
        let authorities =
            Mapping::compile_for_issuer("Issuer::authorities", self.authorities.as_deref(), own_mapping)?;
        let mut required = std::mem::take(&mut self.required);
        let (typ, kind) = self.kind_rule()?;
        let conditions = self.conditions(&kind, &required)?;
        let needed: &[&str] = match &kind {
            // OpenID Connect Core 1.0, 2
            KindRule::IdToken => &["iss", "sub", "aud", "exp", "iat"],
            // RFC 9068, 2.2: all of them are required.
            _ if typ == Typ::AtJwt => &["iss", "exp", "aud", "sub", "client_id", "iat", "jti"],
            _ if self.allow_missing_exp => &[],
            _ => &["exp"],
        };
        let kind_claim = match &kind {
            KindRule::Claim(claim) => Some(&*claim.name),
            KindRule::Header | KindRule::Audience | KindRule::IdToken => None,
        };
        required.extend(needed.iter().copied().chain(kind_claim).map(Box::from));
        if let Keys::Fixed(keys) = &self.keys.0
            && !self.algorithms.is_empty()
            && !self.algorithms.iter().any(|algorithm| keys.serves(*algorithm))
        {
            return Err(ConfigError::invalid(
                "Issuer::algorithms",
                "must include an algorithm of the issuer's keys: remove the call, or pass other keys",
            ));
        }
        let (audiences, resource) =
            PartyRules::audiences((!self.audiences.is_empty()).then_some(self.audiences), resource);
        let rules = Rules {
            max_token_bytes: own.max_token_bytes,
            trusted: Some((*self.name).into()),
            algorithms: self.algorithms,
            // Its `sid` names one of its own sessions, not one of our sessions.
            sessions: false,
            claims: ClaimRules {
                typ,
                kind,
                identity: IdentityRule {
                    claims: self.identity_claims,
                    can_be_empty: false,
                    can_be_any_value: false,
                },
                required,
                ignore_confirmation: self.confirmed_by_gateway,
                // The leniencies of the configuration only apply to our own tokens.
                verify_sub: true,
                ignore_unconfigured: false,
                any_time: false,
                any_fresh: false,
                conditions,
                authorities,
            },
            leeways: own.leeways,
            parties: PartyRules { issuers: Some(vec![name.clone()]), audiences, resource, subjects_of: None },
        };
        let keys = match self.keys.0 {
            Keys::Fixed(keys) => Keys::Fixed(Arc::new(keys.prepared_by(backend)?)),
            source @ Keys::Source(_) => source,
        };
        Ok(TrustedIssuer {
            shown: self.name,
            name,
            tenants: self.tenants,
            keys,
            rules,
            warned: AtomicBool::new(false),
            reported_in: AtomicU64::new(0),
        })
    }

    fn check_identity_claims(&self) -> Result<(), ConfigError> {
        let names = &self.identity_claims;
        let is_bad = names.iter().any(|name| cannot_be_identity_claim(name));
        if names.is_empty() || names.len() > MOST_IDENTITY_CLAIMS || is_bad {
            return Err(ConfigError::invalid(
                "Issuer::identity_claims",
                "must be one to four names, none of them empty or a claim with a different meaning: list claims such \
                 as sub, client_id, or azp",
            ));
        }
        Ok(())
    }

    /// The conditions on claims: those of all calls, and the one on `azp` in ID tokens.
    fn conditions(&self, kind: &KindRule, required: &[Box<str>]) -> Result<Vec<Condition>, ConfigError> {
        let invalid = |problem| Err(ConfigError::invalid("Issuer::require_claim", problem));
        let mut conditions: Vec<Condition> = Vec::new();
        let condition = |name: &str, values: &[Box<str>], can_be_absent| Condition {
            name: name.into(),
            values: values.to_vec(),
            can_be_absent,
        };
        let mut all: Vec<Condition> =
            self.values.iter().map(|call| condition(&call.name, &call.values, call.can_be_absent)).collect();
        let names = all.iter().map(|one| &one.name).chain(&self.forbidden);
        if names
            .map(|name| &**name)
            .any(|name| ["", "iss", "aud", "exp", "nbf", "iat", "cnf"].contains(&name))
        {
            return invalid(
                "must not name an empty claim or one with its own rule: name a claim such as client_id",
            );
        }
        if all.iter().any(|one| one.values.is_empty() || one.values.iter().any(|value| value.is_empty())) {
            return invalid(
                "must have at least one value, and none that is empty: pass the values that you accept",
            );
        }
        if matches!(kind, KindRule::IdToken) {
            // OpenID Connect Core 1.0, 3.1.3.7, point 5
            all.push(condition("azp", &self.audiences, true));
        }
        for one in all {
            match conditions.iter_mut().find(|other| other.name == one.name) {
                Some(other) => {
                    other.values.retain(|value| one.values.contains(value));
                    other.can_be_absent &= one.can_be_absent;
                }
                None => conditions.push(one),
            }
        }
        if conditions.iter().any(|condition| condition.values.is_empty()) {
            return invalid(
                "has different values for one claim, so no token could match: pass all accepted values in one call",
            );
        }
        for name in &self.forbidden {
            let is_needed = required.contains(name) || self.identity_claims == [name.clone()];
            match conditions.iter_mut().find(|other| other.name == *name) {
                Some(other) if other.can_be_absent && !is_needed => other.values.clear(),
                None if !is_needed => conditions.push(condition(name, &[], true)),
                _ => {
                    return invalid(
                        "names a claim that forbid_claim() names as well, so no token could match: remove one of the two calls",
                    );
                }
            }
        }
        if conditions.len() > MOST_CONDITIONS {
            return invalid("must not name more than eight claims: keep those that make a token yours");
        }
        Ok(conditions)
    }
}
