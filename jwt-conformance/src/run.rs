//! The checks in public: each as a function, all in a row, and each as a test.

use jwt_session::{Revocation, Sessions};

use crate::Fixture;
use crate::expect::{Failure, Outcome};
use crate::groups;
use crate::login::Names;

/// Panics if a check has failed, with its name.
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

/// Each check as a function, which panics with its own name and what went wrong.
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

/// Runs every check of revocation, one after the other.
///
/// # Panics
/// At the first one that fails, with its name and what went wrong.
pub async fn run_revocation<F: Fixture>(fixture: &F) {
    crate::__revocation_checks! { [run] [fixture] }
}

/// Runs every check of revocation and sessions, one after the other.
///
/// # Panics
/// At the first one that fails, with its name and what went wrong.
pub async fn run_all<F: Fixture<Store: Sessions>>(fixture: &F) {
    run_revocation(fixture).await;
    crate::__session_checks! { [run] [fixture] }
}

/// Declares a `#[test]` for each check of a store of sessions, revocation included. Takes the [`Fixture`], as an
/// expression that is evaluated in each test.
#[macro_export]
macro_rules! conformance_tests {
    ($fixture:expr) => {
        $crate::revocation_tests! { $fixture }
        $crate::__session_checks! { [$crate::__tests] [$fixture] }
    };
}

/// Declares a `#[test]` for each check of a store of revoked tokens. Takes the [`Fixture`], as an expression that is
/// evaluated in each test.
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
