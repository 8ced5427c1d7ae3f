//! A copy in memory, held against Redis.

// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]

mod conformance;
