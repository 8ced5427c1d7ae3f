//! The JOSE header: which key it asks for, and everything in it that refuses the token.

use std::borrow::Cow;

use super::json::{Members, is_readable, text};
use crate::error::{Invalid, Part};
use crate::keys::{Keys, VerifyingKey};

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
        let members = Members::read(json, &["alg", "typ", "kid", "crit", "b64"]);
        members.map(Self::Other).ok_or(Invalid::Json(Part::Header))
    }

    /// The key that the header asks for by its `alg`, unless something in it refuses the token.
    pub(super) fn key(&self, keys: &'a Keys, any_typ: bool) -> Result<&'a VerifyingKey, Invalid> {
        let members = match self {
            Self::Own(key) => return Ok(key),
            Self::Other(members) => members,
        };
        let &[alg, typ, kid, crit, b64] = members.known();
        // RFC 7515, 4.1.4
        if kid.is_some_and(|kid| text(kid).is_none()) {
            return Err(Invalid::KeyId);
        }
        // RFC 7515, 4.1.11: no extension is understood here, so none may be critical.
        if let Some(crit) = crit {
            return Err(critical(crit));
        }
        // RFC 7797, 7: "b64" must not be false in a JWT, and true needs "crit".
        if b64.is_some() {
            return Err(Invalid::UnencodedPayload);
        }
        if let Some(typ) = typ {
            // RFC 8725, 3.11
            if !any_typ && !is_token_type(typ) {
                return Err(Invalid::Type);
            }
            if !is_readable(typ) {
                return Err(Invalid::Json(Part::Header));
            }
        }
        let alg = alg.ok_or(Invalid::AlgorithmMissing)?;
        // RFC 7515, 4.1.1 and RFC 8725, 3.1: a string, compared exactly, and one that a key was prepared for.
        let alg = text(alg).ok_or(Invalid::AlgorithmNotAllowed)?;
        keys.of_algorithm(&alg).ok_or(Invalid::AlgorithmNotAllowed)
    }
}

/// `JWT`, without regard to case and with or without `application/` (RFC 7519, 5.1; RFC 7515, 4.1.9).
pub(super) fn is_token_type(typ: &str) -> bool {
    text(typ).is_some_and(|typ| {
        let short = match typ.split_at_checked("application/".len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
            _ => &typ,
        };
        short.eq_ignore_ascii_case("JWT")
    })
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
    use crate::keys::{Algorithm, Secret};

    fn read(json: &str) -> Result<Algorithm, Invalid> {
        let keys = Keys::from_secret(&Secret::from("x"), Algorithm::HS256, &[Algorithm::HS256]);
        Header::read(json)?.key(&keys, false).map(|key| key.algorithm)
    }

    #[test]
    fn an_ordinary_header_names_its_key() {
        for json in [
            r#"{"alg":"HS256"}"#,
            r#"{"typ":"JWT","alg":"HS256"}"#,
            r#"{"typ":"application/jwt","alg":"HS256","kid":"any","jku":"https://evil.example","jwk":{}}"#,
            r#"{"typ":"jwt","alg":"\u0048S256","extra":[1,{"deep":null}]}"#,
        ] {
            assert_eq!(read(json), Ok(Algorithm::HS256), "{json}");
        }
    }

    #[test]
    fn alg_is_exact() {
        for name in ["none", "None", "", "hs256", "HS256 ", "HS512", "RS256"] {
            assert_eq!(read(&format!(r#"{{"alg":"{name}"}}"#)), Err(Invalid::AlgorithmNotAllowed), "{name}");
        }
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
}
