//! The policies of the table. Guards take them as values, and extractors as types.

use std::time::Duration;

use jwt_core::{Policy, RequestInfo, Token, TokenPolicy, Verdict};

use super::application::{AUTH0, COGNITO, ENTRA, KEYCLOAK, PARTNER};

/// Defines each policy as a number, because [`Extractor::Listed`](crate::Extractor::Listed) is a value. `$d` is a dollar
/// sign for the macro within.
macro_rules! policies {
    (($d:tt) $($name:ident = $policy:expr;)+) => {
        #[expect(clippy::upper_case_acronyms, non_camel_case_types, reason = "they are counted, not used")]
        enum Number { $($name),+ }

        $(pub(crate) const $name: usize = Number::$name as usize;)+

        /// The names of the policies, and how they are written.
        pub(super) const LISTED: &[(&str, &str)] = &[$((stringify!($name), stringify!($policy))),+];

        /// Returns the policy with this number.
        ///
        /// # Panics
        /// Panics if there is none.
        pub(super) const fn listed(number: usize) -> Policy {
            match number {
                $($name => $policy,)+
                _ => panic!("there is no such policy"),
            }
        }

        /// Evaluates an expression with the type of a policy.
        macro_rules! with_listed {
            ($d number:expr, |$d policy:ident| $d value:expr) => {
                match $d number {
                    $($crate::authorization::policies::$name => {
                        type $d policy = $crate::authorization::policies::Listed<
                            { $crate::authorization::policies::$name },
                        >;
                        $d value
                    })+
                    _ => panic!("there is no such policy"),
                }
            };
        }
        pub(crate) use with_listed;
    };
}

/// The type of a policy.
pub(crate) struct Listed<const NUMBER: usize>;

impl<const NUMBER: usize> TokenPolicy for Listed<NUMBER> {
    const POLICY: Policy = listed(NUMBER);
}

/// A rule that does what the token says, if it sees the request.
fn own_rule(token: &Token, request: &RequestInfo) -> Verdict {
    let sees = (request.method(), request.query(), request.body()) == ("GET", None, None)
        && request.path().starts_with('/')
        && request.header("authorization").is_some_and(|field| field.starts_with("Bearer "));
    if !sees {
        return Verdict::deny();
    }
    match token.claim("rule").as_ref().and_then(|rule| rule.as_str()) {
        None => Verdict::permit(),
        Some("write") => Verdict::requires_scopes(["write"]),
        Some("staff") => Verdict::requires(["role:staff"]),
        Some("later") => Verdict::later(async { true }),
        Some("never") => Verdict::later(async { false }),
        Some("down") => Err::<bool, _>("the database is down").into(),
        Some("malformed") => Verdict::malformed(),
        Some(_) => Verdict::deny(),
    }
}

const MINUTE: Duration = Duration::from_secs(60);

policies! { ($)
    READ = Policy::access().scopes(&["read"]);
    READ_AND_WRITE = Policy::access().scopes(&["read", "write"]);
    STAFF = Policy::access().authorities(&["role:staff"]);
    STAFF_AND_BUYER = Policy::access().authorities(&["role:staff", "role:buyer"]);
    UNUSUAL = Policy::access().authorities(&["role:head of sales", "role:élève"]);
    ORDERS = Policy::access().any_authority(&["orders:write", "role:admin"]);
    ADMIN_OR_OWNER = Policy::access().any_authority(&["role:admin", "role:owner"]);
    TWO_CHOICES = Policy::access().any_authority(&["a", "b"]).any_authority(&["role:c", "d", "e"]);
    MIXED = Policy::access()
        .scopes(&["read"])
        .authorities(&["role:staff"])
        .any_authority(&["role:admin", "orders:write"]);
    LOG = Policy::access().authorities(&["log"]);
    BERLIN = Policy::access().authorities(&["role:shop/berlin"]);
    STRONG = Policy::access().acr_values(&["phrh", "phr"]);
    RECENT = Policy::access().max_age(MINUTE);
    STRONG_RECENT_READ = Policy::access().acr_values(&["phr"]).max_age(MINUTE).scopes(&["read"]);
    FRESH_READ = Policy::access().fresh().scopes(&["read"]);
    FRESH_STRONG = Policy::access().fresh().acr_values(&["phr"]);
    OWN_RULE = Policy::access().scopes(&["read"]).rule(&own_rule);
    OPTIONAL = Policy::access().optional();
    OPTIONAL_READ = Policy::access().optional().scopes(&["read"]);
    OPTIONAL_STRONG = Policy::access().optional().acr_values(&["phr"]);
    REFRESH_READ = Policy::refresh().scopes(&["read"]);
    ANY_READ = Policy::any().scopes(&["read"]);
    PARTNER_STAFF = Policy::access().issuers(&[PARTNER]).authorities(&["role:staff", "read"]);
    KEYCLOAK_EDITOR = Policy::access().issuers(&[KEYCLOAK]).authorities(&["role:staff", "role:editor"]);
    AUTH0_REFUND = Policy::access()
        .issuers(&[AUTH0])
        .scopes(&["orders:read"])
        .authorities(&["permission:orders:refund"]);
    ENTRA_READ = Policy::access().issuers(&[ENTRA]).any_authority(&["Orders.Read", "role:Orders.Read.All"]);
    COGNITO_WAREHOUSE = Policy::access()
        .issuers(&[COGNITO])
        .scopes(&["orders/read"])
        .authorities(&["group:warehouse"]);
    STAFF_OF_ANY = Policy::access().any_issuer().authorities(&["role:staff"]);
}
