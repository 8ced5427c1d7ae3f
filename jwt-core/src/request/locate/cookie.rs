//! Cookies (RFC 6265, 5.4).

use std::borrow::Cow;

use memchr::memchr;

use crate::config::TokenCookies;
use crate::error::{InvalidRequest, MissingReason};
use crate::request::RequestView;
use crate::token::TokenError;

/// The maximum number of cookies of one name among which a manager chooses.
const MOST_OF_A_NAME: usize = 4;

/// The most cookies of one name that a logout verifies. A sibling host can add many.
const MOST_AT_LOGOUT: usize = 32;

/// Chooses one of several cookies of the same name, by its index.
pub(crate) type Choose<'a> = dyn Fn(&[&[u8]]) -> Result<usize, TokenError> + 'a;

/// Chooses the first cookie, for callers that accept any of them.
pub(crate) const fn first(_: &[&[u8]]) -> Result<usize, TokenError> {
    Ok(0)
}

impl TokenCookies {
    pub(super) fn find<'a>(
        &self,
        view: &'a dyn RequestView,
        refresh: bool,
        first_wins: bool,
        choose: &Choose<'_>,
    ) -> Result<Result<Cow<'a, [u8]>, MissingReason>, TokenError> {
        let (mut values, mut count) = ([&[][..]; MOST_OF_A_NAME], 0_usize);
        let name = self.names.of(refresh).as_bytes();
        // HTTP/2 clients and proxies can split the field into several (RFC 9113, 8.2.3).
        view.fields("cookie", &mut |field| {
            for value in values_of(name, field) {
                if let Some(slot) = values.get_mut(count) {
                    *slot = value;
                }
                count = count.saturating_add(1);
            }
        });
        let chosen = match count {
            0 | 1 => 0,
            // An earlier release of the application can have left some of them behind.
            2.. if self.choice => {
                choose(values.get(..count).ok_or(TokenError::InvalidRequest(InvalidRequest::Repeated))?)?
            }
            // Anyone who can set cookies for a parent domain can add a second one. Which of the two is ours is
            // undefined (RFC 6265, 8.6).
            2.. if !first_wins => return Err(TokenError::InvalidRequest(InvalidRequest::Repeated)),
            2.. => 0,
        };
        match values.get(chosen) {
            Some(value) if !value.is_empty() => Ok(Ok(Cow::Borrowed(*value))),
            _ => Ok(Err(if refresh { MissingReason::RefreshCookie } else { MissingReason::AccessCookie })),
        }
    }

    /// Whether the request has several cookies of the same name.
    pub(crate) fn are_repeated(&self, view: &dyn RequestView, refresh: bool) -> bool {
        let (mut count, name) = (0_usize, self.names.of(refresh).as_bytes());
        view.fields("cookie", &mut |field| count = count.saturating_add(values_of(name, field).count()));
        count > 1
    }

    /// Whether the request has a cookie of either name, which can be empty.
    pub(crate) fn are_there(&self, view: &dyn RequestView) -> bool {
        let mut found = false;
        let has = |refresh: bool, field| values_of(self.names.of(refresh).as_bytes(), field).next().is_some();
        view.fields("cookie", &mut |field| found = found || has(false, field) || has(true, field));
        found
    }

    /// The cookies of one name that are not empty.
    ///
    /// # Errors
    /// Returns an error if there are too many to verify.
    pub(crate) fn all<'a>(
        &self,
        view: &'a dyn RequestView,
        refresh: bool,
    ) -> Result<Vec<&'a [u8]>, InvalidRequest> {
        let (mut values, name) = (Vec::new(), self.names.of(refresh).as_bytes());
        view.fields("cookie", &mut |field| {
            let more = MOST_AT_LOGOUT.saturating_add(1).saturating_sub(values.len());
            values.extend(values_of(name, field).filter(|value| !value.is_empty()).take(more));
        });
        if values.len() > MOST_AT_LOGOUT { Err(InvalidRequest::Repeated) } else { Ok(values) }
    }
}

/// Returns the values of all cookies with this name, without the quotes that some clients put around them.
///
/// A name is compared byte for byte, and only spaces and tabs are removed around it. A reader that removes more, such as
/// Unicode white space, gives a name such as `__Host-access` to a cookie that browsers do not protect under that name
/// (RFC 6265bis, 4.1.3).
fn values_of<'a>(name: &[u8], field: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = Some(field);
    std::iter::from_fn(move || {
        loop {
            let text = rest?;
            let (pair, behind) = match memchr(b';', text).and_then(|end| text.split_at_checked(end)) {
                Some((pair, behind)) => (pair, behind.get(1..)),
                None => (text, None),
            };
            rest = behind;
            // No name contains an equals sign, so this is the first one of the pair.
            let value = trim_start(pair).strip_prefix(name).map(trim_start);
            if let Some(value) = value.and_then(|behind| behind.strip_prefix(b"=")) {
                return Some(unquoted(trim(value)));
            }
        }
    })
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_space(*first)
    {
        text = rest;
    }
    text
}

fn trim(text: &[u8]) -> &[u8] {
    let mut text = trim_start(text);
    while let [rest @ .., last] = text
        && is_space(*last)
    {
        text = rest;
    }
    text
}

/// RFC 6265, 4.1.1: a value can be in quotes.
const fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inside @ .., b'"'] => inside,
        _ => value,
    }
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
        match locator.cookies.find(&request.body(()).unwrap(), false, first_wins, &|_| Ok(0)) {
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
            &[b"\xff=x;a=t;\xe2\x80\x80a=u"],
            &[b"\ta\t=\tt\t"],
            &[b"=a; a=t"],
        ] {
            assert_eq!(find(fields, false), Ok("t".into()), "{fields:?}");
        }
        for fields in [[&b""[..]].as_slice(), &[], &[b"A=t"], &[b"aa=t"], &[b"a"], &[b"a="], &[b"r=t"]] {
            assert_eq!(find(fields, false), Err("AccessCookie".into()), "{fields:?}");
        }
    }

    #[test]
    fn white_space_other_than_space_and_tab_is_part_of_a_name_and_of_a_value() {
        let spaces = (0..=u32::from(char::MAX)).filter_map(char::from_u32);
        for space in spaces.filter(|char| char.is_whitespace() && !matches!(char, ' ' | '\t' | '\r' | '\n')) {
            if space.is_ascii() {
                continue; // No field can contain these.
            }
            for field in [format!("{space}a=t"), format!("a{space}=t"), format!("x=1; {space} a=t")] {
                assert_eq!(find(&[field.as_bytes()], false), Err("AccessCookie".into()), "{field:?}");
            }
            let value = format!("a={space}t{space}");
            assert_eq!(find(&[value.as_bytes()], false), Ok(format!("{space}t{space}")));
        }
    }

    #[test]
    fn ascii_is_read_as_the_cookie_crate_reads_it() {
        // A small generator (Marsaglia's xorshift), so every run tries the same fields.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below).unwrap()
        };
        let pieces = ["a", "a", "=", "=", ";", "; ", " ", "\t", "\"", "t", "b", "%61", ",", "$", "aa", "A"];
        for _ in 0..200_000 {
            let field: String = (0..next(12)).map(|_| pieces[next(16)]).collect();
            let theirs = cookie::Cookie::split_parse(&*field).flatten().filter(|cookie| cookie.name() == "a");
            let theirs: Vec<_> = theirs.map(|cookie| cookie.value_trimmed().as_bytes().to_vec()).collect();
            let ours: Vec<_> = super::values_of(b"a", field.as_bytes()).map(<[u8]>::to_vec).collect();
            assert_eq!(ours, theirs, "{field:?}");
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
