#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod attempt;
mod builder;
mod cache;
mod clock;
mod common;
mod discovery;
mod error;
mod fetch;
mod file;
#[cfg(feature = "reqwest")]
mod http;
mod keys;
mod limit;
mod machine;
mod origin;
pub mod providers;
mod remote;
mod status;
#[cfg(test)]
mod tests;

pub use builder::RemoteIssuerBuilder;
pub use error::{FetchError, FetchErrorKind};
pub use fetch::{Fetch, FetchRequest};
pub use remote::RemoteIssuer;
pub use status::Status;

/// Checks that the program in the README compiles.
#[cfg(all(doctest, feature = "reqwest"))]
#[doc = include_str!("../README.md")]
struct Readme;
