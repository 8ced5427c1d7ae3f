//! What each stage compares, as text. Nothing here decides anything: the values are those of the token, and the rules are
//! those that the check uses.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::required::by;
use super::response::Hidden;
use super::stage::Stage;
use super::text;
use crate::issuer::TrustedIssuer;
use crate::keys::{KeySet, VerifyingKey};
use crate::policy::{Policy, RevocationCheck};
use crate::token::{Condition, IssuerName, Moment, Rules, Typ, UnverifiedToken};
use crate::wire::Compact;
use crate::{JwtManager, Token};

/// The token, and what it is compared with.
pub(super) struct Facts<'a> {
    pub(super) jwt: &'a JwtManager,
    pub(super) policy: &'a Policy,
    text: &'a str,
    unverified: Option<UnverifiedToken>,
    pub(super) issuer: Option<Arc<TrustedIssuer>>,
    /// The verified token, if the check has returned it.
    pub(super) token: Option<&'a Token>,
    /// Whether the signature has been verified.
    is_verified: bool,
    now: Moment,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        jwt: &'a JwtManager,
        policy: &'a Policy,
        text: &'a str,
        token: Option<&'a Token>,
        is_verified: bool,
    ) -> Self {
        let compact = Compact::split(text.as_bytes(), jwt.0.runtime.rules.max_token_bytes).ok();
        let unverified = compact.and_then(|compact| UnverifiedToken::read(&compact).ok());
        let iss = unverified.as_ref().and_then(|token| token.claims().get("iss")?.as_str());
        let issuers = jwt.issuers();
        let issuer = issuers.as_ref().zip(iss).and_then(|(issuers, iss)| issuers.of(iss).cloned());
        Self { jwt, policy, text, unverified, issuer, token, is_verified, now: jwt.now() }
    }

    /// Whether the configuration and the policy have something to compare in this stage.
    pub(super) fn checks(&self, stage: Stage) -> bool {
        let (rules, late) = (self.rules(), &self.policy.late);
        let ignores = rules.claims.ignore_unconfigured;
        let loaders = &self.jwt.0.runtime.loaders;
        let revokes = late.revocation > RevocationCheck::Nobody;
        match stage {
            Stage::Form
            | Stage::Issuer
            | Stage::Keys
            | Stage::Header
            | Stage::Signature
            | Stage::Times
            | Stage::Claims
            | Stage::Expiry
            | Stage::Accepted => true,
            Stage::Iss => rules.parties.issuers.is_some() || !ignores,
            Stage::Audience => rules.parties.audiences.is_some() || !ignores,
            Stage::Confirmation => !rules.claims.ignore_confirmation,
            Stage::Kind => self.policy.kind.is_some(),
            Stage::Login => self.policy.fresh || self.policy.requires_authentication(),
            Stage::Store => revokes && self.jwt.0.runtime.store.is_some(),
            Stage::Blocklist => revokes && loaders.revoked.is_some(),
            Stage::Authorities => late.requires_authorities() || self.jwt.has_rules(late),
            Stage::Rules => self.jwt.has_rules(late),
            Stage::Verification => loaders.verified.is_some(),
            Stage::User => match self.token {
                Some(token) => loaders.user_loader(token).is_some(),
                None => loaders.has_user_loaders(),
            },
        }
    }

    /// What a stage compares. A value that is not verified is marked.
    pub(super) fn compared(&self, stage: Stage) -> String {
        let of_token = match stage {
            Stage::Form => return self.form(),
            Stage::Keys => return self.keys(),
            Stage::Claims if self.rules().claims.conditions.is_empty() => return self.required_claims(),
            Stage::Store => return self.store(),
            Stage::Blocklist => return self.blocklist(),
            Stage::Authorities => return self.authorities(),
            Stage::Rules => return self.of_rules(),
            Stage::Verification => return by("token_verification_loader", self.checks(stage)),
            Stage::User => return by("user_lookup_loader", self.checks(stage)),
            _ if self.unverified.is_none() => return "the header or the payload cannot be read".to_owned(),
            Stage::Issuer => self.issuer(),
            Stage::Header => self.header(),
            Stage::Signature => self.signature(),
            Stage::Times => self.times(),
            Stage::Iss => self.iss(),
            Stage::Audience => self.audience(),
            Stage::Claims => self.required_claims(),
            Stage::Expiry => self.expiry(),
            Stage::Confirmation => self.confirmation(),
            Stage::Kind => self.kind(),
            Stage::Accepted => self.accepted(),
            Stage::Login => self.login(),
        };
        if self.is_verified { of_token } else { of_token + " (the values of the token are unverified)" }
    }

    pub(super) fn rules(&self) -> &Rules {
        self.issuer.as_ref().map_or(&self.jwt.0.runtime.rules, |issuer| &issuer.rules)
    }

    fn claims(&self) -> Option<&Map<String, Value>> {
        self.unverified.as_ref().map(UnverifiedToken::claims)
    }

    /// A member of the header, or of the claims.
    fn member(of: Option<&Map<String, Value>>, name: &str) -> String {
        let value = of.and_then(|members| members.get(name));
        value.map_or_else(|| format!("no {name}"), |value| format!("{name} {}", text::value(value)))
    }

    /// Whether a claim is the identity, names a token or a session, or is a secret.
    fn is_hidden(&self, name: &str) -> bool {
        matches!(name, "sub" | "jti" | "sid" | "csrf")
            || self.rules().claims.identity.claims.iter().any(|claim| **claim == *name)
    }

    /// The values that must not be shown, as text, whether or not they are verified.
    pub(super) fn hidden(&self) -> Hidden {
        let mut hidden = Hidden::default();
        let claims = self.claims().into_iter().flatten();
        claims.filter(|(name, _)| self.is_hidden(name)).for_each(|(_, value)| hidden.add(value));
        if let Some(token) = self.token {
            // This is JSON if the identity is not a string.
            hidden.add_text(token.identity());
        }
        hidden
    }

    /// A claim, unless it is the identity or names a token or a session.
    pub(super) fn claim(&self, name: &str) -> String {
        if self.is_hidden(name) {
            format!("{name}, which is not shown")
        } else {
            Self::member(self.claims(), name)
        }
    }

    pub(super) fn moment(&self, name: &str) -> String {
        let value = self.claims().and_then(|claims| claims.get(name));
        match value.map(|value| Moment::from_json(&value.to_string(), true)) {
            Some(Some(moment)) => format!("{name} {}", text::time(moment, self.now)),
            _ => self.claim(name),
        }
    }

    fn form(&self) -> String {
        let segments = self.text.bytes().filter(|byte| *byte == b'.').count().saturating_add(1);
        let most = self.jwt.0.runtime.rules.max_token_bytes;
        format!("{segments} segments, {} bytes; required: 3 segments, at most {most} bytes", self.text.len())
    }

    fn issuer(&self) -> String {
        let iss = self.claim("iss");
        if let Some(issuer) = &self.issuer {
            return format!("{iss} is the trusted issuer {}", text::name(&issuer.shown));
        }
        let Some(issuers) = self.jwt.issuers().filter(|issuers| !issuers.is_empty()) else {
            return format!("{iss}; own keys and rules, because no other issuer is trusted");
        };
        let named = self.claims().and_then(|claims| claims.get("iss")?.as_str());
        let similar =
            named.and_then(|iss| issuers.similar(iss)).map_or_else(String::new, |(name, difference)| {
                format!("; it differs from the trusted issuer {} in {difference}", text::name(name))
            });
        format!("{iss} is not a trusted issuer; own keys and rules{similar}")
    }

    fn known_keys(&self) -> Option<Arc<KeySet>> {
        match &self.issuer {
            Some(issuer) => issuer.known_keys(),
            None => Some(Arc::new(self.jwt.0.keys.load().verifying().clone())),
        }
    }

    fn has_key_loader(&self) -> bool {
        self.issuer.is_none() && self.jwt.0.runtime.loaders.verifying_key.is_some()
    }

    fn keys(&self) -> String {
        if self.has_key_loader() {
            return "the key comes from decode_key_loader".to_owned();
        }
        let whose = if self.issuer.is_some() { "keys of the issuer" } else { "own keys" };
        match self.known_keys() {
            None => format!("{whose}: not fetched"),
            Some(keys) if keys.ignores_kid() => format!("{whose}: {}; kid is ignored", listed(keys.iter())),
            Some(keys) => format!("{whose}: {}", listed(keys.iter())),
        }
    }

    fn header(&self) -> String {
        let header = self.unverified.as_ref().map(UnverifiedToken::header);
        let [alg, kid, typ] = ["alg", "kid", "typ"].map(|name| Self::member(header, name));
        let rules = self.rules();
        let algorithms = match &*rules.algorithms {
            [] => "those of the keys".to_owned(),
            algorithms => text::list(algorithms.iter().map(ToString::to_string)),
        };
        let typs = match &rules.claims.typ {
            Typ::Jwt => "JWT or none".to_owned(),
            Typ::JwtOr(names) => format!("JWT, none, or {}", text::names(names)),
            Typ::AtJwt => "at+jwt".to_owned(),
            Typ::Named(names) => text::names(names),
            Typ::Any => "any".to_owned(),
        };
        format!("{alg}, {kid}, {typ}; accepted alg: {algorithms}; accepted typ: {typs}")
    }

    fn signature(&self) -> String {
        if self.has_key_loader() {
            return "by the key from decode_key_loader".to_owned();
        }
        let header = self.unverified.as_ref().map(UnverifiedToken::header);
        let member = |name| header.and_then(|header| header.get(name)).and_then(Value::as_str);
        let keys = self.known_keys();
        let tried = keys.as_ref().and_then(|keys| keys.of_header(member("alg")?, member("kid")).ok());
        format!("keys for this header: {}", tried.map_or_else(|| "none".to_owned(), listed))
    }

    fn times(&self) -> String {
        let leeways = self.rules().leeways;
        let (iat, nbf) = (text::duration(leeways.iat), text::duration(leeways.nbf));
        let times = format!("{} (leeway {iat}); {} (leeway {nbf})", self.moment("iat"), self.moment("nbf"));
        // This stage reads exp, and a later one compares it.
        let exp = self.claims().and_then(|claims| claims.get("exp"));
        let any_time = self.rules().claims.any_time;
        match exp {
            Some(exp) if Moment::from_json(&exp.to_string(), any_time).is_none() => {
                format!("{times}; {}, which is not a time", self.claim("exp"))
            }
            _ => times,
        }
    }

    fn iss(&self) -> String {
        let expected = match &self.rules().parties.issuers {
            Some(names) => text::list(names.iter().map(of_issuer)),
            None => "any".to_owned(),
        };
        format!("{}; accepted: {expected}", self.claim("iss"))
    }

    fn audience(&self) -> String {
        let parties = &self.rules().parties;
        let accepted = match &parties.audiences {
            Some(names) => text::names(names),
            None if self.rules().claims.ignore_unconfigured => "any".to_owned(),
            None => "none, so there must be no aud".to_owned(),
        };
        format!("{}; accepted: {accepted}", self.claim("aud"))
    }

    fn required_claims(&self) -> String {
        let claims = &self.rules().claims;
        let mut text = format!("identity in {}", text::names(&claims.identity.claims));
        text += &format!("; required: {}", text::names(&claims.required));
        claims.conditions.iter().for_each(|condition| text += &self.condition(condition));
        text
    }

    fn condition(&self, Condition { name, values, can_be_absent }: &Condition) -> String {
        if values.is_empty() {
            return format!("; {}, which must be absent", self.presence(name));
        }
        let absent = if *can_be_absent { ", or absent" } else { "" };
        format!("; {}; accepted: {}{absent}", self.claim(name), text::names(values))
    }

    fn presence(&self, name: &str) -> String {
        let is_there = self.claims().is_some_and(|claims| claims.contains_key(name));
        format!("{} {name}", if is_there { "has" } else { "no" })
    }

    fn expiry(&self) -> String {
        format!("{} (leeway {})", self.moment("exp"), text::duration(self.rules().leeways.exp))
    }

    fn confirmation(&self) -> String {
        let rule = if self.rules().claims.ignore_confirmation {
            "cnf is ignored, so a token that is bound to a key is accepted as a bearer token"
        } else {
            "a token that is bound to a key is not accepted as a bearer token"
        };
        format!("{}; {rule}", self.presence("cnf"))
    }
}

/// Algorithms and ids, which are public.
fn listed<'k>(keys: impl Iterator<Item = &'k VerifyingKey>) -> String {
    text::list(keys.map(|key| match key.id() {
        Some(id) => format!("{} {}", key.algorithm(), text::name(id)),
        None => key.algorithm().to_string(),
    }))
}

fn of_issuer(name: &IssuerName) -> String {
    match name {
        IssuerName::Exact(name) => text::name(name),
        IssuerName::Template { prefix, suffix } => text::name(&format!("{prefix}{{tenant}}{suffix}")),
    }
}
