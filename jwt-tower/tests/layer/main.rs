//! What `JwtLayer` does around plain tower services, and around hyper on the loopback interface.

// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod allocations;
mod bodies;
mod grpc;
mod guarded;
mod http2;
mod hyper;
mod metadata;
mod public_paths;
mod readiness;
mod streams;
mod support;
mod tonic_support;
