//! Tests the rules of `jwt_session` on Redis.

// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]

mod cluster;
mod conformance;
mod eviction;
mod faults;
mod keys;
mod loss;
mod options;
mod proxy;
mod replicas;
mod secrecy;
mod sentinel;
#[path = "../shared/mod.rs"]
mod shared;
mod surplus;
mod times;
