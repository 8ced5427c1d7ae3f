//! Documents as bad servers send them, over HTTP on the loopback interface.
#![cfg(feature = "reqwest")]
// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

mod client;
mod documents;
mod files;
mod setup;
