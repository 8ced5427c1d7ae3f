//! The JSON that tokens mostly are, read in one pass without a parser's state.

/// What the reading of a value has shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    /// A string that holds what stands between its quotation marks.
    Text,
    /// This number.
    Whole(i64),
    /// Something else.
    Other,
}

/// Calls `member` with the name, the JSON text and the shape of each member of an object that has no spaces, no escapes, and
/// no values but strings, whole numbers, `true`, `false`, `null`, and lists of these. `None` says nothing about the text: it
/// is left to a whole parser. So does a `None` of `member`.
pub(super) fn members<'a>(
    json: &'a str,
    mut member: impl FnMut(&'a str, &'a str, Shape) -> Option<()>,
) -> Option<()> {
    let until = |rest: &[u8]| json.len().checked_sub(rest.len());
    let [b'{', rest @ ..] = json.as_bytes() else {
        return None;
    };
    let mut rest = rest;
    loop {
        let (length, after_name) = string(rest)?;
        let [b':', value @ ..] = after_name else {
            return None;
        };
        let (shape, after) = match value {
            [b'[', list @ ..] => (Shape::Other, behind_list(list)?),
            _ => scalar(value)?,
        };
        let name = until(rest)?.checked_add(1)?;
        let name = json.get(name..name.checked_add(length)?)?;
        member(name, json.get(until(value)?..until(after)?)?, shape)?;
        match after {
            [b',', next @ ..] => rest = next,
            b"}" => return Some(()),
            _ => return None,
        }
    }
}

/// How long what a string holds is, and what is behind it (RFC 8259, 7).
#[inline(always)]
fn string(json: &[u8]) -> Option<(usize, &[u8])> {
    let [b'"', json @ ..] = json else {
        return None;
    };
    let length = first_special(json)?;
    match json.get(length..)? {
        [b'"', rest @ ..] => Some((length, rest)),
        _ => None,
    }
}

#[inline(always)]
fn scalar(json: &[u8]) -> Option<(Shape, &[u8])> {
    match json {
        [b'"', ..] => string(json).map(|(_, rest)| (Shape::Text, rest)),
        [b't', b'r', b'u', b'e', rest @ ..]
        | [b'f', b'a', b'l', b's', b'e', rest @ ..]
        | [b'n', b'u', b'l', b'l', rest @ ..] => Some((Shape::Other, rest)),
        [b'0', rest @ ..] => Some((Shape::Whole(0), rest)),
        _ => whole(json),
    }
}

/// A number of at most eighteen digits, which fits every integer that anybody reads it into.
#[inline(always)]
fn whole(json: &[u8]) -> Option<(Shape, &[u8])> {
    let (mut number, mut rest) = (0_i64, json);
    while let [digit @ b'0'..=b'9', next @ ..] = rest {
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit.wrapping_sub(b'0')));
        rest = next;
    }
    let digits = json.len().checked_sub(rest.len())?;
    (1..=18).contains(&digits).then_some((Shape::Whole(number), rest))
}

fn behind_list(json: &[u8]) -> Option<&[u8]> {
    let mut rest = json;
    loop {
        match scalar(rest)?.1 {
            [b',', next @ ..] => rest = next,
            [b']', rest @ ..] => return Some(rest),
            _ => return None,
        }
    }
}

/// The first byte that a JSON string cannot hold as it is: a quotation mark, a backslash or a control character. Eight bytes
/// are looked at in one step (Warren, Hacker's Delight, 6-1: a zero byte borrows from the bit above it).
#[inline(always)]
pub(super) fn first_special(text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
    const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
    let (words, rest) = text.as_chunks::<8>();
    let mut before = 0_usize;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let (quote, backslash) = (word ^ QUOTES, word ^ BACKSLASHES);
        let special = (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(SPACES) & !word);
        match special & (ONES << 7) {
            // Borrows run upwards, so that the lowest mark is a true one.
            0 => before = before.saturating_add(8),
            marks => return before.checked_add((marks.trailing_zeros() / 8) as usize),
        }
    }
    rest.iter().position(is_special)?.checked_add(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Vec<(&str, &str)>> {
        let mut found = Vec::new();
        members(json, |name, value, shape| {
            match shape {
                Shape::Text => {
                    let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
                    assert_eq!(serde_json::from_str(value).ok(), inside);
                }
                Shape::Whole(number) => assert_eq!(value, number.to_string()),
                Shape::Other => assert!(!value.starts_with(['"', '0', '1'])),
            }
            found.push((name, value));
            Some(())
        })?;
        Some(found)
    }

    #[test]
    fn what_tokens_mostly_are_is_read() {
        assert_eq!(
            read(r#"{"sub":"alice","exp":1893456000,"fresh":false,"aud":["a","ü"],"n":null,"z":0}"#),
            Some(vec![
                ("sub", r#""alice""#),
                ("exp", "1893456000"),
                ("fresh", "false"),
                ("aud", r#"["a","ü"]"#),
                ("n", "null"),
                ("z", "0")
            ])
        );
        assert_eq!(read(r#"{"":""}"#), Some(vec![("", r#""""#)]));
    }

    #[test]
    fn everything_else_is_left_to_a_parser() {
        for json in [
            "",
            "{",
            "{}",
            "[]",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1"#,
            r#"{"a":1,}"#,
            r#"{"a":1}}"#,
            r#"{"a":1} "#,
            r#"{"a": 1}"#,
            r#"{ "a":1}"#,
            r#"{"a":1.5}"#,
            r#"{"a":-1}"#,
            r#"{"a":1e3}"#,
            r#"{"a":01}"#,
            r#"{"a":00}"#,
            r#"{"a":1234567890123456789}"#,
            r#"{"a":tru}"#,
            r#"{"a":True}"#,
            r#"{"a":"\u0061"}"#,
            r#"{"\u0061":1}"#,
            "{\"a\":\"\n\"}",
            "{\"a\":\"\u{1}\"}",
            r#"{"a":{}}"#,
            r#"{"a":[]}"#,
            r#"{"a":[[1]]}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":[1}"#,
            r#"{"a":1]"#,
            r#"{"a":"b}"#,
            r#"{"a":"b"c}"#,
            r#"{a:1}"#,
            r#"{"a":1,"b"}"#,
            r#"{,"a":1}"#,
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn the_first_special_byte_is_found_wherever_it_stands() {
        let specials: Vec<u8> =
            (0..=255).filter(|byte| *byte < 0x20 || [b'"', b'\\'].contains(byte)).collect();
        for length in 0..40 {
            for byte in 0..=255 {
                for other in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                    let mut text = vec![other; length];
                    assert_eq!(first_special(&text), None);
                    for at in 0..length {
                        text[at] = byte;
                        assert_eq!(first_special(&text), specials.contains(&byte).then_some(at), "{text:?}");
                        text[at] = other;
                    }
                }
            }
        }
        assert_eq!(first_special(br#"ab\"cd""#), Some(2));
    }

    #[test]
    fn a_member_that_is_refused_ends_it() {
        assert_eq!(members(r#"{"a":1,"b":2}"#, |name, _, _| (name == "a").then_some(())), None);
    }
}
