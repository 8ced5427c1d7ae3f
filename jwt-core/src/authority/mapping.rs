//! The claims that hold authorities, as a manager uses them.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use super::names::{self, WrongType};
use super::{Authorities, AuthorityClaim};
use crate::error::ConfigError;

/// The maximum number of claims in a mapping.
const MOST_CLAIMS: usize = 16;

/// The maximum number of names in a path.
const MOST_NAMES: usize = 8;

/// The claim that holds the scopes of tokens for which no mapping is configured.
pub(crate) const SCOPE: &str = "scope";

/// The claim that holds the roles of the manager's own tokens, and the prefix of roles, if no mapping is configured.
pub(crate) const ROLES: (&str, &str) = ("roles", "role:");

/// The mapping of the manager's own tokens if none is configured.
static OWN: LazyLock<Mapping> = LazyLock::new(|| {
    let (roles, prefix) = ROLES;
    Mapping(vec![AuthorityClaim::new(SCOPE), AuthorityClaim::new(roles).prefix(prefix)])
});

/// The mapping of the tokens of issuers if none is configured.
static FOREIGN: LazyLock<Mapping> = LazyLock::new(|| Mapping(vec![AuthorityClaim::new(SCOPE)]));

/// The claims that hold the authorities of a token.
#[derive(Debug)]
pub(crate) struct Mapping(Vec<AuthorityClaim>);

impl Mapping {
    /// The mapping of tokens for which none is configured. `own` says whether they are the manager's own.
    pub(crate) fn default_of(own: bool) -> &'static Self {
        if own { &OWN } else { &FOREIGN }
    }

    /// Checks the claims. Returns `None` if the mapping is the default for such tokens.
    pub(crate) fn compile(
        option: &'static str,
        claims: &[AuthorityClaim],
        own: bool,
    ) -> Result<Option<Arc<Self>>, ConfigError> {
        let invalid = |problem| Err(ConfigError::invalid(option, problem));
        let mut distinct: Vec<AuthorityClaim> = Vec::new();
        for claim in claims {
            if !distinct.contains(claim) {
                distinct.push(claim.clone());
            }
        }
        if distinct.len() > MOST_CLAIMS {
            return invalid("must not have more than 16 claims: keep those that your policies need");
        }
        let is_bad_path = |path: &[Box<str>]| {
            path.is_empty() || path.len() > MOST_NAMES || path.iter().any(|name| name.is_empty())
        };
        if distinct.iter().any(|claim| is_bad_path(&claim.path)) {
            return invalid(
                "must have paths of one to eight names, none of them empty: pass the name of the claim, and the names of the \
                 members below it",
            );
        }
        let is_below = |one: &str, other: &str| !one.is_empty() && one != other && other.starts_with(one);
        let is_ambiguous =
            |claim: &AuthorityClaim| distinct.iter().any(|other| is_below(&claim.prefix, &other.prefix));
        if distinct.iter().any(is_ambiguous) {
            return invalid(
                "must not have a prefix that begins with another one, because an authority could come from either claim: \
                 choose prefixes such as role: and group:",
            );
        }
        let is_default = distinct == Self::default_of(own).0;
        Ok((!is_default).then(|| Arc::new(Self(distinct))))
    }

    /// The authorities in a verified payload.
    pub(crate) fn read<'t>(&'t self, payload: &'t str) -> Authorities<'t> {
        let mut found = Authorities::none();
        self.read_after(0, payload, &mut found);
        found
    }

    /// Adds the authorities in the claims after the first ones.
    fn read_after<'t>(&'t self, count: usize, payload: &'t str, found: &mut Authorities<'t>) {
        for claim in self.0.iter().skip(count) {
            match names::value_at(payload, &claim.path) {
                Ok(Some(json)) => self.add(claim, json, found),
                Ok(None) => {}
                Err(WrongType) => log_wrong_type(claim),
            }
        }
    }

    /// Whether the names in this top-level claim become authorities with this prefix.
    pub(crate) fn reads(&self, name: &str, prefix: &str) -> bool {
        let is_it = |claim: &AuthorityClaim| {
            matches!(&*claim.path, [only] if **only == *name)
                && *claim.prefix == *prefix
                && !claim.member_names
        };
        self.0.iter().any(is_it)
    }

    /// Whether an authority has the prefix of a claim. Otherwise it is a scope.
    pub(crate) fn has_prefix(&self, authority: &str) -> bool {
        self.0.iter().any(|claim| !claim.prefix.is_empty() && authority.starts_with(&*claim.prefix))
    }

    fn add<'t>(&self, claim: &'t AuthorityClaim, json: &'t str, found: &mut Authorities<'t>) {
        let mut is_taken = false;
        add(claim, json, found, |name| {
            // Validation ensures that no prefix begins with another one. Only names without a prefix can look like others.
            let is_of_other = claim.prefix.is_empty()
                && self.0.iter().any(|other| !other.prefix.is_empty() && name.starts_with(&*other.prefix));
            is_taken |= is_of_other;
            !is_of_other
        });
        if is_taken {
            tracing::debug!(
                claim = ?claim.path,
                "a name in this claim begins with the prefix of another claim and was ignored"
            );
        }
    }
}

/// The scopes of a token for which no mapping is configured. `json` is the text of its `scope` claim.
pub(crate) fn of_scope(json: Option<&str>, own: bool) -> Authorities<'_> {
    let mut found = Authorities::none();
    let mapping = Mapping::default_of(own);
    if let (Some(json), Some(claim)) = (json, mapping.0.first()) {
        mapping.add(claim, json, &mut found);
    }
    found
}

/// Adds the other authorities of a token for which no mapping is configured to those of [`of_scope`].
pub(crate) fn add_others<'t>(payload: &'t str, own: bool, found: &mut Authorities<'t>) {
    Mapping::default_of(own).read_after(1, payload, found);
}

/// Adds the names in a claim that are permitted.
fn add<'t>(
    claim: &'t AuthorityClaim,
    json: &'t str,
    found: &mut Authorities<'t>,
    mut is_permitted: impl FnMut(&str) -> bool,
) {
    let mut has_space = false;
    let each = |name: Cow<'t, str>| {
        // RFC 6749, 3.3: a scope does not contain a space.
        let is_scope = !claim.prefix.is_empty() || !name.contains(' ');
        has_space |= !is_scope;
        if !name.is_empty() && is_scope && is_permitted(&name) {
            found.add(&claim.prefix, name);
        }
    };
    let read = if claim.member_names { names::of_members(json, each) } else { names::listed(json, each) };
    if read.is_err() {
        log_wrong_type(claim);
    }
    if has_space {
        tracing::debug!(claim = ?claim.path, "a scope in this claim contains a space and was ignored");
    }
}

fn log_wrong_type(claim: &AuthorityClaim) {
    tracing::debug!(claim = ?claim.path, "this claim holds something that is not an authority, which was ignored");
}
