//! Measures what revoked tokens cost in memory: nanoseconds per lookup, and bytes per entry.
//!
//! The program measures one store for each number of entries, in turn, so other load on the machine affects all of them
//! equally. Every lookup is for another token. Next to the times it reports what one read of memory takes in as many
//! bytes, because that differs most between machines, and between two moments on a busy one.

#![forbid(unsafe_code)]

mod fill;
mod ids;
mod lookups;

#[cfg(feature = "allocations")]
pub use fill::size;
pub use lookups::{Times, ask};
