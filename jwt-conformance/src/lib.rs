#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails with a panic, and chooses its own times"
)]

mod catalog;
mod expect;
mod fixture;
mod groups;
mod login;
mod race;
mod run;
mod text;
mod time;

pub use fixture::Fixture;
pub use run::{checks, run_all, run_revocation};

#[doc(hidden)]
pub use fixture::block_on;

/// Checks that the example in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
