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
    Mapping::of(vec![AuthorityClaim::new(SCOPE), AuthorityClaim::new(roles).prefix(prefix)])
});

/// The mapping of the tokens of issuers if none is configured.
static FOREIGN: LazyLock<Mapping> = LazyLock::new(|| Mapping::of(vec![AuthorityClaim::new(SCOPE)]));

/// The prefixes that presets and the default mapping use. A name without a prefix cannot begin with one of them, whatever
/// claims are mapped, because a policy does not say for which issuer it names a role.
const RESERVED: [&str; 3] = [ROLES.1, "group:", "permission:"];

/// The claims that hold the authorities of a token.
#[derive(Debug)]
pub(crate) struct Mapping {
    claims: Vec<AuthorityClaim>,
    /// The prefixes of the manager's own mapping, for the mapping of an issuer.
    taken: Vec<Box<str>>,
}

impl Mapping {
    const fn of(claims: Vec<AuthorityClaim>) -> Self {
        Self { claims, taken: Vec::new() }
    }

    /// The mapping of tokens for which none is configured. `own` says whether they are the manager's own.
    pub(crate) fn default_of(own: bool) -> &'static Self {
        if own { &OWN } else { &FOREIGN }
    }

    /// Checks the claims of the manager's own tokens. Returns `None` if the mapping is the default.
    pub(crate) fn compile(
        option: &'static str,
        claims: &[AuthorityClaim],
    ) -> Result<Option<Arc<Self>>, ConfigError> {
        let claims = Self::checked(option, claims)?;
        Ok((claims != OWN.claims).then(|| Arc::new(Self::of(claims))))
    }

    /// Checks the claims of an issuer's tokens, if some are configured. `own` is the mapping of the manager's own tokens,
    /// unless it is the default. Returns `None` if the mapping is the default for issuers.
    pub(crate) fn compile_for_issuer(
        option: &'static str,
        claims: Option<&[AuthorityClaim]>,
        own: Option<&Self>,
    ) -> Result<Option<Arc<Self>>, ConfigError> {
        let claims = Self::checked(option, claims.unwrap_or(&FOREIGN.claims))?;
        let prefixes = own.iter().flat_map(|own| &own.claims).map(|claim| &claim.prefix);
        let taken: Vec<_> = prefixes.filter(|prefix| !prefix.is_empty()).cloned().collect();
        let is_default = claims == FOREIGN.claims && taken.is_empty();
        Ok((!is_default).then(|| Arc::new(Self { claims, taken })))
    }

    fn checked(option: &'static str, claims: &[AuthorityClaim]) -> Result<Vec<AuthorityClaim>, ConfigError> {
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
        Ok(distinct)
    }

    /// The authorities in a verified payload.
    pub(crate) fn read<'t>(&'t self, payload: &'t str) -> Authorities<'t> {
        let mut found = Authorities::none();
        self.read_after(0, payload, &mut found);
        found
    }

    /// Adds the authorities in the claims after the first ones.
    fn read_after<'t>(&'t self, count: usize, payload: &'t str, found: &mut Authorities<'t>) {
        for claim in self.claims.iter().skip(count) {
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
        self.claims.iter().any(is_it)
    }

    /// The paths to the names.
    #[cfg(feature = "testing")]
    pub(crate) fn paths(&self) -> impl Iterator<Item = &[Box<str>]> {
        self.claims.iter().map(|claim| &*claim.path)
    }

    /// Whether an authority has the prefix of a claim, or one that is never that of a scope. Otherwise it is a scope.
    pub(crate) fn has_prefix(&self, authority: &str) -> bool {
        let of_claims = self.claims.iter().map(|claim| &*claim.prefix).filter(|prefix| !prefix.is_empty());
        let taken = self.taken.iter().map(|prefix| &**prefix);
        RESERVED.into_iter().chain(of_claims).chain(taken).any(|prefix| authority.starts_with(prefix))
    }

    fn add<'t>(&self, claim: &'t AuthorityClaim, json: &'t str, found: &mut Authorities<'t>) {
        let mut is_taken = false;
        add(claim, json, found, |name| {
            // Validation ensures that no prefix begins with another one. Only names without a prefix can look like others.
            let is_of_other = claim.prefix.is_empty() && self.has_prefix(name);
            is_taken |= is_of_other;
            !is_of_other
        });
        if is_taken {
            tracing::debug!(
                claim = ?claim.path,
                "a name in this claim begins with a prefix such as role:, which is not that of a scope, and was ignored"
            );
        }
    }
}

/// The scopes of a token for which no mapping is configured. `json` is the text of its `scope` claim.
pub(crate) fn of_scope(json: Option<&str>, own: bool) -> Authorities<'_> {
    let mut found = Authorities::none();
    let mapping = Mapping::default_of(own);
    if let (Some(json), Some(claim)) = (json, mapping.claims.first()) {
        mapping.add(claim, json, &mut found);
    }
    found
}

/// The names in a `scope` claim, whatever they begin with.
pub(crate) fn any_of_scope(json: Option<&str>) -> Authorities<'_> {
    let mut found = Authorities::none();
    if let (Some(json), Some(claim)) = (json, FOREIGN.claims.first()) {
        add(claim, json, &mut found, |_| true);
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
