//! Choosing among several cookies of one name, which an earlier release of the application has left behind.

use serde_json::{Map, Value};

use super::find::Verified;
use super::{Client, JwtManager};
use crate::error::{InvalidRequest, InvalidToken, Segment};
use crate::policy::Policy;
use crate::session::TokenRef;
use crate::token::{Moment, Rules, Source, Token, TokenError, UnverifiedToken, jws, unverified_issuer};
use crate::wire::Compact;

/// A token that one of our keys signed.
struct Signed {
    whose: Whose,
    /// Whether the policy wants a token of this kind.
    wanted: bool,
    issued_at: Option<Moment>,
    is_valid: bool,
}

/// The issuer of the subject, as stores know it, and the identity.
type Whose = (String, Value);

impl JwtManager {
    /// Chooses one of several cookies of the same name.
    ///
    /// Tokens that our keys did not sign do not count. Without this rule, anyone who can set a cookie for a parent domain
    /// could decide. All others must name the same issuer and subject, expired ones included. Otherwise, a visitor could
    /// act as another user without noticing.
    #[cold]
    pub(super) fn choose(&self, values: &[&[u8]], policy: &Policy) -> Result<usize, TokenError> {
        let mut signed = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            if let Some(token) = self.signed(value, policy)? {
                signed.push((index, token));
            }
        }
        let Some((first, _)) = signed.first().map(|(index, token)| (*index, &token.whose)) else {
            // None of them is ours. Verifying the first one says why.
            return Ok(0);
        };
        if signed.windows(2).any(|pair| matches!(pair, [(_, one), (_, other)] if one.whose != other.whose)) {
            return Err(InvalidRequest::Repeated.into());
        }
        let wanted = || signed.iter().filter(|(_, token)| token.wanted);
        // `max_by_key` would return the last one of several equal ones.
        let latest = wanted()
            .filter(|(_, token)| token.is_valid)
            .reduce(|best, next| if next.1.issued_at > best.1.issued_at { next } else { best });
        Ok(latest.or_else(|| wanted().next()).map_or(first, |(index, _)| *index))
    }

    /// `None` if none of our keys signed the token.
    fn signed(&self, text: &[u8], policy: &Policy) -> Result<Option<Signed>, TokenError> {
        let of = |token: Token, is_valid| Signed {
            whose: (TokenRef::from(&token).subject.issuer.to_owned(), token.identity_value()),
            // A bound token opens nothing.
            wanted: policy.kind.is_none_or(|kind| token.is_of_kind(kind))
                && token.check_confirmation().is_ok(),
            issued_at: token.issued_at().map(Into::into),
            is_valid,
        };
        match self.verify_text(text, Source::default(), Client) {
            Ok(Verified::Token(token)) => Ok(Some(of(token, true))),
            Err(TokenError::Expired(token)) => Ok(Some(of(token, false))),
            // Whether the issuer signed it is not known yet.
            Ok(Verified::NeedsKey { .. }) => Err(InvalidRequest::Repeated.into()),
            // No key has verified these. A new variant has to be in one of the two lists.
            Err(TokenError::Invalid(
                InvalidToken::AlgorithmMissing
                | InvalidToken::AlgorithmNotAllowed
                | InvalidToken::Critical
                | InvalidToken::Encoding(_)
                | InvalidToken::Json(Segment::Header | Segment::Signature)
                | InvalidToken::KeyId
                | InvalidToken::KeyIdMissing
                | InvalidToken::MalformedHeader
                | InvalidToken::QueryPrefix
                | InvalidToken::Segments(_)
                | InvalidToken::Signature
                | InvalidToken::TokenType
                | InvalidToken::TooLarge
                | InvalidToken::UnencodedPayload
                | InvalidToken::UnknownCritical(_)
                | InvalidToken::UnknownKey,
            )) => Ok(None),
            // These are about the claims, so one of our keys signed the token, or there is no key for it.
            Err(TokenError::Invalid(
                InvalidToken::Audience
                | InvalidToken::ClaimMissing(_)
                | InvalidToken::ClaimType(_)
                | InvalidToken::ClaimValue(_)
                | InvalidToken::Claims
                | InvalidToken::Confirmation
                | InvalidToken::EmptyIdentity
                | InvalidToken::Issuer
                | InvalidToken::Json(Segment::Payload)
                | InvalidToken::Kind(_)
                | InvalidToken::NotYetValid(_)
                | InvalidToken::Type,
            )) => {
                let whose = self.whose(text)?;
                Ok(whose.map(|whose| Signed { whose, wanted: false, issued_at: None, is_valid: false }))
            }
            Err(error) => Err(error),
        }
    }

    /// Whose token this is, if one of our keys signed it, whatever else its claims say.
    fn whose(&self, text: &[u8]) -> Result<Option<Whose>, TokenError> {
        if self.0.runtime.loaders.verifying_key.is_some() {
            // A loader chose the key, and it may have verified the signature.
            return Err(InvalidRequest::Repeated.into());
        }
        let whose = self.signed_claims(text, |claims, rules| {
            // If our key signed something that has no owner, nothing says that it belongs to the owner of the others.
            let identity = rules.claims.identity.of(claims).ok_or(InvalidRequest::Repeated)?.clone();
            let named = || claims.get("iss").and_then(Value::as_str).unwrap_or_default();
            Ok((rules.parties.subjects_of.as_deref().unwrap_or_else(named).to_owned(), identity))
        });
        whose.transpose()
    }

    /// Reads the claims of a token that one of our keys signed, whatever they say, with the rules for them.
    pub(super) fn signed_claims<T>(
        &self,
        text: &[u8],
        read: impl FnOnce(&Map<String, Value>, &Rules) -> T,
    ) -> Option<T> {
        let compact = Compact::split(text, self.0.runtime.rules.max_token_bytes).ok()?;
        let named = unverified_issuer(&compact);
        let issuers = self.issuers();
        let issuer = issuers.as_ref().zip(named.as_deref()).and_then(|(issuers, named)| issuers.of(named));
        let own = self.0.keys.load();
        let known = issuer.map(|issuer| issuer.known_keys().ok_or(())).transpose().ok()?;
        let keys = known.as_deref().unwrap_or_else(|| own.verifying());
        jws::verify_with_limit(text, keys, self.0.runtime.rules.max_token_bytes).ok()?;
        let rules = issuer.map_or(&self.0.runtime.rules, |issuer| &issuer.rules);
        Some(read(UnverifiedToken::read(&compact).ok()?.claims(), rules))
    }
}
