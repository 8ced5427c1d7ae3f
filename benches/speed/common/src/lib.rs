//! Code that all measurements share.

pub mod floor;
pub mod page;
pub mod plot;
pub mod primitive;
pub mod table;
