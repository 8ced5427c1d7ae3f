//! Authorities: the scopes, roles, groups, and permissions in a token's claims, as one list.

mod claim;
mod found;
mod mapping;
mod names;

pub use claim::AuthorityClaim;
pub use found::Authorities;

pub(crate) use mapping::{Mapping, of_scope};
