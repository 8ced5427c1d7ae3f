//! What clients see while keys are fetched, change, or are out of reach. `cargo test -p jwt-jwks --test faults --
//! --nocapture` prints a line for each case.

mod edges;
mod mock;
mod table;
