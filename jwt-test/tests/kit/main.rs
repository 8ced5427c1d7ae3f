//! The parts of the kit other than the fake issuer.

// Helpers panic like the tests that call them.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod clock;
#[cfg(feature = "identity")]
mod flaws;
#[cfg(feature = "identity")]
mod guarded;
#[cfg(all(feature = "identity", feature = "jwks"))]
mod identity;
#[cfg(feature = "openapi")]
mod openapi;
mod store;
