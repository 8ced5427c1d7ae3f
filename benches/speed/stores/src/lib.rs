//! Measures what revoked tokens cost in memory: nanoseconds per lookup, and bytes per entry.
//!
//! The program measures one store for each number of entries, in turn, so other load on the machine affects all of them
//! equally. Every lookup is for a different token. The program also reports the time of a single read from as many
//! bytes, because that differs most between machines, and from moment to moment on a busy machine.

#![forbid(unsafe_code)]

mod fill;
mod ids;
mod lookups;

#[cfg(feature = "allocations")]
pub use fill::size;
pub use lookups::{Times, ask};
