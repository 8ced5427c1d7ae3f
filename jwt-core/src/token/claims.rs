//! The registered claims. Each is checked for its type and its value in one step, by our own rules.

use std::borrow::Cow;
use std::sync::Arc;

use super::TokenKind;
use super::conditions;
use super::header::Typ;
use super::registered::{Fresh, Kind, Registered};
use super::rules::{CLAIMS, KindClaim, KindRule, Rules, TYPE};
use super::time::Moment;
use crate::error::{InvalidToken, Segment};
use crate::wire::Span;
use crate::wire::json::{Members, Value};

/// Claims that mark an ID token (OpenID Connect Core 1.0, 2 and 3.3.2.11).
const OF_ID_TOKENS: [&str; 3] = ["nonce", "at_hash", "c_hash"];

/// The claim of logout tokens and other security events (OpenID Connect Back-Channel Logout 1.0, 2.4; RFC 8417, 2.2).
const EVENTS: &str = "events";

/// The result for claims that satisfy the rules.
pub(super) struct Accepted {
    pub(super) registered: Registered,
    /// The texts of claims that are not in the payload as is.
    pub(super) copies: String,
    /// Not an error yet, because any other error takes precedence.
    pub(super) expired: bool,
}

/// Checks the claims in the same order as flask-jwt-extended. `behind` is the offset of the copies from the start of
/// the payload.
pub(super) fn check(
    payload: &str,
    behind: usize,
    rules: &Rules,
    now: Moment,
) -> Result<Accepted, InvalidToken> {
    let mut members = Members::<CLAIMS>::of(payload);
    if !members.fill(|name| rules.claims.place_of(name)) {
        return Err(InvalidToken::Json(Segment::Payload));
    }
    let &[iat, nbf, exp, iss, aud, sub, jti, kind, fresh, scope, client, csrf, sid, cnf, named_kind, ..] =
        members.known();
    let mut claims = Claims { rules, payload, behind, copies: String::new() };

    // RFC 7519, 4.1.6, does not require this check. However, no honest issuer issues a token in the future.
    let issued_at = claims.time("iat", iat)?;
    if issued_at.is_some_and(|issued_at| issued_at > now.plus(rules.leeways.iat)) {
        return Err(InvalidToken::NotYetValid("iat"));
    }
    // RFC 7519, 4.1.5: the token is already valid at this exact moment.
    let not_before = claims.time("nbf", nbf)?;
    if not_before.is_some_and(|not_before| not_before > now.plus(rules.leeways.nbf)) {
        return Err(InvalidToken::NotYetValid("nbf"));
    }
    // RFC 7519, 4.1.4: the token is expired "on or after" this moment.
    let expires_at = claims.time("exp", exp)?;
    let expired = expires_at.is_some_and(|expires_at| now >= expires_at.plus(rules.leeways.exp));

    let issuer = claims.issuer(iss)?;
    let subject_issuer = claims.subject_issuer(iss, issuer)?;
    claims.audience(aud)?;
    // RFC 7519, 4.1.2
    if rules.claims.verify_sub {
        claims.text("sub", sub)?;
    } else {
        claims.readable("sub", sub)?;
    }
    let id = claims.text("jti", jti)?;

    // The identity claim can be one of the other claims.
    let value_of = |name: &str| rules.claims.place_of(name).and_then(|place| *members.known().get(place)?);
    let (identity, identity_is_text) = claims.identity(value_of)?;

    let named_kind = if matches!(&rules.claims.kind, KindRule::Claim(claim) if &*claim.name != TYPE) {
        claims.readable(TYPE, kind)?;
        named_kind
    } else {
        kind
    };
    let kind = match &rules.claims.kind {
        KindRule::Claim(claim) => claims.kind(claim, named_kind)?,
        // RFC 9068, 2.1: the header says that it is an access token. The issuer defines `type` and `scope`.
        KindRule::Header => claims.readable(TYPE, kind).map(|()| Kind::Access)?,
        KindRule::Audience | KindRule::IdToken => claims.unmarked_kind(&members, kind, aud)?,
    };
    if rules.claims.typ == Typ::AtJwt {
        // RFC 8693, 4.3
        claims.text("client_id", client)?;
    } else {
        claims.readable("client_id", client)?;
    }
    claims.readable("csrf", csrf)?;
    claims.readable("sid", sid)?;
    let session = claims.text("sid", sid.filter(|_| rules.sessions))?;
    let fresh = claims.fresh(fresh)?;
    claims.readable("scope", scope)?;
    claims.readable("cnf", cnf)?;
    for name in &rules.claims.required {
        if !is_there(&members, rules, name) {
            return Err(InvalidToken::ClaimMissing(name.clone()));
        }
    }
    if !rules.claims.conditions.is_empty() {
        conditions::check(payload, &rules.claims.conditions)?;
    }

    let json = |value: Option<Value>| value.map(|value| Span::new(value.place())).transpose();
    let registered = Registered {
        identity,
        identity_is_text,
        issuer,
        subject_issuer,
        id,
        kind,
        any_kind_is_access: matches!(&rules.claims.kind, KindRule::Claim(claim) if claim.any_is_access),
        kind_claim: match &rules.claims.kind {
            KindRule::Claim(claim) if &*claim.name != TYPE => Some(Arc::clone(&claim.name)),
            _ => None,
        },
        trusted: rules.trusted.clone(),
        bound: cnf.is_some() && !rules.claims.ignore_confirmation,
        issued_at,
        not_before,
        expires_at,
        fresh,
        csrf: json(csrf)?,
        session,
        scope: json(scope)?,
        authorities: rules.claims.authorities.clone(),
    };
    Ok(Accepted { registered, copies: claims.copies, expired })
}

/// Whether the payload has a claim.
#[inline(always)]
fn is_there(members: &Members<'_, CLAIMS>, rules: &Rules, name: &str) -> bool {
    let known = rules.claims.place_of(name).and_then(|place| members.known().get(place));
    known.map_or_else(|| members.has_other(name), Option::is_some)
}

pub(super) struct Claims<'a> {
    pub(super) rules: &'a Rules,
    pub(super) payload: &'a str,
    /// The offset of `copies` from the start of the payload.
    behind: usize,
    /// Texts whose escapes were decoded.
    copies: String,
}

impl Claims<'_> {
    #[inline(always)]
    fn time(&self, name: &str, value: Option<Value>) -> Result<Option<Moment>, InvalidToken> {
        let read = |value: Value| match value.whole().and_then(Moment::from_seconds) {
            Some(moment) => Some(moment),
            None => Moment::from_json(value.json(self.payload), self.rules.claims.any_time),
        };
        value.map(|value| read(value).ok_or_else(|| InvalidToken::ClaimType(name.into()))).transpose()
    }

    #[inline(always)]
    fn fresh(&self, value: Option<Value>) -> Result<Fresh, InvalidToken> {
        match value.map(|value| value.json(self.payload)) {
            None | Some("false") => Ok(Fresh::No),
            Some("true") => Ok(Fresh::Yes),
            _ => match self.time("fresh", value) {
                Ok(end) => Ok(end.map_or(Fresh::No, Fresh::Until)),
                Err(_) if self.rules.claims.any_fresh => self.readable("fresh", value).map(|()| Fresh::No),
                Err(error) => Err(error),
            },
        }
    }

    /// The first identity claim that the token has, and whether it is a string.
    #[inline(always)]
    fn identity(&mut self, value_of: impl Fn(&str) -> Option<Value>) -> Result<(Span, bool), InvalidToken> {
        let rule = &self.rules.claims.identity;
        let mut found = None;
        for name in &rule.claims {
            if let Some(value) = value_of(name) {
                self.readable(name, Some(value))?;
                found = found.or(Some((name, value)));
            }
        }
        let Some((name, value)) = found else {
            let name = rule.claims.first().map_or("sub", |name| name);
            return Err(InvalidToken::ClaimMissing(name.into()));
        };
        let json = value.json(self.payload);
        if !rule.can_be_empty && matches!(json, r#""""# | "null") {
            return Err(InvalidToken::EmptyIdentity);
        }
        if let Some(text) = self.any_text(value)? {
            return Ok((text, true));
        }
        if !rule.can_be_any_value
            && !json.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
        {
            return Err(InvalidToken::ClaimType(name.clone()));
        }
        Ok((Span::new(value.place())?, false))
    }

    /// The kind that a claim names. Whether the claim can be absent depends on the required claims.
    #[inline(always)]
    fn kind(&mut self, claim: &KindClaim, value: Option<Value>) -> Result<Kind, InvalidToken> {
        let Some(value) = value else {
            return Ok(Kind::Access);
        };
        let Some(text) = value.text(self.payload) else {
            self.readable(&claim.name, Some(value))?;
            return if claim.any_is_access {
                Ok(Kind::Access)
            } else {
                Err(InvalidToken::ClaimType((*claim.name).into()))
            };
        };
        let is_of = |names: &[Box<str>]| names.iter().any(|name| **name == *text);
        if is_of(&claim.access) {
            return Ok(Kind::Access);
        }
        if is_of(&claim.refresh) {
            return Ok(Kind::Refresh);
        }
        // Elsewhere these names mean the kinds for which this issuer has other values.
        if matches!(&*text, "access" | "refresh") {
            return Err(InvalidToken::ClaimType((*claim.name).into()));
        }
        Ok(self.any_text(value)?.map_or(Kind::Access, Kind::Other))
    }

    /// The kind of a token of an issuer that does not mark its access tokens.
    #[cold]
    fn unmarked_kind(
        &self,
        members: &Members<'_, CLAIMS>,
        kind: Option<Value>,
        aud: Option<Value>,
    ) -> Result<Kind, InvalidToken> {
        self.readable(TYPE, kind)?;
        let is_refresh = kind.and_then(|kind| kind.text(self.payload)).is_some_and(|kind| kind == "refresh");
        let has = |name: &str| is_there(members, self.rules, name);
        let of_id_tokens = matches!(self.rules.claims.kind, KindRule::IdToken);
        if is_refresh || has(EVENTS) || !of_id_tokens && OF_ID_TOKENS.iter().any(|name| has(name)) {
            return Err(InvalidToken::Kind(TokenKind::ACCESS.as_str()));
        }
        if of_id_tokens {
            self.audiences_of_id_token(aud, has("azp"))?;
        }
        Ok(Kind::Access)
    }

    #[inline(always)]
    fn text(&mut self, name: &str, value: Option<Value>) -> Result<Option<Span>, InvalidToken> {
        let Some(value) = value else {
            return Ok(None);
        };
        self.any_text(value)?.map(Some).ok_or_else(|| InvalidToken::ClaimType(name.into()))
    }

    /// The text of a string. Returns `None` for other types.
    #[inline(always)]
    fn any_text(&mut self, value: Value) -> Result<Option<Span>, InvalidToken> {
        match value.plain_text() {
            Some(place) => Span::new(place).map(Some),
            None => self.copy_text(value),
        }
    }

    /// For values that have not been read yet.
    fn copy_text(&mut self, value: Value) -> Result<Option<Span>, InvalidToken> {
        let text = match value.text(self.payload) {
            Some(Cow::Borrowed(_)) => return Span::new(value.inside()).map(Some),
            Some(Cow::Owned(text)) => text,
            None => return Ok(None),
        };
        self.copy(&text).map(Some)
    }

    #[cold]
    fn copy(&mut self, text: &str) -> Result<Span, InvalidToken> {
        let start = self.behind.saturating_add(self.copies.len());
        self.copies.push_str(text);
        Span::new((start, start.saturating_add(text.len())))
    }

    /// For claims of any type. Code that runs after this check must be able to read them.
    #[inline(always)]
    pub(super) fn readable(&self, name: &str, value: Option<Value>) -> Result<(), InvalidToken> {
        match value {
            Some(value) if !value.is_readable(self.payload) => Err(InvalidToken::ClaimType(name.into())),
            _ => Ok(()),
        }
    }

    /// RFC 7519, 4.1.1: a single string, compared exactly.
    fn issuer(&mut self, value: Option<Value>) -> Result<Option<Span>, InvalidToken> {
        let Some(expected) = &self.rules.parties.issuers else {
            if self.rules.claims.ignore_unconfigured {
                self.readable("iss", value)?;
                return Ok(value.map(|value| self.any_text(value)).transpose()?.flatten());
            }
            return self.text("iss", value);
        };
        let issuer = value.ok_or_else(|| InvalidToken::ClaimMissing("iss".into()))?;
        let text = issuer.text(self.payload).ok_or_else(|| InvalidToken::ClaimType("iss".into()))?;
        if expected.iter().any(|expected| expected.matches(&text)) {
            self.any_text(issuer)
        } else {
            Err(InvalidToken::Issuer)
        }
    }

    /// The issuer of the token's subject. Our own keys only sign tokens about our own subjects, so a different `iss`
    /// must not hide such a token from a cutoff or a list.
    #[inline(always)]
    fn subject_issuer(
        &mut self,
        value: Option<Value>,
        issuer: Option<Span>,
    ) -> Result<Option<Span>, InvalidToken> {
        let Some(own) = self.rules.parties.subjects_of.as_deref() else { return Ok(issuer) };
        let named = issuer.and(value).and_then(|value| value.text(self.payload));
        let is_own = match &named {
            Some(named) => **named == *own,
            // Comparing two empty strings would call the C library with pointers to nothing. Its masked loads from there
            // take hundreds of cycles.
            None => own.is_empty(),
        };
        if is_own { Ok(issuer) } else { self.copy(own).map(Some) }
    }
}
