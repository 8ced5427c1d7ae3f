//! The registered claims. Each is checked for its type and its value in one step, by our own rules.

use std::borrow::Cow;
use std::time::Duration;

use super::header::Typ;
use super::time::Moment;
use crate::error::{InvalidToken, Segment};
use crate::keys::Algorithm;
use crate::wire::Span;
use crate::wire::json::{Members, Value};

/// The claims that this library writes and reads, in addition to the identity claim.
pub(crate) const REGISTERED: [&str; 9] = ["iat", "nbf", "exp", "iss", "aud", "sub", "jti", "type", "fresh"];

/// The index of a claim among those that are read. The identity claim follows them if it is not one of them.
#[inline(always)]
fn place_of(name: &str) -> Option<usize> {
    // As bytes, because the compiler compares those inline, without a call.
    Some(match name.as_bytes() {
        b"iat" => 0,
        b"nbf" => 1,
        b"exp" => 2,
        b"iss" => 3,
        b"aud" => 4,
        b"sub" => 5,
        b"jti" => 6,
        b"type" => 7,
        b"fresh" => 8,
        b"scope" => 9,
        b"client_id" => 10,
        b"csrf" => 11,
        b"sid" => 12,
        _ => return None,
    })
}

/// The index of the identity claim.
const OWN: usize = 13;

/// The rules that a token's claims must satisfy, compiled from the configuration. Each group of options creates its
/// part as a whole, so no rule can be forgotten.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) max_token_bytes: usize,
    /// The accepted algorithms. If empty, those of the keys.
    pub(crate) algorithms: Vec<Algorithm>,
    /// Whether `sid` names a session in our store.
    pub(crate) sessions: bool,
    pub(crate) claims: ClaimRules,
    pub(crate) leeways: Leeways,
    pub(crate) parties: PartyRules,
}

#[derive(Clone, Debug)]
pub(crate) struct ClaimRules {
    pub(crate) typ: Typ,
    pub(crate) identity_claim: Box<str>,
    pub(crate) required: Vec<Box<str>>,
    pub(crate) verify_sub: bool,
    pub(crate) any_type_is_access: bool,
    pub(crate) ignore_unconfigured: bool,
    pub(crate) any_time: bool,
    pub(crate) any_fresh: bool,
}

/// The tolerance for clock differences.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leeways {
    pub(crate) exp: Duration,
    pub(crate) nbf: Duration,
    pub(crate) iat: Duration,
}

/// The accepted issuers and audiences of a token.
#[derive(Clone, Debug)]
pub(crate) struct PartyRules {
    /// `None` if no issuer is expected. An empty list accepts nothing.
    pub(crate) issuers: Option<Vec<Box<str>>>,
    /// `None` if no audience is expected. An empty list accepts nothing.
    pub(crate) audiences: Option<Vec<Box<str>>>,
    /// The issuer whose subjects the tokens are about, whatever their `iss` says. `None` if their `iss` says it.
    pub(crate) subjects_of: Option<Box<str>>,
}

/// The parts of the registered claims that a token keeps, in addition to the payload.
pub(crate) struct Registered {
    pub(crate) identity: Span,
    /// Whether it is a string. Otherwise it is the JSON text of a value of a different type.
    pub(crate) identity_is_text: bool,
    pub(crate) issuer: Option<Span>,
    /// The issuer of the subject, as stores know it.
    pub(crate) subject_issuer: Option<Span>,
    pub(crate) id: Option<Span>,
    pub(crate) kind: Option<Span>,
    /// Whether every kind except `refresh` is an access token.
    pub(crate) any_kind_is_access: bool,
    pub(crate) issued_at: Option<Moment>,
    pub(crate) not_before: Option<Moment>,
    pub(crate) expires_at: Option<Moment>,
    pub(crate) fresh: Fresh,
    /// The JSON text of `csrf`. Only read if the token was in a cookie.
    pub(crate) csrf: Option<Span>,
    /// The session of the token.
    pub(crate) session: Option<Span>,
    /// The JSON text of `scope`. Only read if a policy requires scopes.
    pub(crate) scope: Option<Span>,
}

/// The `fresh` claim, in the format of flask-jwt-extended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fresh {
    No,
    Yes,
    Until(Moment),
}

impl Fresh {
    pub(crate) fn is_fresh(self, now: Moment) -> bool {
        match self {
            Self::No => false,
            Self::Yes => true,
            Self::Until(end) => end >= now,
        }
    }
}

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
    let place =
        |name: &str| place_of(name).or_else(|| (*name == *rules.claims.identity_claim).then_some(OWN));
    let mut members = Members::of(payload);
    if !members.fill(place) {
        return Err(InvalidToken::Json(Segment::Payload));
    }
    let &[iat, nbf, exp, iss, aud, sub, jti, kind, fresh, scope, client, csrf, sid, _] = members.known();
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
    // The identity claim can be one of the other claims.
    let identity_value = place(&rules.claims.identity_claim).and_then(|place| *members.known().get(place)?);
    // RFC 7519, 4.1.2
    if rules.claims.verify_sub {
        claims.text("sub", sub)?;
    } else {
        claims.readable("sub", sub)?;
    }
    let id = claims.text("jti", jti)?;

    let Some(identity_value) = identity_value else {
        return Err(InvalidToken::ClaimMissing(rules.claims.identity_claim.clone()));
    };
    claims.readable(&rules.claims.identity_claim, Some(identity_value))?;
    let identity_text = claims.any_text(identity_value)?;
    let identity_is_text = identity_text.is_some();
    let identity = identity_text.map_or_else(|| Span::new(identity_value.place()), Ok)?;

    let kind = match rules.claims.typ {
        // RFC 9068, 2.1: the header says that it is an access token. The issuer defines `type` and `scope`.
        Typ::AtJwt => claims.readable("type", kind).map(|()| None)?,
        _ if rules.claims.any_type_is_access => {
            claims.readable("type", kind)?;
            kind.map(|kind| claims.any_text(kind)).transpose()?.flatten()
        }
        _ => claims.text("type", kind)?,
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
    for name in &rules.claims.required {
        let known = place(name).and_then(|place| members.known().get(place));
        let there = known.map_or_else(|| members.has_other(name), Option::is_some);
        if !there {
            return Err(InvalidToken::ClaimMissing(name.clone()));
        }
    }

    let json = |value: Option<Value>| value.map(|value| Span::new(value.place())).transpose();
    let registered = Registered {
        identity,
        identity_is_text,
        issuer,
        subject_issuer,
        id,
        kind,
        any_kind_is_access: rules.claims.any_type_is_access,
        issued_at,
        not_before,
        expires_at,
        fresh,
        csrf: json(csrf)?,
        session,
        scope: json(scope)?,
    };
    Ok(Accepted { registered, copies: claims.copies, expired })
}

struct Claims<'a> {
    rules: &'a Rules,
    payload: &'a str,
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
    fn readable(&self, name: &str, value: Option<Value>) -> Result<(), InvalidToken> {
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
        if expected.iter().any(|expected| **expected == *text) {
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
        if named.as_deref().unwrap_or_default() == own { Ok(issuer) } else { self.copy(own).map(Some) }
    }

    /// RFC 7519, 4.1.3: a string or a list of strings. It must contain one of our audiences. If we do not expect an
    /// audience, a token with one is rejected, because it was issued for someone else.
    fn audience(&self, value: Option<Value>) -> Result<(), InvalidToken> {
        if self.rules.parties.audiences.is_none() && self.rules.claims.ignore_unconfigured {
            return self.readable("aud", value);
        }
        let Some(value) = value else {
            return match self.rules.parties.audiences {
                Some(_) => Err(InvalidToken::ClaimMissing("aud".into())),
                None => Ok(()),
            };
        };
        // PyJWT, and therefore flask-jwt-extended, treats null as absent here.
        let audiences = match value.text(self.payload) {
            Some(one) => vec![one],
            None if value.json(self.payload) == "null" => Vec::new(),
            None => serde_json::from_str::<Vec<Cow<'_, str>>>(value.json(self.payload))
                .map_err(|_| InvalidToken::ClaimType("aud".into()))?,
        };
        let ours = self.rules.parties.audiences.as_ref().ok_or(InvalidToken::Audience)?;
        if audiences.is_empty() || value.json(self.payload) == r#""""# {
            return Err(InvalidToken::ClaimMissing("aud".into()));
        }
        if audiences.iter().any(|audience| ours.iter().any(|our| **our == **audience)) {
            Ok(())
        } else {
            Err(InvalidToken::Audience)
        }
    }
}
