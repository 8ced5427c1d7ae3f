//! The encoding of names. PostgreSQL's text columns cannot hold NUL, and its indexes limit the length of a value.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// An index entry holds up to 2704 bytes. No index has more than two of these keys.
const LONGEST_KEY: usize = 512;

/// Escapes NUL. Different texts have different escaped forms, and most texts do not change.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if text.contains(['\\', '\0']) {
        Cow::Owned(text.replace('\\', "\\\\").replace('\0', "\\0"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Reverses [`escaped`].
pub(super) fn unescaped(text: String) -> String {
    if !text.contains('\\') {
        return text;
    }
    let mut unescaped = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        unescaped.push(match character {
            '\\' if characters.next() == Some('0') => '\0',
            other => other,
        });
    }
    unescaped
}

fn is_long(escaped: &str) -> bool {
    escaped.len() > LONGEST_KEY
}

/// Returns the key of the text in an index: the escaped text, or a hash if that is too long. No escaped text starts
/// like a hash.
pub(super) fn key(text: &str) -> Cow<'_, str> {
    let escaped = escaped(text);
    if !is_long(&escaped) {
        return escaped;
    }
    let mut key = "\\sha256:".to_owned();
    for byte in Sha256::digest(text) {
        // Writing to a string cannot fail.
        let _ = write!(key, "{byte:02x}");
    }
    Cow::Owned(key)
}

/// Returns the escaped text if its [`key`] is a hash.
pub(super) fn whole(text: &str) -> Option<Cow<'_, str>> {
    Some(escaped(text)).filter(|escaped| is_long(escaped))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_and_only_the_odd_ones_are_changed() {
        for (text, stored) in [
            ("", ""),
            ("alice", "alice"),
            ("ä🦀'\"", "ä🦀'\""),
            ("\\", "\\\\"),
            ("\\0", "\\\\0"),
            ("\0", "\\0"),
            ("\\\0", "\\\\\\0"),
            ("\0\\0\\\\", "\\0\\\\0\\\\\\\\"),
            ("\\sha256:", "\\\\sha256:"),
        ] {
            assert_eq!(escaped(text), stored);
            assert_eq!(unescaped(stored.to_owned()), text);
            assert_eq!(key(text), stored);
            assert_eq!(whole(text), None);
        }
    }

    #[test]
    fn a_long_text_has_a_short_key_that_no_text_has() {
        let long = "a".repeat(LONGEST_KEY);
        assert_eq!(key(&long), long);
        let longer = format!("{long}a");
        let hash = key(&longer).into_owned();
        assert_eq!(hash, "\\sha256:02425c0f5b0dabf3d2b9115f3f7723a02ad8bcfb1534a0d231614fd42b8188f6");
        assert_eq!(whole(&longer).as_deref(), Some(longer.as_str()));
        assert_ne!(key(&hash), hash);
        assert_ne!(key(&format!("{long}b")), hash);
    }

    #[test]
    fn what_counts_is_the_length_after_escaping() {
        let escaping = "\0".repeat(LONGEST_KEY / 2);
        assert_eq!(key(&escaping).len(), LONGEST_KEY);
        assert_eq!(whole(&escaping), None);
        let longer = format!("{escaping}a");
        assert!(key(&longer).starts_with("\\sha256:"));
        assert_eq!(whole(&longer).map(|whole| unescaped(whole.into_owned())), Some(longer));
    }
}
