//! The rules for the names in policies and in issued tokens.

/// The maximum number of names in a policy.
pub(crate) const MOST_NAMES: usize = 64;

/// The maximum length of a name in bytes.
pub(crate) const MOST_BYTES: usize = 256;

/// The characters that a name can contain.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NameRule {
    /// RFC 6749, 3.3: a scope is printable ASCII without spaces, quotation marks, and backslashes.
    Scope,
    /// A name in claims, with its prefix. It can contain spaces and letters of all languages.
    Authority,
}

impl NameRule {
    pub(crate) const fn permits(self, name: &str) -> bool {
        match self {
            Self::Scope => is_scope(name),
            Self::Authority => is_authority(name),
        }
    }
}

/// Whether a text is a scope (RFC 6749, 3.3).
pub(crate) const fn is_scope(name: &str) -> bool {
    let mut bytes = name.as_bytes();
    if bytes.is_empty() {
        return false;
    }
    while let [first, rest @ ..] = bytes {
        if !matches!(*first, b'!' | b'#'..=b'[' | b']'..=b'~') {
            return false;
        }
        bytes = rest;
    }
    true
}

/// Whether a text is not empty, and contains neither control characters nor what ends a quoted string.
const fn is_authority(name: &str) -> bool {
    let mut bytes = name.as_bytes();
    if bytes.is_empty() {
        return false;
    }
    while let [first, rest @ ..] = bytes {
        // In UTF-8, the control characters from U+0080 to U+009F begin with 0xC2.
        let is_control = matches!((*first, rest), (0..=0x1f | 0x7f, _) | (0xc2, [0x80..=0x9f, ..]));
        if is_control || matches!(*first, b'"' | b'\\') {
            return false;
        }
        bytes = rest;
    }
    true
}

/// The error in a list of names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Problem {
    /// A complete sentence, for an error of the compiler.
    pub(crate) sentence: &'static str,
    /// The same without its subject.
    pub(crate) predicate: &'static str,
}

macro_rules! problem {
    ($predicate:literal) => {
        Problem { sentence: concat!("this list of names ", $predicate), predicate: $predicate }
    };
}

pub(crate) const TOO_MANY: Problem =
    problem!("must not have more than 64 names: define a role or a scope that stands for several of them");

/// Returns the error in a list of names, if there is one.
pub(crate) const fn problem(names: &[&str], rule: NameRule) -> Option<Problem> {
    if names.is_empty() {
        return Some(problem!("must not be empty: pass at least one name"));
    }
    if names.len() > MOST_NAMES {
        return Some(TOO_MANY);
    }
    let mut left = names;
    while let [name, rest @ ..] = left {
        if !rule.permits(name) {
            return Some(match rule {
                NameRule::Scope => problem!(
                    "must consist of names without spaces, quotation marks, backslashes, and characters that are not \
                     printable ASCII (RFC 6749, 3.3), and none can be empty: correct the name"
                ),
                NameRule::Authority => problem!(
                    "must not contain an empty name, or one with a control character, a quotation mark, or a \
                     backslash: correct the name"
                ),
            });
        }
        if name.len() > MOST_BYTES {
            return Some(problem!("must not contain a name of more than 256 bytes: correct the name"));
        }
        if contains(rest, name) {
            return Some(problem!("must not contain a name twice: remove one of them"));
        }
        left = rest;
    }
    None
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut left = names;
    while let [first, rest @ ..] = left {
        if are_equal(first.as_bytes(), name.as_bytes()) {
            return true;
        }
        left = rest;
    }
    false
}

/// `==` is not `const`.
pub(crate) const fn are_equal(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let (mut one, mut other) = (one, other);
    while let ([first, rest @ ..], [first_of_other, rest_of_other @ ..]) = (one, other) {
        if *first != *first_of_other {
            return false;
        }
        (one, other) = (rest, rest_of_other);
    }
    true
}
