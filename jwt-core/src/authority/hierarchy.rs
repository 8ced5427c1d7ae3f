//! Authorities that include others.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

use super::Authorities;
use super::rule::{MOST_BYTES, NameRule};
use crate::error::ConfigError;

/// The maximum number of different names in a hierarchy.
const MOST_NAMES: usize = 256;

/// The number of authorities above which looking up hashes is faster than comparing.
const FEW: usize = 32;

/// For each authority, all others that include it, directly or not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hierarchy(HashMap<Box<str>, Vec<Box<str>>>);

/// Decides whether an authority of a token includes a required one.
type Matcher = dyn Fn(&str, &str) -> bool + Send + Sync;

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
            return invalid("must not have more than 256 names: use authority_matcher() on the builder instead");
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
                return invalid("must not have a circle, in which an authority includes itself: remove an entry");
            }
            for included in seen {
                above.entry(included.into()).or_default().push((*name).into());
            }
        }
        Ok(Self(above))
    }
}

impl Grants {
    /// Whether a token with these authorities has one of each group. The work grows with the sum of both, not with their
    /// product, except for the calls of a matcher.
    pub(crate) fn permit<'w, N: IntoIterator<Item = &'w str>>(
        &self,
        held: &Authorities<'_>,
        mut groups: impl Iterator<Item = N>,
    ) -> bool {
        let hashed: Option<HashSet<Cow<'_, str>>> = (held.len() > FEW).then(|| held.iter().collect());
        let has = |name: &str| hashed.as_ref().map_or_else(|| held.has(name), |hashed| hashed.contains(name));
        let is_included = |wanted: &str| {
            self.hierarchy.0.get(wanted).is_some_and(|above| above.iter().any(|name| has(name)))
        };
        let is_matched = |wanted: &str| {
            self.matcher.as_ref().is_some_and(|matches| held.iter().any(|name| matches(&name, wanted)))
        };
        groups.all(|group| {
            group.into_iter().any(|wanted| has(wanted) || is_included(wanted) || is_matched(wanted))
        })
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grants").field("hierarchy", &self.hierarchy).finish_non_exhaustive()
    }
}
