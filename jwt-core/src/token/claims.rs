//! The registered claims, each one's type and value in one step, by our own rules.

use std::borrow::Cow;
use std::time::Duration;

use super::header::Typ;
use super::json::{Members, is_readable, text};
use super::span::Span;
use super::time::Moment;
use crate::error::{Invalid, Part};
use crate::keys::Algorithm;

/// The claims that this library writes and reads itself. The identity claim stands beside them.
pub(crate) const REGISTERED: [&str; 9] = ["iat", "nbf", "exp", "iss", "aud", "sub", "jti", "type", "fresh"];

/// What a token's claims are held against; the compiled form of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) max_token_bytes: usize,
    pub(crate) typ: Typ,
    /// Those that a token may have; none are all that there are keys of.
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) identity_claim: Box<str>,
    pub(crate) required: Vec<Box<str>>,
    /// `None` where none is expected; none is accepted where the list is empty.
    pub(crate) issuers: Option<Vec<Box<str>>>,
    /// Likewise.
    pub(crate) audiences: Option<Vec<Box<str>>>,
    pub(crate) exp_leeway: Duration,
    pub(crate) nbf_leeway: Duration,
    pub(crate) iat_leeway: Duration,
    pub(crate) verify_sub: bool,
    pub(crate) any_type_is_access: bool,
    pub(crate) ignore_unconfigured: bool,
    pub(crate) any_time: bool,
    pub(crate) any_fresh: bool,
    /// Whether `sid` names a session of a store of ours.
    pub(crate) sessions: bool,
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

/// Checks the claims in the reference's order. Expiry is noted and not yet an error: any other one wins over it.
pub(super) fn check(payload: &str, rules: &Rules, now: Moment) -> Result<(Registered, bool), Invalid> {
    let names = {
        let [iat, nbf, exp, iss, aud, sub, jti, kind, fresh] = REGISTERED;
        [
            iat,
            nbf,
            exp,
            iss,
            aud,
            sub,
            jti,
            kind,
            fresh,
            "scope",
            "client_id",
            "csrf",
            "sid",
            &*rules.identity_claim,
        ]
    };
    let members = Members::read(payload, &names).ok_or(Invalid::Json(Part::Payload))?;
    let &[iat, nbf, exp, iss, aud, sub, jti, kind, fresh, scope, client, csrf, sid, _] = members.known();
    let claims = Claims { rules, payload };

    // RFC 7519, 4.1.6 gives `iat` no power to refuse; a token from the future is nobody's honest one, though.
    let issued_at = claims.time("iat", iat)?;
    if issued_at.is_some_and(|issued_at| issued_at > now.plus(rules.iat_leeway)) {
        return Err(Invalid::NotYetValid("iat"));
    }
    // RFC 7519, 4.1.5: the moment itself is valid.
    let not_before = claims.time("nbf", nbf)?;
    if not_before.is_some_and(|not_before| not_before > now.plus(rules.nbf_leeway)) {
        return Err(Invalid::NotYetValid("nbf"));
    }
    // RFC 7519, 4.1.4: "on or after" the moment the token is expired.
    let expires_at = claims.time("exp", exp)?;
    let expired = expires_at.is_some_and(|expires_at| now >= expires_at.plus(rules.exp_leeway));

    let issuer = claims.issuer(iss)?;
    claims.audience(aud)?;
    // The first of its name: the identity claim may be one of the others.
    let identity_json = names.iter().zip(members.known()).find(|(name, _)| **name == &*rules.identity_claim);
    let identity_json = identity_json.and_then(|(_, json)| *json);
    // RFC 7519, 4.1.2
    if rules.verify_sub {
        claims.text("sub", sub)?;
    } else {
        claims.readable("sub", sub)?;
    }
    let id = claims.text("jti", jti)?;

    let Some(identity_json) = identity_json else {
        return Err(Invalid::ClaimMissing(rules.identity_claim.clone()));
    };
    claims.readable(&rules.identity_claim, Some(identity_json))?;
    let identity_text = text(identity_json);
    let identity_is_text = identity_text.is_some();
    let identity = identity_text.unwrap_or(Cow::Borrowed(identity_json));

    let kind = match rules.typ {
        // RFC 9068, 2.1: the header says that it is an access token; `type` and `scope` are the issuer's own.
        Typ::AtJwt => claims.readable("type", kind).map(|()| None)?,
        _ if rules.any_type_is_access => claims.readable("type", kind).map(|()| kind.and_then(text))?,
        _ => claims.text("type", kind)?,
    };
    if rules.typ == Typ::AtJwt {
        // RFC 8693, 4.3
        claims.text("client_id", client)?;
    } else {
        claims.readable("client_id", client)?;
    }
    claims.readable("csrf", csrf)?;
    let session = claims.text("sid", sid.filter(|_| rules.sessions))?;
    let fresh = claims.fresh(fresh)?;
    claims.readable("scope", scope)?;
    for name in &rules.required {
        let known = names.iter().zip(members.known()).find(|(known, _)| *known == &&**name);
        let there = known.map_or_else(|| members.has_other(name), |(_, value)| value.is_some());
        if !there {
            return Err(Invalid::ClaimMissing(name.clone()));
        }
    }

    let registered = Registered {
        identity: Span::new(identity, payload),
        identity_is_text,
        issuer: claims.span(issuer),
        id: claims.span(id),
        kind: claims.span(kind),
        any_kind_is_access: rules.any_type_is_access,
        issued_at,
        not_before,
        expires_at,
        fresh,
        csrf: claims.span(csrf.map(Cow::Borrowed)),
        session: claims.span(session),
        scope: claims.span(scope.map(Cow::Borrowed)),
    };
    Ok((registered, expired))
}

struct Claims<'a> {
    rules: &'a Rules,
    payload: &'a str,
}

impl<'a> Claims<'a> {
    fn time(&self, name: &str, json: Option<&str>) -> Result<Option<Moment>, Invalid> {
        let read = |json| Moment::from_json(json, self.rules.any_time);
        json.map(|json| read(json).ok_or_else(|| Invalid::ClaimType(name.into()))).transpose()
    }

    fn fresh(&self, json: Option<&str>) -> Result<Fresh, Invalid> {
        match json {
            None | Some("false") => Ok(Fresh::No),
            Some("true") => Ok(Fresh::Yes),
            json => match self.time("fresh", json) {
                Ok(end) => Ok(end.map_or(Fresh::No, Fresh::Until)),
                Err(_) if self.rules.any_fresh => self.readable("fresh", json).map(|()| Fresh::No),
                Err(error) => Err(error),
            },
        }
    }

    fn text(&self, name: &str, json: Option<&'a str>) -> Result<Option<Cow<'a, str>>, Invalid> {
        json.map(|json| text(json).ok_or_else(|| Invalid::ClaimType(name.into()))).transpose()
    }

    /// For claims of any type: what is behind this check must still be able to read them.
    fn readable(&self, name: &str, json: Option<&str>) -> Result<(), Invalid> {
        match json {
            Some(json) if !is_readable(json) => Err(Invalid::ClaimType(name.into())),
            _ => Ok(()),
        }
    }

    /// RFC 7519, 4.1.1: one string, compared exactly.
    fn issuer(&self, json: Option<&'a str>) -> Result<Option<Cow<'a, str>>, Invalid> {
        let Some(expected) = &self.rules.issuers else {
            if self.rules.ignore_unconfigured {
                self.readable("iss", json)?;
                return Ok(json.and_then(text));
            }
            return self.text("iss", json);
        };
        let Some(issuer) = self.text("iss", json)? else {
            return Err(Invalid::ClaimMissing("iss".into()));
        };
        if expected.iter().any(|expected| **expected == *issuer) {
            Ok(Some(issuer))
        } else {
            Err(Invalid::Issuer)
        }
    }

    /// RFC 7519, 4.1.3: a string or a list of strings; one of ours must be among them. A token for an audience
    /// is refused where none is expected, because it was issued for somebody else.
    fn audience(&self, json: Option<&str>) -> Result<(), Invalid> {
        if self.rules.audiences.is_none() && self.rules.ignore_unconfigured {
            return self.readable("aud", json);
        }
        // PyJWT, and so the reference, reads null as absent here.
        let audiences = match json {
            None | Some("null") => Vec::new(),
            Some(json) => match text(json) {
                Some(one) => vec![one],
                None => serde_json::from_str::<Vec<Cow<'_, str>>>(json)
                    .map_err(|_| Invalid::ClaimType("aud".into()))?,
            },
        };
        let Some(ours) = &self.rules.audiences else {
            return if json.is_none() { Ok(()) } else { Err(Invalid::Audience) };
        };
        if audiences.is_empty() || json == Some(r#""""#) {
            return Err(Invalid::ClaimMissing("aud".into()));
        }
        if audiences.iter().any(|audience| ours.iter().any(|our| **our == **audience)) {
            Ok(())
        } else {
            Err(Invalid::Audience)
        }
    }

    fn span(&self, piece: Option<Cow<'_, str>>) -> Option<Span> {
        piece.map(|piece| Span::new(piece, self.payload))
    }
}
