//! In-depth guides for this adapter. [`jwt_core::guide`] has the guides that apply to all adapters.
//!
//! - [`rate_limit`] shows how to limit the rate of logins.

#[doc = include_str!("rate_limit.md")]
pub mod rate_limit {}
