//! The public forms of the checks: functions, one run of all checks, and tests.

use jwt_session::{Revocation, Sessions};

use crate::Fixture;
use crate::expect::{Failure, Outcome};
use crate::groups;
use crate::login::Names;

/// Panics with the check's name and message if it has failed.
fn report(name: &str, outcome: Outcome) {
    if let Err(Failure(sentence)) = outcome {
        panic!("{name}: {sentence}");
    }
}

macro_rules! public {
    ([$store:path] $($(#[$doc:meta])+ $group:ident::$name:ident;)+) => {$(
        $(#[$doc])+
        pub async fn $name<F: Fixture<Store: $store>>(fixture: &F) {
            report(stringify!($name), groups::$group::$name(fixture, &Names::new()).await);
        }
    )+};
}

/// Every check as a function.
///
/// If a check fails, it panics with its name and a message. The message names the request, the store's result, and the
/// expected result.
pub mod checks {
    use super::{Fixture, Names, Revocation, Sessions, groups, report};

    crate::__revocation_checks! { [public] [Revocation] }
    crate::__session_checks! { [public] [Sessions] }
}

macro_rules! run {
    ([$fixture:ident] $($(#[$doc:meta])+ $group:ident::$name:ident;)+) => {
        $(checks::$name($fixture).await;)+
    };
}

/// Runs every check for a store of revoked tokens, one after the other.
///
/// Use this if [`revocation_tests!`](crate::revocation_tests) does not fit your test harness.
///
/// # Panics
/// Panics at the first check that fails, with its name and a message.
pub async fn run_revocation<F: Fixture>(fixture: &F) {
    crate::__revocation_checks! { [run] [fixture] }
}

/// Runs every check for a session store, including the revocation checks, one after the other.
///
/// Use this if [`conformance_tests!`](crate::conformance_tests) does not fit your test harness. Run it on a runtime
/// with several threads, because some checks race tasks against each other.
///
/// # Panics
/// Panics at the first check that fails, with its name and a message.
pub async fn run_all<F: Fixture<Store: Sessions>>(fixture: &F) {
    run_revocation(fixture).await;
    crate::__session_checks! { [run] [fixture] }
}

/// Declares a `#[test]` for each check for a session store, including the revocation checks.
///
/// The argument is an expression whose type implements [`Fixture`]. Each test evaluates the expression, and runs on its
/// own runtime with several threads.
#[macro_export]
macro_rules! conformance_tests {
    ($fixture:expr) => {
        $crate::revocation_tests! { $fixture }
        $crate::__session_checks! { [$crate::__tests] [$fixture] }
    };
}

/// Declares a `#[test]` for each check for a store of revoked tokens.
///
/// The argument is an expression whose type implements [`Fixture`]. Each test evaluates the expression, and runs on its
/// own runtime with several threads.
#[macro_export]
macro_rules! revocation_tests {
    ($fixture:expr) => {
        $crate::__revocation_checks! { [$crate::__tests] [$fixture] }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ([$fixture:expr] $($(#[$doc:meta])+ $group:ident::$name:ident;)+) => {$(
        #[test]
        fn $name() {
            $crate::block_on($crate::checks::$name(&$fixture));
        }
    )+};
}
