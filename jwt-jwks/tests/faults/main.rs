//! What clients see while keys are fetched, change, or are out of reach. `cargo test -p jwt-jwks --test faults --
//! --nocapture` prints a line for each case.

// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod ages;
mod edges;
#[cfg(feature = "metrics")]
mod metrics;
mod mock;
mod table;
