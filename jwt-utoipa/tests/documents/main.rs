//! The documents of guarded routes, for managers with different configurations.

// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)]

#[cfg(feature = "actix")]
mod actix;
mod answers;
#[cfg(feature = "axum")]
mod axum;
mod nested;
mod support;
mod ways;
