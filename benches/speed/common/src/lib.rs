//! What all measurements share.

pub mod floor;
pub mod table;
