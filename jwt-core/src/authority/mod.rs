//! Authorities: the scopes, roles, groups, and permissions in a token's claims, as one list.

mod claim;
mod found;
mod hierarchy;
mod mapping;
mod names;
mod required;
mod rule;

pub use claim::AuthorityClaim;
pub use found::Authorities;
pub use required::RequiredAuthorities;

pub(crate) use hierarchy::{Grants, Hierarchy, Matcher, Table};
pub(crate) use mapping::{Mapping, ROLES, SCOPE, add_others, any_of_scope, of_scope};
pub(crate) use rule::{MOST_BYTES, MOST_NAMES, NameRule, Problem, TOO_MANY, are_equal, is_scope, problem};
