//! Turning the rule for access tokens into the rules of a token.

use super::{Issuer, IssuerKind};
use crate::ConfigError;
use crate::config::cannot_be_kind_claim;
use crate::token::{KindClaim, KindRule, TYPE, TokenKind, Typ};

/// The `typ` of tokens that never grant access (OpenID Connect Back-Channel Logout 1.0, 2.4; RFC 8417, 2.3; RFC 9449, 4.2).
const NO_ACCESS: [&str; 3] = ["logout+jwt", "secevent+jwt", "dpop+jwt"];

impl Issuer {
    /// The accepted `typ`, and the rule for the kind.
    pub(super) fn kind_rule(&mut self) -> Result<(Typ, KindRule), ConfigError> {
        let kind = self.kinds.pop();
        if !self.kinds.is_empty() {
            return Err(ConfigError::invalid(
                "Issuer",
                "must have one rule for access tokens: keep one call of kind_claim, access_typ, rfc9068, \
                 audience_alone, and id_tokens",
            ));
        }
        let names_typ = matches!(kind, Some(IssuerKind::Typ(_) | IssuerKind::AtJwt | IssuerKind::IdToken));
        if self.any_typ && (names_typ || !self.typs.is_empty()) {
            return Err(ConfigError::invalid(
                "Issuer::any_typ",
                "contradicts rfc9068(), access_typ(), id_tokens(), and accept_typ(): remove one of the two calls",
            ));
        }
        if names_typ && !self.typs.is_empty() {
            return Err(ConfigError::invalid(
                "Issuer::accept_typ",
                "contradicts rfc9068(), access_typ(), and id_tokens(), which say what typ must be: remove one of the two \
                 calls",
            ));
        }
        let typs = std::mem::take(&mut self.typs);
        let no_access = Typ::Named(NO_ACCESS.map(Box::from).into());
        if typs.iter().any(|typ| typ.is_empty() || no_access.is(typ)) {
            return Err(ConfigError::invalid(
                "Issuer::accept_typ",
                "must not be empty, or the typ of tokens that never grant access: pass a typ such as at+jwt",
            ));
        }
        let jwt = match self.any_typ {
            true => Typ::Any,
            false if typs.is_empty() => Typ::Jwt,
            false => Typ::JwtOr(typs),
        };
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
            Some(IssuerKind::IdToken) => (jwt, KindRule::IdToken),
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
        if self.audiences.is_empty() && matches!(kind, KindRule::IdToken) {
            return Err(ConfigError::invalid(
                "Issuer::id_tokens",
                "requires an audience: call Issuer::audience with the id of each client that is yours",
            ));
        }
        Ok((typ, kind))
    }
}
