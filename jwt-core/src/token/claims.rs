//! The registered claims, each one's type and value in one step, by our own rules.

use std::borrow::Cow;
use std::time::Duration;

use super::header::Typ;
use super::time::Moment;
use crate::error::{InvalidToken, Segment};
use crate::keys::Algorithm;
use crate::wire::Span;
use crate::wire::json::{Members, Value};

/// The claims that this library writes and reads itself. The identity claim stands beside them.
pub(crate) const REGISTERED: [&str; 9] = ["iat", "nbf", "exp", "iss", "aud", "sub", "jti", "type", "fresh"];

/// Where a claim stands among those that are read; the identity claim, if it is none of them, is behind them.
#[inline(always)]
fn place_of(name: &str) -> Option<usize> {
    // By bytes, which are compared one by one and not by a call.
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

/// The place of the identity claim.
const OWN: usize = 13;

/// What a token's claims are held against; the compiled form of the configuration. Each group of options makes its part as a
/// whole, so that no rule can be forgotten.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) max_token_bytes: usize,
    /// Those that a token may have; none are all that there are keys of.
    pub(crate) algorithms: Vec<Algorithm>,
    /// Whether `sid` names a session of a store of ours.
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

/// How far clocks may be apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leeways {
    pub(crate) exp: Duration,
    pub(crate) nbf: Duration,
    pub(crate) iat: Duration,
}

/// Who may have issued a token, and for whom.
#[derive(Clone, Debug)]
pub(crate) struct PartyRules {
    /// `None` where none is expected; none is accepted where the list is empty.
    pub(crate) issuers: Option<Vec<Box<str>>>,
    /// Likewise.
    pub(crate) audiences: Option<Vec<Box<str>>>,
}

/// What is kept of the registered claims, beside the payload itself.
pub(crate) struct Registered {
    pub(crate) identity: Span,
    /// A string, as opposed to the JSON text of something else.
    pub(crate) identity_is_text: bool,
    pub(crate) issuer: Option<Span>,
    pub(crate) id: Option<Span>,
    pub(crate) kind: Option<Span>,
    /// Whether every kind but `refresh` counts as access.
    pub(crate) any_kind_is_access: bool,
    pub(crate) issued_at: Option<Moment>,
    pub(crate) not_before: Option<Moment>,
    pub(crate) expires_at: Option<Moment>,
    pub(crate) fresh: Fresh,
    /// The JSON text of `csrf`: looked at only where a cookie brought the token.
    pub(crate) csrf: Option<Span>,
    /// The session that it was issued in.
    pub(crate) session: Option<Span>,
    /// The JSON text of `scope`: looked at only where a policy asks for scopes.
    pub(crate) scope: Option<Span>,
}

/// The `fresh` claim, as the reference writes it.
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

/// What has become of claims that are as they must be.
pub(super) struct Accepted {
    pub(super) registered: Registered,
    /// What of it does not stand in the payload as it is.
    pub(super) copies: String,
    /// Not yet an error: any other one wins over it.
    pub(super) expired: bool,
}

/// Checks the claims in the reference's order. The copies will stand so many bytes behind the start of the payload.
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

    // RFC 7519, 4.1.6 gives `iat` no power to refuse; a token from the future is nobody's honest one, though.
    let issued_at = claims.time("iat", iat)?;
    if issued_at.is_some_and(|issued_at| issued_at > now.plus(rules.leeways.iat)) {
        return Err(InvalidToken::NotYetValid("iat"));
    }
    // RFC 7519, 4.1.5: the moment itself is valid.
    let not_before = claims.time("nbf", nbf)?;
    if not_before.is_some_and(|not_before| not_before > now.plus(rules.leeways.nbf)) {
        return Err(InvalidToken::NotYetValid("nbf"));
    }
    // RFC 7519, 4.1.4: "on or after" the moment the token is expired.
    let expires_at = claims.time("exp", exp)?;
    let expired = expires_at.is_some_and(|expires_at| now >= expires_at.plus(rules.leeways.exp));

    let issuer = claims.issuer(iss)?;
    claims.audience(aud)?;
    // The identity claim may be one of the others.
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
        // RFC 9068, 2.1: the header says that it is an access token; `type` and `scope` are the issuer's own.
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
    /// Where the copies will stand.
    behind: usize,
    /// Texts in which escapes had to be undone.
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

    /// The text of a string; none is no error.
    #[inline(always)]
    fn any_text(&mut self, value: Value) -> Result<Option<Span>, InvalidToken> {
        match value.plain_text() {
            Some(place) => Span::new(place).map(Some),
            None => self.copy_text(value),
        }
    }

    /// Of what has not been read yet.
    fn copy_text(&mut self, value: Value) -> Result<Option<Span>, InvalidToken> {
        let text = match value.text(self.payload) {
            Some(Cow::Borrowed(_)) => return Span::new(value.inside()).map(Some),
            Some(Cow::Owned(text)) => text,
            None => return Ok(None),
        };
        let start = self.behind.saturating_add(self.copies.len());
        self.copies.push_str(&text);
        Span::new((start, start.saturating_add(text.len()))).map(Some)
    }

    /// For claims of any type: what is behind this check must still be able to read them.
    #[inline(always)]
    fn readable(&self, name: &str, value: Option<Value>) -> Result<(), InvalidToken> {
        match value {
            Some(value) if !value.is_readable(self.payload) => Err(InvalidToken::ClaimType(name.into())),
            _ => Ok(()),
        }
    }

    /// RFC 7519, 4.1.1: one string, compared exactly.
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

    /// RFC 7519, 4.1.3: a string or a list of strings; one of ours must be among them. A token for an audience
    /// is refused where none is expected, because it was issued for somebody else.
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
        // PyJWT, and so the reference, reads null as absent here.
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
