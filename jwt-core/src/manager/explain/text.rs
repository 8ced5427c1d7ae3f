//! Values as text: escaped, and at most as long as an operator needs.

use std::fmt::Write as _;
use std::time::Duration;

use cookie::time::OffsetDateTime;
use serde_json::Value;

use crate::token::Moment;

/// The maximum number of characters of a value that are shown.
const MOST_CHARACTERS: usize = 64;

/// The maximum number of characters of a response that are shown.
const MOST_OF_RESPONSE: usize = 512;

/// The maximum number of names in a list.
const MOST_NAMES: usize = 8;

/// A value from a token, as JSON.
pub(super) fn value(value: &Value) -> String {
    match value {
        // Cut before it is quoted, so that the quotes are whole.
        Value::String(text) => name(text),
        Value::Array(values) => {
            let shown = |value: &Value| value.as_str().map_or_else(|| "…".to_owned(), name);
            let shown: Vec<_> = values.iter().take(MOST_NAMES).map(shown).collect();
            format!("[{}{}]", shown.join(", "), more(values.len()))
        }
        Value::Object(_) => "an object".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) => cut(&value.to_string(), MOST_CHARACTERS),
    }
}

/// A text in quotation marks.
pub(super) fn name(text: &str) -> String {
    // Otherwise, a name could continue with what looks like the rest of a sentence.
    format!("\"{}\"", cut(text, MOST_CHARACTERS).replace('"', "\\\""))
}

/// Names in quotation marks, or `none`.
pub(super) fn names<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    list(names.into_iter().map(|name| self::name(name.as_ref())))
}

/// Texts that are already safe, or `none`.
pub(super) fn list(texts: impl IntoIterator<Item = String>) -> String {
    let texts: Vec<_> = texts.into_iter().collect();
    let shown = texts.get(..MOST_NAMES).unwrap_or(&texts).join(", ");
    if shown.is_empty() { "none".to_owned() } else { shown + &more(texts.len()) }
}

/// The text of a response, in one line.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    cut(&String::from_utf8_lossy(bytes), MOST_OF_RESPONSE)
}

fn more(count: usize) -> String {
    match count.saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(", and {more} more"),
    }
}

/// The start of a text, escaped.
fn cut(text: &str, most: usize) -> String {
    let rest = if text.chars().nth(most).is_some() { "…" } else { "" };
    escaped(text.chars().take(most)) + rest
}

/// Replaces the characters that a terminal or a reader could take for something else: control characters, those that
/// change the direction of text, and other invisible ones.
fn escaped(characters: impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    for character in characters {
        match character {
            '"' | '\'' => text.push(character),
            character => text.extend(character.escape_debug()),
        }
    }
    text
}

/// A moment as in RFC 3339, and its distance from another one.
pub(super) fn time(moment: Moment, now: Moment) -> String {
    let mut text = String::new();
    let (seconds, now) = (moment.seconds(), now.seconds());
    match OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(utc) if (1..=9999).contains(&utc.year()) => {
            let (year, month, day) = utc.to_calendar_date();
            let (month, (hour, minute, second)) = (u8::from(month), utc.to_hms());
            _ = write!(text, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        }
        _ => _ = write!(text, "{seconds}"),
    }
    let distance = distance(seconds.abs_diff(now));
    match seconds.cmp(&now) {
        std::cmp::Ordering::Less => text + &format!(", {distance} ago"),
        std::cmp::Ordering::Equal => text + ", now",
        std::cmp::Ordering::Greater => text + &format!(", in {distance}"),
    }
}

pub(super) fn duration(duration: Duration) -> String {
    distance(duration.as_secs())
}

/// The largest unit of which there are at least two.
fn distance(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(24 * 60 * 60, "days"), (60 * 60, "hours"), (60, "minutes")];
    let unit = UNITS.iter().find(|(unit, _)| seconds.div_euclid(*unit) >= 2);
    match (unit, seconds) {
        (Some((unit, name)), _) => format!("{} {name}", seconds.div_euclid(*unit)),
        (None, 1) => "1 second".to_owned(),
        (None, _) => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwt_session::is_confusing;

    fn shown(seconds: i64) -> String {
        let moment = Moment::from_json(&seconds.to_string(), true).unwrap();
        time(moment, moment).trim_end_matches(", now").to_owned()
    }

    #[test]
    fn times_are_those_of_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_893_456_000, "2030-01-01T00:00:00Z"),
            (1_924_991_999, "2030-12-31T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (-62_135_596_800, "0001-01-01T00:00:00Z"),
            (253_402_300_800, "253402300800"),
            (i64::MAX, "9223372036854775807"),
            (i64::MIN, "-9223372036854775808"),
        ] {
            assert_eq!(shown(seconds), text);
        }
    }

    #[test]
    fn distances_have_the_largest_unit() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_199, "119 minutes"),
            (7_200, "2 hours"),
            (172_800, "2 days"),
            (u64::MAX, "213503982334601 days"),
        ] {
            assert_eq!(distance(seconds), text);
        }
    }

    #[test]
    fn what_audit_events_escape_is_escaped() {
        for character in (char::MIN..=char::MAX).filter(|character| is_confusing(*character)) {
            assert!(!name(&character.to_string()).contains(character), "{character:?}");
        }
    }

    #[test]
    fn a_text_is_cut_and_escaped() {
        assert_eq!(name("a\"b\\\n\u{1b}[31m\u{202e}é"), r#""a\"b\\\n\u{1b}[31m\u{202e}é""#);
        assert_eq!(name(&"x".repeat(64)), format!("\"{}\"", "x".repeat(64)));
        assert_eq!(name(&"x".repeat(65)), format!("\"{}…\"", "x".repeat(64)));
        assert_eq!(names(["a"; 10]), format!("{}, and 2 more", ["\"a\""; 8].join(", ")));
        assert_eq!(names::<&str>([]), "none");
    }
}
