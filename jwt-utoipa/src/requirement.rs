//! Which security requirements two guards have together.
//!
//! An operation has a list of requirements, of which a client meets one. A requirement names schemes, all of which it
//! takes (OpenAPI 3.1, Security Requirement Object).

use std::collections::{BTreeMap, BTreeSet};

use utoipa::openapi::SecurityRequirement;

/// Schemes, each with the names that it requires. Without schemes, it is met by every request.
pub(crate) type Requirement = BTreeMap<String, Vec<String>>;

/// The start of the key of a member of a JSON body, for which OpenAPI has no scheme. No scheme can have the colon in its
/// name.
pub(crate) const JSON: &str = "json:";

/// Returns the members of JSON bodies that requirements name.
pub(crate) fn json_members(all: &[Requirement]) -> BTreeSet<&str> {
    all.iter().flat_map(BTreeMap::keys).filter_map(|scheme| scheme.strip_prefix(JSON)).collect()
}

/// Returns the requirements of two guards, one inside the other. Each has at least one requirement.
///
/// Where both find the token in the same way, they find the same token, so it needs what either requires. A pair of
/// different ways only exists if neither guard has the way of the other one: it would use that token instead.
pub(crate) fn both(outer: &[Requirement], inner: &[Requirement]) -> Vec<Requirement> {
    let has = |all: &[Requirement], one: &Requirement| {
        !one.is_empty() && all.iter().any(|other| is_same_way(other, one))
    };
    let mut both: Vec<Requirement> = Vec::new();
    for first in outer {
        for second in inner {
            let is_real = is_same_way(first, second) || (!has(outer, second) && !has(inner, first));
            let merged = merged(first, second);
            if is_real && !both.contains(&merged) {
                both.push(merged);
            }
        }
    }
    both
}

fn is_same_way(one: &Requirement, other: &Requirement) -> bool {
    one.keys().eq(other.keys())
}

fn merged(one: &Requirement, other: &Requirement) -> Requirement {
    let mut merged = one.clone();
    for (scheme, names) in other {
        let all = merged.entry(scheme.clone()).or_default();
        for name in names {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
    }
    merged
}

/// Reads a requirement. utoipa does not give access to its parts.
pub(crate) fn read(requirement: &SecurityRequirement) -> Requirement {
    serde_json::to_value(requirement).and_then(serde_json::from_value).unwrap_or_default()
}

/// Writes a requirement without members of JSON bodies. `None` if it has nothing else.
pub(crate) fn write(requirement: &Requirement) -> Option<SecurityRequirement> {
    let expressed = requirement.iter().filter(|(scheme, _)| !scheme.starts_with(JSON));
    let written: SecurityRequirement = expressed
        .clone()
        .fold(SecurityRequirement::default(), |written, (scheme, names)| written.add(scheme, names));
    (requirement.is_empty() || expressed.count() > 0).then_some(written)
}

#[cfg(test)]
mod tests {
    use super::{Requirement, both};

    /// Reads `a:x,y+b` as the schemes `a`, with two names, and `b`.
    fn requirements(texts: &[&str]) -> Vec<Requirement> {
        let scheme = |text: &str| match text.split_once(':') {
            Some((scheme, names)) => (scheme.to_owned(), names.split(',').map(str::to_owned).collect()),
            None => (text.to_owned(), Vec::new()),
        };
        let schemes = |text: &&str| text.split('+').filter(|part| !part.is_empty()).map(scheme).collect();
        texts.iter().map(schemes).collect()
    }

    #[test]
    fn two_guards_require_what_either_requires() {
        for (outer, inner, expected) in [
            // The same way: the names add up in one requirement.
            (["a:x"].as_slice(), ["a:y"].as_slice(), ["a:x,y"].as_slice()),
            (&["a:x"], &["a:x"], &["a:x"]),
            (&["a", "b"], &["a:y", "b:y"], &["a:y", "b:y"]),
            (&["a", "b+c"], &["a:y", "b:y+c"], &["a:y", "b:y+c"]),
            // One of the guards has a way of its own, which does not help.
            (&["a:x"], &["a:y", "b:y"], &["a:x,y"]),
            (&["a:x", "b:x"], &["b:y"], &["b:x,y"]),
            // Different ways: two tokens.
            (&["a:x"], &["b:y"], &["a:x+b:y"]),
            (&["a", "b"], &["b", "c"], &["a+c", "b"]),
            // Optional tokens.
            (&["", "a"], &["a:y"], &["a:y"]),
            (&["a:x"], &["", "a"], &["a:x"]),
            (&["", "a:x"], &["", "a:y"], &["", "a:x,y"]),
            (&["", "a"], &["b"], &["b", "a+b"]),
        ] {
            assert_eq!(
                both(&requirements(outer), &requirements(inner)),
                requirements(expected),
                "{outer:?} {inner:?}"
            );
        }
    }
}
