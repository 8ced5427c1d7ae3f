//! Finds phrases that the style guide in CONTRIBUTING.md advises against: in Markdown pages, in comments, and in the
//! error, log, and help texts of the published crates and the examples.

use std::fs;
use std::path::{Path, PathBuf};

use crate::layout::root;

/// Phrases with the same advice.
struct Pattern {
    /// Whole words in lowercase.
    phrases: &'static [&'static str],
    /// What to write instead.
    advice: &'static str,
    /// Longer phrases that contain one of `phrases` and are good English.
    unless: &'static [&'static str],
}

const fn pattern(phrases: &'static [&'static str], advice: &'static str) -> Pattern {
    Pattern { phrases, advice, unless: &[] }
}

impl Pattern {
    const fn unless(self, unless: &'static [&'static str]) -> Self {
        Self { unless, ..self }
    }
}

/// Only patterns with few false positives.
const PATTERNS: &[Pattern] = &[
    pattern(&["is no", "are no", "was no", "were no"], "is not a").unless(&[
        "there is no",
        "there are no",
        "there was no",
        "there were no",
        "is no longer",
        "are no longer",
        "was no longer",
        "were no longer",
        "is no more",
        "are no more",
    ]),
    pattern(&["is none", "are none", "was none"], "is not one").unless(&[
        "there is none",
        "there are none",
        "there was none",
    ]),
    pattern(&["has not every", "have not every", "has not the", "have not the"], "lacks, does not have"),
    pattern(&["the mend", "to mend", "can mend", "mends"], "the fix, to fix"),
    pattern(&["the reference", "the original"], "flask-jwt-extended")
        .unless(&["the reference documentation"]),
    pattern(&["what is wrong", "what was wrong"], "name it: the error"),
    pattern(&["is made of", "are made of"], "consists of, contains"),
    pattern(&["one's own", "application's own"], "your own, custom, application-defined"),
    pattern(&["asks for", "asked for"], "requires, requests"),
    pattern(&["time is over", "whose time"], "has expired"),
    pattern(&["whom", "whoever", "who loses"], "name the subject: a client that, anyone who"),
    pattern(&["goes by", "go by"], "uses, depends on").unless(&["time goes by"]),
    pattern(&["in place of"], "instead of"),
    pattern(&["but for"], "except"),
    pattern(&["beside"], "in addition to, alongside, next to"),
    pattern(
        &["stands in", "stand in", "stands at", "stand at", "stands there", "may stand", "can stand"],
        "is in, appears in",
    ),
    pattern(&["stand twice", "stands twice", "stand alone in"], "appear twice"),
    pattern(
        &["is told", "are told", "is asked", "are asked"],
        "receives; or name the caller: the manager calls",
    ),
    pattern(
        &["is taken for", "are taken for", "is held to", "are held to", "held against"],
        "use a direct verb",
    ),
    pattern(&["so long", "so many"], "that long, this many").unless(&["so long as"]),
    pattern(
        &["for all alike", "as ever", "for ever", "anew", "in vain"],
        "the same for all, as before, forever, again",
    ),
    pattern(&["is to be", "are to be", "to become of"], "should be, has to be"),
    pattern(&["at hand", "can be had", "to be had"], "available"),
    pattern(
        &["is looked at", "are looked at", "was looked at", "were looked at"],
        "is checked, is read, is examined",
    ),
    pattern(
        &["answers 400", "answers 401", "answers 403", "answers 422", "answers 500", "answers 503"],
        "responds with, returns",
    ),
    pattern(&["answers with", "answered with"], "responds with, the response is"),
    pattern(&["is refused", "are refused", "was refused", "were refused"], "is rejected")
        .unless(&["connection is refused", "connections are refused"]),
    pattern(&["where there is", "where there are"], "if there is, if there are"),
    pattern(&["anybody", "somebody"], "anyone, someone"),
    pattern(&["mistakes of the application", "mistake of the application"], "a bug in the application"),
    pattern(&["hand-written", "dearer"], "handwritten, more expensive"),
    pattern(&["fulfil", "fulfils"], "satisfy, satisfies"),
    pattern(&["log-in", "log-ins"], "login, logins; as a verb: log in"),
    pattern(&["log-out", "log-outs"], "logout, logouts; as a verb: log out"),
    pattern(&["look-up", "look-ups"], "lookup, lookups; as a verb: look up"),
    pattern(&["to the letter"], "exactly, word for word"),
    pattern(&["of ours", "strangers", "shall", "thereof"], "say it plainly"),
    pattern(&["licence", "licences", "licenced"], "license (American spelling)"),
    pattern(
        &["behaviour", "colour", "colours", "favour", "honour", "honoured", "judgement"],
        "behavior, color, favor, honor, judgment",
    ),
    pattern(&["cancelled", "labelled", "towards", "whilst"], "canceled, labeled, toward, while"),
    pattern(
        &[
            "initialise",
            "initialised",
            "minimise",
            "normalise",
            "normalised",
            "optimise",
            "optimised",
            "recognise",
            "recognised",
            "serialise",
            "serialised",
        ],
        "-ize",
    ),
];

/// Phrases that are right where they are: a file, a phrase, and the reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("jwt-conformance/tests/conformance/flaw.rs", "the reference", "the reference store of these tests"),
    ("jwt-conformance/tests/conformance/tables.rs", "the reference", "the reference store of these tests"),
];

/// Files whose string literals are not checked, with the reason.
const QUOTED: &[(&str, &str)] =
    &[("jwt-core/src/response/reason.rs", "these responses are those of flask-jwt-extended, word for word")];

/// A piece of continuous text, such as a paragraph.
#[derive(Default)]
struct Passage {
    text: String,
    /// The offset and the number of each line.
    lines: Vec<(usize, usize)>,
}

impl Passage {
    fn of(number: usize, line: &str) -> Self {
        let mut passage = Self::default();
        passage.push(number, line);
        passage
    }

    fn push(&mut self, number: usize, line: &str) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.lines.push((self.text.len(), number));
        self.text.push_str(line.trim());
    }

    fn line_at(&self, offset: usize) -> usize {
        self.lines.iter().rev().find(|(start, _)| *start <= offset).map_or(0, |(_, number)| *number)
    }

    /// Returns each phrase that occurs, with its line and the advice.
    fn findings(&self) -> Vec<(usize, &'static str, &'static str)> {
        let text = without_code(&self.text.to_ascii_lowercase());
        let mut found = Vec::new();
        for Pattern { phrases, advice, unless } in PATTERNS {
            let allowed: Vec<_> = unless.iter().flat_map(|phrase| spans(&text, phrase)).collect();
            let mut covered: Vec<(usize, usize)> = Vec::new();
            for phrase in *phrases {
                for (start, end) in spans(&text, phrase) {
                    let inside = |(from, to): &(usize, usize)| *from <= start && end <= *to;
                    if !allowed.iter().any(inside) && !covered.iter().any(inside) {
                        covered.push((start, end));
                        found.push((self.line_at(start), *phrase, *advice));
                    }
                }
            }
        }
        found.sort_unstable();
        found
    }
}

/// Returns where a phrase occurs as whole words.
fn spans(text: &str, phrase: &str) -> Vec<(usize, usize)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let starts = text.match_indices(phrase).map(|(start, _)| (start, start + phrase.len()));
    let whole = starts.filter(|(start, end)| {
        !text[..*start].ends_with(|c| is_word(c) || c == '-') && !text[*end..].starts_with(is_word)
    });
    whole.collect()
}

/// Blanks out code spans and link targets. Offsets stay the same.
fn without_code(text: &str) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['`', ']']) {
        let (before, from) = rest.split_at(start);
        let (open, close) = if from.starts_with('`') {
            let ticks = from.len() - from.trim_start_matches('`').len();
            (&from[..ticks], &from[..ticks])
        } else if from.starts_with("](") {
            ("](", ")")
        } else {
            ("]", "")
        };
        let end = from[open.len()..].find(close).map_or(open.len(), |end| open.len() + end + close.len());
        blanked.push_str(before);
        blanked.extend(std::iter::repeat_n('`', end));
        rest = &from[end..];
    }
    blanked + rest
}

/// Returns the passages of a Markdown text, except code blocks and link definitions.
fn markdown<'a>(lines: impl IntoIterator<Item = (usize, &'a str)>) -> Vec<Passage> {
    let mut passages = vec![Passage::default()];
    let mut is_code = false;
    for (number, line) in lines {
        let line = line.trim();
        let is_item = line.starts_with(['|', '#', '>']) || line.starts_with("- ") || line.starts_with("* ");
        if line.starts_with("```") {
            is_code = !is_code;
            passages.push(Passage::default());
        } else if line.is_empty() || (line.starts_with('[') && line.contains("]: ")) {
            passages.push(Passage::default());
        } else if !is_code && is_item {
            passages.push(Passage::of(number, line));
        } else if !is_code && let Some(passage) = passages.last_mut() {
            passage.push(number, line);
        }
    }
    passages
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// Returns the passages of the comments in Rust code.
fn comments(text: &str) -> Vec<Passage> {
    let lines: Vec<_> = numbered(text).map(|(number, line)| (number, comment(line))).collect();
    let chunks = lines.chunk_by(|(_, one), (_, next)| one.is_some() == next.is_some());
    let prose = chunks.map(|lines| lines.iter().filter_map(|(number, line)| Some((*number, (*line)?))));
    prose.flat_map(markdown).collect()
}

/// Returns the text of a line that is a comment.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("//!").or(line.strip_prefix("///")).or(line.strip_prefix("//"))
}

/// Returns the string literals in Rust code, except those in comments and in unit tests.
fn string_literals(text: &str) -> Vec<Passage> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find(['"', '/', '\'']) {
        at += next;
        let rest = &text[at..];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(literal) = rest.strip_prefix('"') {
            let before = &text[..at];
            let unhashed = before.trim_end_matches('#');
            let end = if unhashed.ends_with('r') {
                literal.find(&format!("\"{}", &before[unhashed.len()..]))
            } else {
                end_of_literal(literal)
            };
            let end = end.unwrap_or(literal.len());
            let first = before.matches('\n').count() + 1;
            let mut passage = Passage::default();
            for (index, line) in literal[..end].split('\n').enumerate() {
                passage.push(first + index, line.trim_end_matches('\\'));
            }
            found.push(passage);
            at = (at + end + 2).min(text.len());
        } else if rest.starts_with("'\\") {
            // An escaped character, such as a quote.
            at = (at + 3).min(text.len());
        } else if rest.starts_with("'\"'") {
            at += 3;
        } else {
            at += 1;
        }
    }
    found
}

/// Returns the length of a string literal up to its closing quote.
fn end_of_literal(literal: &str) -> Option<usize> {
    let mut is_escaped = false;
    literal.char_indices().find_map(|(index, c)| {
        let is_end = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end.then_some(index)
    })
}

/// Returns all files in the repository with this extension, relative to its root, without those that cargo and the
/// fuzzer write.
pub(crate) fn files(extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let is_written =
                    ["target", "corpus", "artifacts"].contains(&&*name) && !path.ends_with("src/corpus");
                if !is_written && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Returns whether the strings in a file are texts for users: in the published crates and in the examples.
fn speaks_to_users(file: &Path) -> bool {
    let is_quoted = QUOTED.iter().any(|(quoted, _)| file == Path::new(quoted));
    let is_source = file.components().any(|part| part.as_os_str() == "src");
    is_source
        && !is_quoted
        && ["jwt-", "examples"].iter().any(|start| file.to_string_lossy().starts_with(start))
}

fn passages(file: &Path) -> Vec<Passage> {
    let text = fs::read_to_string(root().join(file)).unwrap();
    if file.extension().is_some_and(|extension| extension == "md") {
        return markdown(numbered(&text));
    }
    let mut passages = comments(&text);
    if speaks_to_users(file) {
        passages.extend(string_literals(&text));
    }
    passages
}

#[test]
fn the_style_guide_is_followed() {
    let files = [files("md"), files("rs")].concat();
    for known in ["README.md", "jwt-core/src/guide/design.md", "jwt-core/src/lib.md", "jwt-core/src/lib.rs"] {
        assert!(files.iter().any(|file| file == Path::new(known)), "{known} was not found");
    }
    let mut report = String::new();
    for file in &files {
        for (line, phrase, advice) in passages(file).iter().flat_map(Passage::findings) {
            let file = file.display();
            let is_excepted =
                |(name, excepted, _): &(&str, &str, &str)| file.to_string() == *name && phrase == *excepted;
            if !EXCEPTIONS.iter().any(is_excepted) {
                report += &format!("{file}:{line}: \"{phrase}\": write: {advice}\n");
            }
        }
    }
    assert!(report.is_empty(), "see \"Writing\" in CONTRIBUTING.md\n{report}");
}

/// Returns the lines and phrases that are found in these passages.
fn found(passages: &[Passage]) -> Vec<(usize, &'static str)> {
    passages.iter().flat_map(Passage::findings).map(|(line, phrase, _)| (line, phrase)).collect()
}

#[test]
fn phrases_are_found_in_markdown() {
    let page =
        "# A token is no key\n\nFirst line, but\nfor the second.\n\n- A list: the mend\n| a | beside |\n";
    assert_eq!(
        found(&markdown(numbered(page))),
        [(1, "is no"), (3, "but for"), (6, "the mend"), (7, "beside")]
    );
}

#[test]
fn good_english_and_code_are_left_alone() {
    let page = "There is no key, which is no longer used; besides, `is no` and\n`to mend` are [code](beside/the mend).\n\n\
        ```sh\necho this is no prose\n```\nThis is nothing, and a blog-in is one word.\n\n[beside]: but for it\n";
    assert_eq!(found(&markdown(numbered(page))), []);
}

#[test]
fn phrases_are_found_in_comments() {
    let code = "//! It goes\n//! by its name.\n\n/// Returns `a`, in place of `b`.\n///\n/// ```\n/// // goes by\n/// ```\n\
        fn a() {} // goes by\n    /// A log-in.\n\n// Written\n// anew.\n";
    assert_eq!(found(&comments(code)), [(1, "goes by"), (4, "in place of"), (10, "log-in"), (13, "anew")]);
}

#[test]
fn phrases_are_found_in_texts() {
    let code = "#[error(\"token is no\\\n    token\")]\nlet quote = ('\"', '\\'', b'\"'); // \"goes by\"\nwarn!(\"as ever\");\n\
        let raw = r#\"a \"log-out\" here\"#;\n#[cfg(test)]\n\"goes by\"";
    assert_eq!(found(&string_literals(code)), [(1, "is no"), (4, "as ever"), (5, "log-out")]);
}
