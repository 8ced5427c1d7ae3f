//! Longer pages about this adapter. [`jwt_core::guide`] has the pages that concern all adapters.
//!
//! - [`rate_limit`] shows how to limit the rate of logins.

#[doc = include_str!("rate_limit.md")]
pub mod rate_limit {}
