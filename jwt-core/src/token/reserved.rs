//! Claims that the application adds under names that this library writes.

use serde_json::Value;
use serde_json::value::RawValue;

use super::issue_rules::SESSION_CLAIMS;
use super::{EncodeError, Moment, TokenBuilder};

/// What happens to an additional claim.
pub(super) enum Fate {
    /// It is written into the token.
    Written,
    /// The token has this value anyway, or the builder's value overrides it.
    LeftOut,
}

impl TokenBuilder<'_> {
    /// Applies the rules of [`TokenBuilder::claims`](super::TokenBuilder::claims) to one additional claim.
    pub(super) fn additional_claim(&self, name: &str, value: &RawValue) -> Result<Fate, EncodeError> {
        let rules = self.rules;
        let is_ours = rules.sessions && SESSION_CLAIMS.contains(&name);
        if !is_ours && !rules.writes(name) {
            return Ok(Fate::Written);
        }
        if !is_ours && rules.claims.claim_override && self.session.is_none() {
            return Ok(Fate::Written);
        }
        let json = value.get();
        let moment = || Moment::from_json(json, false);
        let is_permitted = match name {
            // An `Option` of a struct that is not set.
            _ if json == "null" => true,
            name if *name == *rules.claims.identity_claim => return self.additional_identity(name, json),
            "exp" if moment().is_none_or(|moment| moment.seconds() <= self.now.seconds()) => {
                return Err(EncodeError::ExpiryClaim);
            }
            "exp" => true,
            "iat" => moment().is_some(),
            "nbf" => moment().is_some_and(|moment| moment <= self.now),
            "iss" => rules.parties.issuer.as_deref().is_some_and(|issuer| is_text(json, issuer)),
            "aud" => self.is_audience(json),
            name if *name == *rules.claims.kind.name => {
                rules.kind_value(self.kind).is_some_and(|kind| is_text(json, kind))
            }
            _ => false,
        };
        if is_permitted { Ok(Fate::LeftOut) } else { Err(EncodeError::ReservedClaim(name.into())) }
    }

    /// The expiry in the additional claims. A session's tokens have the configured lifetimes.
    pub(super) fn additional_expiry(&self) -> Option<Moment> {
        if self.session.is_some() || self.rules.claims.claim_override {
            return None;
        }
        let is_set = |(name, value): &&(Box<str>, Box<RawValue>)| &**name == "exp" && value.get() != "null";
        let last = self.claims.iter().rev().find(is_set)?;
        Moment::from_json(last.1.get(), false)
    }

    /// The identity itself, or the integer whose text it is. That is written as an integer, because the application's
    /// struct would not read its text back.
    fn additional_identity(&self, name: &str, json: &str) -> Result<Fate, EncodeError> {
        if serde_json::from_str::<Value>(json).is_ok_and(|value| value == self.identity) {
            return Ok(Fate::LeftOut);
        }
        let is_its_integer = json.parse::<i128>().is_ok() && self.identity.as_str() == Some(json);
        if !is_its_integer {
            Err(EncodeError::ReservedClaim(name.into()))
        } else if self.rules.claims.verify_sub && name == "sub" {
            Err(EncodeError::SubjectNotText)
        } else {
            Ok(Fate::Written)
        }
    }

    fn is_audience(&self, json: &str) -> bool {
        match self.audiences() {
            [one] if is_text(json, one) => true,
            audiences => serde_json::from_str::<Vec<Box<str>>>(json).is_ok_and(|list| list == *audiences),
        }
    }
}

fn is_text(json: &str, text: &str) -> bool {
    serde_json::from_str::<Value>(json).is_ok_and(|value| value == text)
}
