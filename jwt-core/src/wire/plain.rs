//! A single pass over the JSON that most tokens have, without a parser.

/// The shape of a value that has been read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    /// A string without escapes.
    Text,
    /// A whole number with this value.
    Whole(i64),
    /// Any other value.
    Other,
}

/// Calls `member` with the name, position, and shape of each member of a simple object.
///
/// A simple object has no white space and no escapes. Its values are strings, whole numbers, `true`, `false`, `null`,
/// and lists of these. Returns `None` if the object is not simple, or if `member` returns `None`. The text can still be
/// valid, so a full parser must decide.
pub(super) fn members<'a>(
    json: &'a str,
    mut member: impl FnMut(&'a str, (usize, usize), Shape) -> Option<()>,
) -> Option<()> {
    let bytes = json.as_bytes();
    if bytes.first() != Some(&b'{') {
        return None;
    }
    let mut at = 1;
    loop {
        let name_end = string(bytes, at)?;
        let [quote, colon] = [name_end.wrapping_sub(1), name_end];
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let start = colon.wrapping_add(1);
        let (shape, end) = match bytes.get(start)? {
            b'[' => (Shape::Other, list(bytes, start)?),
            _ => scalar(bytes, start)?,
        };
        member(json.get(at.wrapping_add(1)..quote)?, (start, end), shape)?;
        let next = end.wrapping_add(1);
        match bytes.get(end)? {
            b',' => at = next,
            b'}' => return (next == bytes.len()).then_some(()),
            _ => return None,
        }
    }
}

// Positions are less than the length of the text, so adding one never wraps. `get` rejects a position past the end.

/// Returns the end of the string that starts at `at` (RFC 8259, 7).
#[inline(always)]
fn string(json: &[u8], at: usize) -> Option<usize> {
    if json.get(at) != Some(&b'"') {
        return None;
    }
    let inside = at.wrapping_add(1);
    let end = inside.wrapping_add(first_special(json.get(inside..)?)?);
    (json.get(end) == Some(&b'"')).then_some(end.wrapping_add(1))
}

#[inline(always)]
fn scalar(json: &[u8], at: usize) -> Option<(Shape, usize)> {
    let word = |word: &[u8]| {
        let end = at.wrapping_add(word.len());
        (json.get(at..end)? == word).then_some((Shape::Other, end))
    };
    match json.get(at)? {
        b'"' => string(json, at).map(|end| (Shape::Text, end)),
        b't' => word(b"true"),
        b'f' => word(b"false"),
        b'n' => word(b"null"),
        b'0' => Some((Shape::Whole(0), at.wrapping_add(1))),
        _ => whole(json, at),
    }
}

/// Reads a number of at most eighteen digits, which fits in every integer type that it is read into.
#[inline(always)]
fn whole(json: &[u8], at: usize) -> Option<(Shape, usize)> {
    let (mut number, mut end) = (0_i64, at);
    while let Some(digit @ b'0'..=b'9') = json.get(end) {
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit.wrapping_sub(b'0')));
        end = end.wrapping_add(1);
    }
    (1..=18).contains(&end.wrapping_sub(at)).then_some((Shape::Whole(number), end))
}

fn list(json: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    loop {
        let (_, end) = scalar(json, at.wrapping_add(1))?;
        match json.get(end)? {
            b',' => at = end,
            b']' => return Some(end.wrapping_add(1)),
            _ => return None,
        }
    }
}

/// Finds the first byte that a JSON string cannot contain as is: a quotation mark, a backslash, or a control character.
/// Each step checks eight bytes (Warren, Hacker's Delight, 6-1: a zero byte borrows from the bit above it).
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
            // Borrows propagate upwards, so the lowest mark is always correct.
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
        members(json, |name, (start, end), shape| {
            let value = &json[start..end];
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
