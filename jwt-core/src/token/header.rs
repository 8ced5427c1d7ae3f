//! The JOSE header: it selects the key, and can make the token invalid.

use std::borrow::Cow;

use crate::error::{InvalidToken, Segment};
use crate::keys::{Algorithm, KeySet, VerifyingKey};
use crate::wire::{Members, text};

/// The accepted `typ` of a token (RFC 8725, 3.11).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Typ {
    /// `JWT`, or none.
    Jwt,
    /// `JWT`, one of these, or none.
    JwtOr(Vec<Box<str>>),
    /// `at+jwt`: the access tokens of RFC 9068, 2.1 and 4.
    AtJwt,
    /// One of these, which marks the access tokens of an issuer.
    Named(Vec<Box<str>>),
    /// Any `typ`.
    Any,
}

impl Typ {
    /// Ignores case and the `application/` prefix (RFC 7519, 5.1; RFC 7515, 4.1.9).
    pub(super) fn permits(&self, json: &str) -> bool {
        self.accepts(text(json).as_deref())
    }

    /// Whether the header of our own tokens, whose `typ` is `JWT`, is accepted.
    pub(super) const fn permits_own_header(&self) -> bool {
        matches!(self, Self::Jwt | Self::JwtOr(_) | Self::Any)
    }

    /// Whether the text is accepted.
    pub(crate) fn is(&self, typ: &str) -> bool {
        self.accepts(Some(typ))
    }

    fn accepts(&self, typ: Option<&str>) -> bool {
        let is = |expected: &str| typ.is_some_and(|typ| without_prefix(typ).eq_ignore_ascii_case(expected));
        match self {
            Self::Jwt => is("JWT"),
            Self::JwtOr(names) => is("JWT") || names.iter().any(|name| is(without_prefix(name))),
            Self::AtJwt => is("at+jwt"),
            Self::Named(names) => names.iter().any(|name| is(without_prefix(name))),
            Self::Any => true,
        }
    }
}

fn without_prefix(typ: &str) -> &str {
    match typ.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
        _ => typ,
    }
}

/// A header and the keys that can verify it.
pub(super) enum Header<'k, 'h> {
    /// Identical to the header of our own tokens, so it does not need to be parsed.
    Own(&'k VerifyingKey),
    /// Any other header. `jwk`, `jku`, `x5u`, and `x5c` are ignored, because a token must never carry its own key
    /// (RFC 8725, 3.10).
    Other { keys: &'k KeySet, algorithms: &'k [Algorithm], alg: Cow<'h, str>, kid: Option<Cow<'h, str>> },
}

impl<'k, 'h> Header<'k, 'h> {
    /// An empty list of algorithms allows all algorithms of the keys.
    pub(super) fn own(key: &'k VerifyingKey, algorithms: &[Algorithm]) -> Result<Self, InvalidToken> {
        if is_allowed(key, algorithms) { Ok(Self::Own(key)) } else { Err(InvalidToken::AlgorithmNotAllowed) }
    }

    /// Finds the keys for a header. Returns an error if the header makes the token invalid.
    pub(super) fn read(
        json: &'h str,
        typ: &Typ,
        keys: &'k KeySet,
        algorithms: &'k [Algorithm],
    ) -> Result<Self, InvalidToken> {
        let (alg, kid) = asked_for(json, typ)?;
        if !keys.of_header(&alg, kid.as_deref())?.any(|key| is_allowed(key, algorithms)) {
            return Err(InvalidToken::AlgorithmNotAllowed);
        }
        Ok(Self::Other { keys, algorithms, alg, kid })
    }

    /// Returns the key that verifies the signature.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<&'k VerifyingKey, InvalidToken> {
        let verifies = |key: &&VerifyingKey| key.verify(message, signature);
        let key = match self {
            Self::Own(key) => Some(*key).filter(verifies),
            Self::Other { keys, algorithms, alg, kid } => {
                let mut keys = keys.of_header(alg, kid.as_deref())?.filter(|key| is_allowed(key, algorithms));
                keys.find(verifies)
            }
        };
        key.ok_or(InvalidToken::Signature)
    }
}

fn is_allowed(key: &VerifyingKey, algorithms: &[Algorithm]) -> bool {
    algorithms.is_empty() || algorithms.contains(&key.algorithm())
}

/// Returns the `alg` and `kid` of a header.
fn asked_for<'h>(
    json: &'h str,
    typ_rule: &Typ,
) -> Result<(Cow<'h, str>, Option<Cow<'h, str>>), InvalidToken> {
    let place = |name: &str| {
        Some(match name {
            "alg" => 0,
            "typ" => 1,
            "kid" => 2,
            "crit" => 3,
            "b64" => 4,
            _ => return None,
        })
    };
    let members = Members::<5>::read_by(json, place).ok_or(InvalidToken::Json(Segment::Header))?;
    let &[alg, typ, kid, crit, b64] = members.known();
    // RFC 7515, 4.1.4
    let kid = kid.map(|kid| kid.text(json).ok_or(InvalidToken::KeyId)).transpose()?;
    // RFC 7515, 4.1.11: we do not support any extension, so none can be critical.
    if let Some(crit) = crit {
        return Err(critical(crit.json(json)));
    }
    // RFC 7797, 7: "b64" must not be false in a JWT, and true requires "crit".
    if b64.is_some() {
        return Err(InvalidToken::UnencodedPayload);
    }
    match typ {
        Some(typ) if !typ_rule.accepts(typ.text(json).as_deref()) => return Err(InvalidToken::Type),
        None if !typ_rule.permits_own_header() => return Err(InvalidToken::Type),
        Some(typ) if !typ.is_readable(json) => return Err(InvalidToken::Json(Segment::Header)),
        _ => {}
    }
    let alg = alg.ok_or(InvalidToken::AlgorithmMissing)?;
    // RFC 7515, 4.1.1: it must be a string.
    Ok((alg.text(json).ok_or(InvalidToken::AlgorithmNotAllowed)?, kid))
}

fn critical(json: &str) -> InvalidToken {
    match serde_json::from_str::<Vec<Cow<'_, str>>>(json) {
        Ok(names) => names
            .first()
            .map_or(InvalidToken::Critical, |name| InvalidToken::UnknownCritical((**name).into())),
        Err(_) => InvalidToken::Critical,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<String, InvalidToken> {
        read_as(json, &Typ::Jwt)
    }

    fn read_as(json: &str, typ: &Typ) -> Result<String, InvalidToken> {
        asked_for(json, typ).map(|(alg, _)| alg.into_owned())
    }

    #[test]
    fn an_ordinary_header_names_its_key() {
        for json in [
            r#"{"alg":"HS256"}"#,
            r#"{"typ":"JWT","alg":"HS256"}"#,
            r#"{"typ":"application/jwt","alg":"HS256","kid":"any","jku":"https://evil.example","jwk":{}}"#,
            r#"{"typ":"jwt","alg":"\u0048S256","extra":[1,{"deep":null}]}"#,
        ] {
            assert_eq!(read(json), Ok("HS256".into()), "{json}");
        }
    }

    #[test]
    fn alg_is_exact() {
        for json in [r#"{"alg":null}"#, r#"{"alg":["HS256"]}"#, r#"{"alg":256}"#] {
            assert_eq!(read(json), Err(InvalidToken::AlgorithmNotAllowed), "{json}");
        }
        assert_eq!(read(r#"{"ALG":"HS256"}"#), Err(InvalidToken::AlgorithmMissing));
        assert_eq!(read(r#"{"alg":"HS256","alg":"HS256"}"#), Err(InvalidToken::Json(Segment::Header)));
    }

    #[test]
    fn what_would_change_the_meaning_is_refused() {
        let header = |member: &str| read(&format!(r#"{{"alg":"HS256",{member}}}"#));
        assert_eq!(header(r#""kid":5"#), Err(InvalidToken::KeyId));
        assert_eq!(header(r#""crit":["exp"],"exp":1"#), Err(InvalidToken::UnknownCritical("exp".into())));
        for crit in ["[]", "{}", "null", "\"exp\"", "[1]"] {
            assert_eq!(header(&format!(r#""crit":{crit}"#)), Err(InvalidToken::Critical), "{crit}");
        }
        assert_eq!(header(r#""b64":false"#), Err(InvalidToken::UnencodedPayload));
        assert_eq!(header(r#""b64":true"#), Err(InvalidToken::UnencodedPayload));
        for typ in ["\"JOSE\"", "\"secevent+jwt\"", "\"\"", "5", "null"] {
            assert_eq!(header(&format!(r#""typ":{typ}"#)), Err(InvalidToken::Type), "{typ}");
        }
    }

    #[test]
    fn typ_is_that_of_the_profile() {
        let header = |typ: &str| read_as(&format!(r#"{{"alg":"ES256"{typ}}}"#), &Typ::AtJwt);
        for typ in [r#","typ":"at+jwt""#, r#","typ":"AT+JWT""#, r#","typ":"application/at+jwt""#] {
            assert_eq!(header(typ), Ok("ES256".into()), "{typ}");
        }
        for typ in
            ["", r#","typ":"JWT""#, r#","typ":null"#, r#","typ":"at+jwt ""#, r#","typ":"application/""#]
        {
            assert_eq!(header(typ), Err(InvalidToken::Type), "{typ}");
        }
        assert_eq!(read_as(r#"{"alg":"ES256","typ":["anything"]}"#, &Typ::Any), Ok("ES256".into()));
    }
}
