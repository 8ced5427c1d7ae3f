//! Policies that guards take as values, and extractors as types.

use std::time::Duration;

use jwt_core::{Policy, TokenPolicy};

use crate::PARTNER;

/// The number of listed policies.
pub const LISTED: usize = 12;

/// Returns the policy with this number.
///
/// # Panics
/// Panics if there is none.
pub const fn listed(number: usize) -> Policy {
    let access = Policy::access();
    match number {
        0 => access.scopes(&["read"]),
        1 => access.scopes(&["read", "write"]),
        2 => access.authorities(&["role:staff"]),
        3 => access.any_authority(&["orders:write", "role:admin"]),
        4 => access
            .scopes(&["read"])
            .authorities(&["role:staff"])
            .any_authority(&["role:admin", "orders:write"]),
        5 => access.acr_values(&["phrh", "phr"]),
        6 => access.max_age(Duration::from_secs(60)),
        7 => access.acr_values(&["phr"]).max_age(Duration::from_secs(300)).scopes(&["read"]),
        8 => access.issuers(&[PARTNER]).authorities(&["role:staff", "read"]),
        9 => access.optional().scopes(&["read"]),
        10 => access.authorities(&["log"]),
        11 => access.fresh().acr_values(&["phr"]),
        _ => panic!("there is no such policy"),
    }
}

/// The type of a listed policy.
#[derive(Debug)]
pub struct Listed<const NUMBER: usize>;

impl<const NUMBER: usize> TokenPolicy for Listed<NUMBER> {
    const POLICY: Policy = listed(NUMBER);
}

/// Evaluates an expression with the type of a listed policy.
macro_rules! with_listed {
    ($number:expr, |$policy:ident| $value:expr) => {
        with_listed!(@ $number, $policy, $value, 0 1 2 3 4 5 6 7 8 9 10 11)
    };
    (@ $number:expr, $policy:ident, $value:expr, $($each:literal)+) => {
        match $number {
            $($each => {
                type $policy = $crate::listed::Listed<$each>;
                $value
            })+
            _ => panic!("there is no such policy"),
        }
    };
}
pub(crate) use with_listed;
