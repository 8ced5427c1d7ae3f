//! The presets, with tokens of each provider's shape that are signed with our own keys.
//!
//! `presets.rs` is the table: for each preset, the documents that it fetches, tokens that it accepts, and tokens that it
//! rejects. The other files try each of them.

#![allow(clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]

mod accepted;
mod arguments;
mod documented;
mod fake;
mod presets;
mod refused;
