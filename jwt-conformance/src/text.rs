//! Names that some stores handle incorrectly.

use crate::login::Names;

/// Texts with a meaning in SQL, Redis, a shell, or a format string, and rare characters.
const ODD: &[&str] = &[
    "'",
    "\"",
    "`",
    "''",
    "'; DROP TABLE sessions; --",
    "\\",
    "\\'",
    "\\0",
    "%",
    "%s",
    "_",
    "*",
    "?",
    "[a-z]",
    "^",
    "+",
    "(",
    "{}",
    "{tag}",
    "{0}",
    "$1",
    "?1",
    ":name",
    "@name",
    "#",
    ";",
    ",",
    "&",
    "|",
    "/",
    "../",
    ":",
    "::",
    ".",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\0",
    "a\0b",
    "\u{1f}",
    "\u{7f}",
    "ü",
    "u\u{308}",
    "ß",
    "İ",
    "😀",
    "\u{202e}",
    "\u{feff}",
    "\u{fffd}",
    "\u{10ffff}",
    "NULL",
    "null",
    "true",
    "0",
    "-1",
    "1e3",
    "0x1f",
];

/// Pairs of different texts that some comparisons treat as equal.
const ALIKE: &[(&str, &str)] = &[
    ("a", "A"),
    ("é", "É"),
    ("a", "á"),
    ("a", "a "),
    ("a", " a"),
    ("a", "a\n"),
    ("a", "a\0"),
    ("a\0b", "a\0c"),
    ("1", "01"),
    ("1", "1.0"),
    ("10", "1e1"),
    ("0", "-0"),
    ("\u{e9}", "e\u{301}"),
    ("ß", "ss"),
    ("i", "ı"),
    ("a", "\u{ff41}"),
    ("a", "а"), // the second is Cyrillic
    ("a", "a\u{200b}"),
    ("%", "x"),
    ("_", "x"),
    ("*", "x"),
    ("?", "x"),
    ("[a-z]", "x"),
    (".", "x"),
    ("\\", "\\\\"),
    ("'", "''"),
    ("null", "NULL"),
    ("😀", "😁"),
];

/// Separators that a store could join names with.
pub(crate) const SEPARATORS: &[&str] = &[
    "", ":", "::", "/", "|", "-", "_", ".", ",", ";", "#", "@", " ", "\t", "\n", "\0", "\u{1f}", "\\", "\"",
    "'",
];

/// A text that is longer than an index allows.
fn long() -> String {
    "longer than an index takes; ".repeat(10_000 / 28)
}

pub(crate) fn odd() -> impl Iterator<Item = String> {
    ODD.iter().map(|text| (*text).to_owned()).chain([long(), "ü".repeat(5_000)])
}

/// Returns pairs of similar names, in both orders, with the text at the start and at the end. Each pair has its own
/// names.
pub(crate) fn alike(names: &Names) -> Vec<(Names, String, String)> {
    let (a, b) = (format!("{}a", long()), format!("{}b", long()));
    let mut all = Vec::new();
    for (number, (one, other)) in ALIKE.iter().copied().chain([(&*a, &*b)]).enumerate() {
        for (turn, [one, other]) in [[one, other], [other, one]].into_iter().enumerate() {
            let names = names.inner(&format!("{number}-{turn}"));
            let [one, other] = [one, other].map(|text| names.both_ways(text));
            for (way, (one, other)) in one.into_iter().zip(other).enumerate() {
                all.push((names.inner(&way.to_string()), one, other));
            }
        }
    }
    all
}
