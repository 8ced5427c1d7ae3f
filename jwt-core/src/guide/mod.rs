//! Longer pages about this library and its adapters.
//!
//! - [`migrating_from_flask`] maps flask-jwt-extended to this library, function by function and option by option.

#[doc = include_str!("migrating_from_flask.md")]
pub mod migrating_from_flask {}
