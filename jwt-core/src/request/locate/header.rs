//! `Authorization: Bearer …`

use std::borrow::Cow;

use crate::config::HeaderRule;
use crate::error::{InvalidRequest, InvalidToken, MissingReason};
use crate::request::RequestView;
use crate::token::TokenError;

/// How many bytes to inspect of a value that is too long for a token.
const BEGINNING: usize = 200;

impl HeaderRule {
    pub(super) fn find<'a>(
        &self,
        view: &'a dyn RequestView,
    ) -> Result<Result<Cow<'a, [u8]>, MissingReason>, TokenError> {
        let (mut first, mut more) = (None, Vec::new());
        view.fields(&self.name, &mut |value| match first {
            None => first = Some(value),
            Some(_) => more.push(value),
        });
        let Some(first) = first else {
            return Ok(Err(MissingReason::Header));
        };
        if more.is_empty() {
            return match self.plain(first) {
                Some(token) => Ok(Ok(Cow::Borrowed(token))),
                None => Ok(self.in_field(first)?.map(Cow::Borrowed)),
            };
        }
        if !self.is_list {
            return Err(TokenError::InvalidRequest(InvalidRequest::Repeated));
        }
        more.insert(0, first);
        let joined = more.join(&b',');
        Ok(self.in_field(&joined)?.map(|token| Cow::Owned(token.to_vec())))
    }

    /// Reads a field in the form that clients send: the scheme, a single space, and a token without separators. Returns
    /// `None` for all other fields, which need a full parse.
    fn plain<'a>(&self, field: &'a [u8]) -> Option<&'a [u8]> {
        let after = |scheme: &str| {
            let (word, rest) = field.split_at_checked(scheme.len())?;
            rest.strip_prefix(b" ").filter(|_| word.eq_ignore_ascii_case(scheme.as_bytes()))
        };
        let token = self.schemes.iter().find_map(|scheme| after(scheme))?;
        // A token that is too long is rejected anyway, so its end does not matter. In a list, the token itself can be
        // short.
        let too_long = !self.is_list && token.len() > self.max_token_bytes;
        let looked_at = if too_long { token.get(..BEGINNING)? } else { token };
        let separates = memchr::memchr3(b' ', b',', b'\t', looked_at).is_some()
            || token.last().is_none_or(u8::is_ascii_whitespace);
        (!separates).then_some(token)
    }

    fn in_field<'a>(&self, field: &'a [u8]) -> Result<Result<&'a [u8], MissingReason>, TokenError> {
        if members(field).next().is_none() {
            return Ok(Err(MissingReason::Header));
        }
        if self.is_list { self.in_list(field) } else { self.alone(field) }
    }

    /// Reads the scheme, spaces, and a single token (RFC 9110, 11.4; RFC 6750, 2.1). Proxies can join several fields
    /// into a list, which is rejected.
    fn alone<'a>(&self, field: &'a [u8]) -> Result<Result<&'a [u8], MissingReason>, TokenError> {
        let mut words = field.trim_ascii().split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        if self.schemes.is_empty() {
            return one_word(words).map(Ok);
        }
        let starts = words.next().is_some_and(|word| self.is_scheme(word));
        match members(field).filter(|member| self.is_of_scheme(member)).count() {
            0 | 1 if starts => one_word(words).map(Ok),
            0 => Ok(Err(MissingReason::Scheme)),
            1 if members(field).count() == 1 => Err(InvalidToken::MalformedHeader.into()),
            _ => Err(TokenError::InvalidRequest(InvalidRequest::Repeated)),
        }
    }

    /// Reads the field like flask-jwt-extended: as a list with commas. One member must be the scheme and a single word.
    fn in_list<'a>(&self, field: &'a [u8]) -> Result<Result<&'a [u8], MissingReason>, TokenError> {
        if self.schemes.is_empty() {
            return one_word(words(trim_commas(field.trim_ascii()))).map(Ok);
        }
        let mut of_scheme = members(field).filter(|member| self.is_of_scheme(member));
        match (of_scheme.next(), of_scheme.next()) {
            (Some(member), None) => one_word(words(member).skip(1)).map(Ok),
            _ => Ok(Err(MissingReason::Scheme)),
        }
    }

    /// Returns whether `word` is a configured scheme, ignoring case (RFC 9110, 11.1).
    fn is_scheme(&self, word: &[u8]) -> bool {
        self.schemes.iter().any(|scheme| word.eq_ignore_ascii_case(scheme.as_bytes()))
    }

    fn is_of_scheme(&self, member: &[u8]) -> bool {
        words(member).next().is_some_and(|word| self.is_scheme(word))
    }
}

/// The members of a list with commas, without the blank ones.
fn members(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    field.split(|byte| *byte == b',').filter(|member| words(member).next().is_some())
}

fn one_word<'a>(mut words: impl Iterator<Item = &'a [u8]>) -> Result<&'a [u8], TokenError> {
    match (words.next(), words.next()) {
        (Some(word), None) => Ok(word),
        _ => Err(InvalidToken::MalformedHeader.into()),
    }
}

fn trim_commas(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text.strip_prefix(b",").or_else(|| text.strip_suffix(b",")) {
        text = rest;
    }
    text
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locate(fields: &[&str], scheme: &str, join: bool) -> Result<String, String> {
        let header = HeaderRule {
            name: "authorization".into(),
            schemes: scheme.split(' ').filter(|scheme| !scheme.is_empty()).map(Into::into).collect(),
            is_list: join,
            max_token_bytes: 20,
        };
        let mut request = http::Request::builder();
        for field in fields {
            request = request.header("Authorization", *field);
        }
        let request = request.body(()).unwrap();
        match header.find(&request) {
            Ok(Ok(token)) => Ok(String::from_utf8(token.into_owned()).unwrap()),
            Ok(Err(why)) => Err(format!("[{why:?}]")),
            Err(TokenError::Invalid(why)) => Err(format!("{why:?}")),
            Err(other) => Err(format!("{other:?}")),
        }
    }

    fn one(field: &str) -> Result<String, String> {
        locate(&[field], "Bearer", false)
    }

    #[test]
    fn the_scheme_is_compared_without_case_and_the_rest_is_one_word() {
        for field in ["Bearer t", "bearer t", "BEARER  t "] {
            assert_eq!(one(field), Ok("t".into()), "{field}");
            assert_eq!(locate(&[field], "Bearer", true), Ok("t".into()), "{field}");
        }
        for field in ["Bearer", "Bearer ", "Bearer t u", "Bearer t, Basic x", "Bearer\tt", ",Bearer t"] {
            assert_eq!(one(field), Err("MalformedHeader".into()), "{field}");
        }
        for field in ["Basic x", "t", "Bearert", "Foo 1, Bar 2"] {
            assert_eq!(one(field), Err("[Scheme]".into()), "{field}");
        }
    }

    #[test]
    fn what_is_too_long_for_a_token_is_handed_on_as_it_is() {
        let long = "t".repeat(301);
        for token in [long.clone(), format!("{long}, Bearer t")] {
            assert_eq!(one(&format!("Bearer {token}")), Ok(token));
        }
        assert_eq!(one(&format!("Bearer t, Bearer {long}")), Err("InvalidRequest(Repeated)".into()));
        assert_eq!(one(&format!("Negotiate {long}")), Err("[Scheme]".into()));
        assert_eq!(locate(&[&format!("Bearer t, Negotiate {long}")], "Bearer", true), Ok("t".into()));
        assert_eq!(
            locate(&[&format!("Bearer {}, Basic {long}", "t".repeat(250))], "Bearer", true),
            Ok("t".repeat(250))
        );
    }

    #[test]
    fn a_list_is_one_by_choice_only() {
        let list = |field: &str| locate(&[field], "Bearer", true);
        for field in ["Basic x, Bearer t", "Bearer t,  ", ",Bearer\tt"] {
            assert_eq!(list(field), Ok("t".into()), "{field}");
        }
        for field in ["Bearer", "Bearer t u", "Bearer ,,0", "Foo 1, Bearer, Baz 3"] {
            assert_eq!(list(field), Err("MalformedHeader".into()), "{field}");
        }
        // A comma is never part of a token, so the verifier rejects it.
        assert_eq!(one("Bearer t, "), Ok("t,".into()));
        assert_eq!(one("Basic x, Bearer t"), Err("InvalidRequest(Repeated)".into()));
    }

    #[test]
    fn blank_fields_are_missing_ones() {
        for field in ["", "   ", ",", ", ,", " ,, ,\t,"] {
            assert_eq!(one(field), Err("[Header]".into()), "{field:?}");
            assert_eq!(locate(&[field], "", true), Err("[Header]".into()), "{field:?}");
        }
        for join in [false, true] {
            assert_eq!(locate(&[", ,foo"], "Bearer", join), Err("[Scheme]".into()));
        }
        assert_eq!(locate(&[], "Bearer", false), Err("[Header]".into()));
    }

    #[test]
    fn two_tokens_are_refused_or_by_choice_not_found() {
        let repeated = Err("InvalidRequest(Repeated)".into());
        assert_eq!(locate(&["Bearer t", "Bearer t"], "Bearer", false), repeated);
        assert_eq!(locate(&["Basic x", "Bearer t"], "Bearer", false), repeated);
        assert_eq!(one("Bearer t, Bearer u"), repeated);
        assert_eq!(locate(&["Bearer t", "Bearer t"], "Bearer", true), Err("[Scheme]".into()));
        assert_eq!(locate(&["Basic x", "Bearer t"], "Bearer", true), Ok("t".into()));
    }

    #[test]
    fn each_of_several_schemes_precedes_a_token_and_two_tokens_are_two_whatever_their_schemes() {
        let schemes = "Bearer JWT JWT2";
        for join in [false, true] {
            for field in ["Bearer t", "jwt t", "JWT  t", "JWT2 t"] {
                assert_eq!(locate(&[field], schemes, join), Ok("t".into()), "{field}");
            }
            for field in ["JWT3 t", "Token t", "BearerJWT t"] {
                assert_eq!(locate(&[field], schemes, join), Err("[Scheme]".into()), "{field}");
            }
            assert_eq!(locate(&["JWT"], schemes, join), Err("MalformedHeader".into()));
        }
        assert_eq!(locate(&["Bearer t, JWT u"], schemes, false), Err("InvalidRequest(Repeated)".into()));
        assert_eq!(locate(&["Bearer t", "JWT u"], schemes, false), Err("InvalidRequest(Repeated)".into()));
        assert_eq!(locate(&["Bearer t", "JWT u"], schemes, true), Err("[Scheme]".into()));
        assert_eq!(locate(&["Basic x, JWT u"], schemes, true), Ok("u".into()));
    }

    #[test]
    fn without_a_scheme_the_header_is_the_token() {
        assert_eq!(locate(&["t"], "", false), Ok("t".into()));
        for field in [" t ,", ",t", "t,,", ",,t ,"] {
            assert_eq!(locate(&[field], "", true), Ok("t".into()), "{field}");
        }
        for field in ["Bearer t", "t, u"] {
            assert_eq!(locate(&[field], "", false), Err("MalformedHeader".into()), "{field}");
            assert_eq!(locate(&[field], "", true), Err("MalformedHeader".into()), "{field}");
        }
    }
}
