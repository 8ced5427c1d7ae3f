//! What revoked tokens cost in the memory of the process: nanoseconds a look-up, and bytes an entry.
//!
//! One store for each number of entries is asked in turn with the others, so that what else the machine does falls on all
//! alike, and every look-up is for another token. Beside the times stands what one read of memory takes among as many bytes,
//! since that is what differs most between machines, and between two moments of a busy one.

#![forbid(unsafe_code)]

mod fill;
mod ids;
mod lookups;

#[cfg(feature = "allocations")]
pub use fill::size;
pub use lookups::{Times, ask};
