//! Cookies (RFC 6265, 5.4).

use std::borrow::Cow;

use crate::config::TokenCookies;
use crate::error::{InvalidRequest, MissingReason};
use crate::request::RequestView;
use crate::token::TokenError;

impl TokenCookies {
    pub(super) fn find<'a>(
        &self,
        view: &'a dyn RequestView,
        refresh: bool,
        first_wins: bool,
    ) -> Result<Result<Cow<'a, [u8]>, MissingReason>, TokenError> {
        let mut values = Vec::new();
        // HTTP/2 clients and proxies can split the field into several (RFC 9113, 8.2.3).
        view.fields("cookie", &mut |field| values_of(self.names.of(refresh), field, &mut values));
        let absent = if refresh { MissingReason::RefreshCookie } else { MissingReason::AccessCookie };
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            // Anyone who can set cookies for a parent domain can add a second one. Which of the two is ours is
            // undefined (RFC 6265, 8.6).
            (Some(_), Some(_)) if !first_wins => Err(TokenError::InvalidRequest(InvalidRequest::Repeated)),
            (Some(value), _) if !value.is_empty() => Ok(Ok(Cow::Owned(value.into_bytes()))),
            _ => Ok(Err(absent)),
        }
    }
}

/// Adds the values of all cookies with this name.
fn values_of(name: &str, field: &[u8], values: &mut Vec<String>) {
    // Our cookies cannot be valid if they are not UTF-8, and other cookies do not matter.
    let field = String::from_utf8_lossy(field);
    let ours = cookie::Cookie::split_parse(&*field).flatten().filter(|cookie| cookie.name() == name);
    values.extend(ours.map(|cookie| cookie.value_trimmed().to_owned()));
}

#[cfg(test)]
mod tests {
    use crate::Config;

    fn find(fields: &[&[u8]], first_wins: bool) -> Result<String, String> {
        let locator = Config::default().access_cookie_name("a").refresh_cookie_name("r").locator().unwrap();
        let mut request = http::Request::builder();
        for field in fields {
            request = request.header("Cookie", *field);
        }
        match locator.cookies.find(&request.body(()).unwrap(), false, first_wins) {
            Ok(Ok(token)) => Ok(String::from_utf8(token.into_owned()).unwrap()),
            Ok(Err(why)) => Err(format!("{why:?}")),
            Err(other) => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_exact_name_in_any_field() {
        for fields in [
            [&b"a=t"[..]].as_slice(),
            &[b"x=1; a=t; y=2"],
            &[b"x=1", b"a=t"],
            &[b"x=1;a=t"],
            &[b"a=\"t\""],
            &[b" a = t "],
            &[b"broken; a=t; =; ;"],
            &[b"x=\xff; a=t"],
        ] {
            assert_eq!(find(fields, false), Ok("t".into()), "{fields:?}");
        }
        for fields in [[&b""[..]].as_slice(), &[], &[b"A=t"], &[b"aa=t"], &[b"a"], &[b"a="], &[b"r=t"]] {
            assert_eq!(find(fields, false), Err("AccessCookie".into()), "{fields:?}");
        }
    }

    #[test]
    fn two_of_one_name_are_refused_or_by_choice_the_first_counts() {
        for fields in [[&b"a=t; a=u"[..]].as_slice(), &[b"a=t", b"a=t"]] {
            assert_eq!(find(fields, false), Err("InvalidRequest(Repeated)".into()), "{fields:?}");
            assert_eq!(find(fields, true), Ok("t".into()), "{fields:?}");
        }
    }
}
