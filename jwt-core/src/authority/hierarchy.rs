//! Authorities that include others.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

use super::Authorities;
use super::rule::{MOST_BYTES, NameRule};
use crate::error::ConfigError;

/// Authorities, each with those that it includes.
pub(crate) type Table = Vec<(String, Vec<String>)>;

/// The maximum number of different names in a hierarchy.
const MOST_NAMES: usize = 256;

/// The number of authorities above which looking up hashes is faster than comparing.
const FEW: usize = 32;

/// For each authority, all others that include it, directly or not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hierarchy(HashMap<Box<str>, Vec<Box<str>>>);

/// Decides whether an authority of a token includes a required one.
pub(crate) type Matcher = dyn Fn(&str, &str) -> bool + Send + Sync;

/// What the authorities of a token permit.
#[derive(Default)]
pub(crate) struct Grants {
    pub(crate) hierarchy: Hierarchy,
    pub(crate) matcher: Option<Box<Matcher>>,
}

impl Hierarchy {
    /// Checks a table, and finds everything that each entry includes.
    pub(crate) fn compile(
        option: &'static str,
        table: &[(String, Vec<String>)],
    ) -> Result<Self, ConfigError> {
        let invalid = |problem| Err(ConfigError::invalid(option, problem));
        let mut below: HashMap<&str, Vec<&str>> = HashMap::new();
        for (name, included) in table {
            if included.is_empty() {
                return invalid("must not have an entry that includes nothing: remove the entry");
            }
            below.entry(name).or_default().extend(included.iter().map(String::as_str));
        }
        let names = || below.iter().flat_map(|(name, included)| included.iter().chain([name]));
        if !names().all(|name| NameRule::Authority.permits(name) && name.len() <= MOST_BYTES) {
            return invalid(
                "must not contain a name that is empty, that is longer than 256 bytes, or that has a control character, a \
                 quotation mark, or a backslash: correct the name",
            );
        }
        if names().collect::<HashSet<_>>().len() > MOST_NAMES {
            return invalid(
                "must not have more than 256 names: use authority_matcher() on the builder instead",
            );
        }
        let mut above: HashMap<Box<str>, Vec<Box<str>>> = HashMap::new();
        for name in below.keys() {
            let (mut seen, mut next) = (HashSet::new(), vec![*name]);
            while let Some(included) = next.pop().and_then(|name| below.get(name)) {
                let new = included.iter().filter(|name| seen.insert(**name));
                // Names that include nothing have no entry, so they would end the loop.
                next.extend(new.filter(|name| below.contains_key(**name)));
            }
            if seen.contains(name) {
                return invalid(
                    "must not have a circle, in which an authority includes itself: remove an entry",
                );
            }
            for included in seen {
                above.entry(included.into()).or_default().push((*name).into());
            }
        }
        Ok(Self(above))
    }
}

/// The authorities of a token, and what they include.
pub(crate) struct Holder<'a> {
    grants: &'a Grants,
    held: &'a Authorities<'a>,
    /// The same, if there are many.
    hashed: Option<HashSet<Cow<'a, str>>>,
}

impl Grants {
    pub(crate) fn holder<'a>(&'a self, held: &'a Authorities<'a>) -> Holder<'a> {
        Holder { grants: self, held, hashed: (held.len() > FEW).then(|| held.iter().collect()) }
    }
}

// The work for all questions grows with the sum of the authorities and the names, not with their product, except for the
// calls of a matcher.
impl Holder<'_> {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.hashed.as_ref().map_or_else(|| self.held.has(name), |hashed| hashed.contains(name))
    }

    /// Whether one of the authorities includes a required one, according to the table or the matcher.
    pub(crate) fn includes(&self, wanted: &str) -> bool {
        let above = self.grants.hierarchy.0.get(wanted);
        above.is_some_and(|above| above.iter().any(|name| self.has(name)))
            || self
                .grants
                .matcher
                .as_ref()
                .is_some_and(|matches| self.held.iter().any(|name| matches(&name, wanted)))
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grants").field("hierarchy", &self.hierarchy).finish_non_exhaustive()
    }
}
