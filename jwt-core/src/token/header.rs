//! The JOSE header: which key it asks for, and everything in it that refuses the token.

use std::borrow::Cow;

use super::compact::Compact;
use super::json::{Members, text};
use crate::error::{Invalid, Part};
use crate::keys::{Algorithm, KeySet, VerifyingKey};

/// Which `typ` a token may have (RFC 8725, 3.11).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Typ {
    /// `JWT`, or none.
    Jwt,
    /// `at+jwt`: the access tokens of RFC 9068, 2.1 and 4.
    AtJwt,
    /// Whatever it is.
    Any,
}

impl Typ {
    /// Without regard to case and with or without `application/` (RFC 7519, 5.1; RFC 7515, 4.1.9).
    pub(super) fn permits(self, json: &str) -> bool {
        self.accepts(text(json))
    }

    fn accepts(self, typ: Option<Cow<'_, str>>) -> bool {
        let expected = match self {
            Self::Jwt => "JWT",
            Self::AtJwt => "at+jwt",
            Self::Any => return true,
        };
        typ.is_some_and(|typ| {
            let short = match typ.split_at_checked("application/".len()) {
                Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
                _ => &typ,
            };
            short.eq_ignore_ascii_case(expected)
        })
    }
}

/// A header, as far as it counts.
pub(super) enum Header<'a> {
    /// Byte for byte that of our own tokens, which need not be parsed.
    Own(&'a VerifyingKey),
    /// Any other. `jwk`, `jku`, `x5u` and `x5c` are not even looked at: a token never brings its own key (RFC 8725,
    /// 3.10).
    Other(Members<'a, 5>),
}

impl<'a> Header<'a> {
    pub(super) fn read(json: &'a str) -> Result<Self, Invalid> {
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
        let members = Members::read_by(json, place);
        members.map(Self::Other).ok_or(Invalid::Json(Part::Header))
    }

    /// Verifies the signature by the key that the header asks for, unless something in the header refuses the token.
    /// An empty list of algorithms is no limit: then the keys are it.
    pub(super) fn verify<'k>(
        &self,
        keys: &'k KeySet,
        typ: Typ,
        algorithms: &[Algorithm],
        compact: &Compact<'_>,
        signature: &[u8],
    ) -> Result<&'k VerifyingKey, Invalid>
    where
        'a: 'k,
    {
        let is_allowed = |key: &VerifyingKey| algorithms.is_empty() || algorithms.contains(&key.algorithm());
        let verifies = |key: &VerifyingKey| is_allowed(key) && key.verify(compact.signing_input, signature);
        match self {
            Self::Own(key) if !is_allowed(key) => Err(Invalid::AlgorithmNotAllowed),
            Self::Own(key) if verifies(key) => Ok(key),
            Self::Own(_) => Err(Invalid::Signature),
            Self::Other(members) => {
                let (alg, kid) = asked_for(members, typ)?;
                let mut keys = keys.of_header(&alg, kid.as_deref())?.filter(|key| is_allowed(key)).peekable();
                if keys.peek().is_none() {
                    return Err(Invalid::AlgorithmNotAllowed);
                }
                keys.find(|key| verifies(key)).ok_or(Invalid::Signature)
            }
        }
    }
}

/// The `alg` and `kid` of a header.
fn asked_for<'a>(
    members: &Members<'a, 5>,
    typ_rule: Typ,
) -> Result<(Cow<'a, str>, Option<Cow<'a, str>>), Invalid> {
    let &[alg, typ, kid, crit, b64] = members.known();
    let json = members.json();
    // RFC 7515, 4.1.4
    let kid = kid.map(|kid| kid.text(json).ok_or(Invalid::KeyId)).transpose()?;
    // RFC 7515, 4.1.11: no extension is understood here, so none may be critical.
    if let Some(crit) = crit {
        return Err(critical(crit.json(json)));
    }
    // RFC 7797, 7: "b64" must not be false in a JWT, and true needs "crit".
    if b64.is_some() {
        return Err(Invalid::UnencodedPayload);
    }
    match typ {
        Some(typ) if !typ_rule.accepts(typ.text(json)) => return Err(Invalid::Type),
        None if typ_rule == Typ::AtJwt => return Err(Invalid::Type),
        Some(typ) if !typ.is_readable(json) => return Err(Invalid::Json(Part::Header)),
        _ => {}
    }
    let alg = alg.ok_or(Invalid::AlgorithmMissing)?;
    // RFC 7515, 4.1.1: a string.
    Ok((alg.text(json).ok_or(Invalid::AlgorithmNotAllowed)?, kid))
}

fn critical(json: &str) -> Invalid {
    match serde_json::from_str::<Vec<Cow<'_, str>>>(json) {
        Ok(names) => {
            names.first().map_or(Invalid::Critical, |name| Invalid::UnknownCritical((**name).into()))
        }
        Err(_) => Invalid::Critical,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<String, Invalid> {
        read_as(json, Typ::Jwt)
    }

    fn read_as(json: &str, typ: Typ) -> Result<String, Invalid> {
        match Header::read(json)? {
            Header::Own(_) => unreachable!(),
            Header::Other(members) => asked_for(&members, typ).map(|(alg, _)| alg.into_owned()),
        }
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
            assert_eq!(read(json), Err(Invalid::AlgorithmNotAllowed), "{json}");
        }
        assert_eq!(read(r#"{"ALG":"HS256"}"#), Err(Invalid::AlgorithmMissing));
        assert_eq!(read(r#"{"alg":"HS256","alg":"HS256"}"#), Err(Invalid::Json(Part::Header)));
    }

    #[test]
    fn what_would_change_the_meaning_is_refused() {
        let header = |member: &str| read(&format!(r#"{{"alg":"HS256",{member}}}"#));
        assert_eq!(header(r#""kid":5"#), Err(Invalid::KeyId));
        assert_eq!(header(r#""crit":["exp"],"exp":1"#), Err(Invalid::UnknownCritical("exp".into())));
        for crit in ["[]", "{}", "null", "\"exp\"", "[1]"] {
            assert_eq!(header(&format!(r#""crit":{crit}"#)), Err(Invalid::Critical), "{crit}");
        }
        assert_eq!(header(r#""b64":false"#), Err(Invalid::UnencodedPayload));
        assert_eq!(header(r#""b64":true"#), Err(Invalid::UnencodedPayload));
        for typ in ["\"JOSE\"", "\"secevent+jwt\"", "\"\"", "5", "null"] {
            assert_eq!(header(&format!(r#""typ":{typ}"#)), Err(Invalid::Type), "{typ}");
        }
    }

    #[test]
    fn typ_is_that_of_the_profile() {
        let header = |typ: &str| read_as(&format!(r#"{{"alg":"ES256"{typ}}}"#), Typ::AtJwt);
        for typ in [r#","typ":"at+jwt""#, r#","typ":"AT+JWT""#, r#","typ":"application/at+jwt""#] {
            assert_eq!(header(typ), Ok("ES256".into()), "{typ}");
        }
        for typ in
            ["", r#","typ":"JWT""#, r#","typ":null"#, r#","typ":"at+jwt ""#, r#","typ":"application/""#]
        {
            assert_eq!(header(typ), Err(Invalid::Type), "{typ}");
        }
        assert_eq!(read_as(r#"{"alg":"ES256","typ":["anything"]}"#, Typ::Any), Ok("ES256".into()));
    }
}
