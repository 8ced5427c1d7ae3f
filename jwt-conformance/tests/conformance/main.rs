//! Runs the suite on a correct store, and on stores that each have one flaw.
#![allow(clippy::expect_used, reason = "a test fails by a panic")]

mod copies;
mod flaw;
mod flaws;
mod reference;
mod shared;
mod tables;

mod a_store_that_copies {
    jwt_conformance::conformance_tests!(crate::copies::Opened::<true>::right());
}

mod a_store_that_is_right {
    jwt_conformance::conformance_tests!(crate::reference::Opened(None));
}
