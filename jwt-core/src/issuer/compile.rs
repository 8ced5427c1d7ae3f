//! Turning an issuer into the rules for its tokens.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::source::Keys;
use super::trusted::TrustedIssuer;
use super::{Issuer, IssuerKind};
use crate::ConfigError;
use crate::config::{cannot_be_identity_claim, cannot_be_kind_claim};
use crate::keys::Backend;
use crate::token::{
    ClaimRules, IdentityRule, IssuerName, KindClaim, KindRule, MOST_IDENTITY_CLAIMS, PartyRules, Rules, TYPE,
    TokenKind, Typ, has_braces,
};

impl Issuer {
    /// Combines the rules of the configuration with those of this issuer.
    pub(crate) fn compile(mut self, own: &Rules, backend: Backend) -> Result<TrustedIssuer, ConfigError> {
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
        let mut required = std::mem::take(&mut self.required);
        let (typ, kind) = self.kind_rule()?;
        let needed: &[&str] = match &kind {
            // RFC 9068, 2.2: all of them are required.
            _ if typ == Typ::AtJwt => &["iss", "exp", "aud", "sub", "client_id", "iat", "jti"],
            _ if self.allow_missing_exp => &[],
            _ => &["exp"],
        };
        let kind_claim = match &kind {
            KindRule::Claim(claim) => Some(&*claim.name),
            KindRule::Header | KindRule::Audience => None,
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
        let rules = Rules {
            max_token_bytes: own.max_token_bytes,
            own: false,
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
            },
            leeways: own.leeways,
            parties: PartyRules {
                issuers: Some(vec![name.clone()]),
                audiences: (!self.audiences.is_empty()).then_some(self.audiences),
                subjects_of: None,
            },
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

    /// The accepted `typ`, and the rule for the kind.
    fn kind_rule(&mut self) -> Result<(Typ, KindRule), ConfigError> {
        let kind = self.kinds.pop();
        if !self.kinds.is_empty() {
            return Err(ConfigError::invalid(
                "Issuer",
                "must have one rule for access tokens: keep one call of kind_claim, access_typ, rfc9068, and \
                 audience_alone",
            ));
        }
        let jwt = if self.any_typ { Typ::Any } else { Typ::Jwt };
        if self.any_typ && matches!(kind, Some(IssuerKind::Typ(_) | IssuerKind::AtJwt)) {
            return Err(ConfigError::invalid(
                "Issuer::any_typ",
                "contradicts rfc9068() and access_typ(): remove one of the two calls",
            ));
        }
        let claim = |name: Box<str>, access| {
            let refresh = vec![TokenKind::REFRESH.as_str().into()];
            KindRule::Claim(KindClaim { name: (*name).into(), access, refresh, any_is_access: false })
        };
        let (typ, kind) = match kind {
            None => (jwt, claim(TYPE.into(), vec![TokenKind::ACCESS.as_str().into()])),
            Some(IssuerKind::Claim { name, access }) => {
                let is_bad = |value: &str| value.is_empty() || value == TokenKind::REFRESH.as_str();
                if cannot_be_kind_claim(&name) || self.identity_claims.contains(&name) {
                    return Err(ConfigError::invalid(
                        "Issuer::kind_claim",
                        "must not be empty, an identity claim, or a claim with a different meaning: pass the claim that \
                         says what a token is for",
                    ));
                }
                if access.is_empty() || access.iter().any(|value| is_bad(value)) {
                    return Err(ConfigError::invalid(
                        "Issuer::kind_claim",
                        "must have at least one value, and none that is empty or refresh: pass the values that mean an \
                         access token",
                    ));
                }
                (jwt, claim(name, access))
            }
            Some(IssuerKind::Typ(values)) => {
                let is_bad = |value: &str| value.is_empty() || Typ::Jwt.is(value);
                if values.is_empty() || values.iter().any(|value| is_bad(value)) {
                    return Err(ConfigError::invalid(
                        "Issuer::access_typ",
                        "must have at least one value, and none that is empty or JWT, which says nothing about the kind: \
                         pass a typ that only access tokens have",
                    ));
                }
                (Typ::Named(values), KindRule::Header)
            }
            Some(IssuerKind::AtJwt) => (Typ::AtJwt, KindRule::Header),
            Some(IssuerKind::Audience) => (jwt, KindRule::Audience),
        };
        if self.audiences.is_empty() && typ == Typ::AtJwt {
            return Err(ConfigError::invalid(
                "Issuer::rfc9068",
                "requires an audience (RFC 9068, 4): call Issuer::audience",
            ));
        }
        if self.audiences.is_empty() && matches!(kind, KindRule::Audience) {
            return Err(ConfigError::invalid(
                "Issuer::audience_alone",
                "requires an audience, because nothing else says what a token is for: call Issuer::audience",
            ));
        }
        Ok((typ, kind))
    }
}
